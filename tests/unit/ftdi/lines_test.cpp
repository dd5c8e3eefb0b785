#include "drivers/serial/ftdi/lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/serial/ftdi/rack.hpp"
#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using Drive = OutputLine::Drive;
using Group = Pin::Group;
using Safe = OutputLine::Safe;

/// A quad adapter: UARTs of two slots on A and B, their lines on D.
struct LinesTest : testing::Test {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::shared_ptr<FakeAdapter> quad = std::make_shared<FakeAdapter>(ChipKind::ft4232h, "Q1");
  std::shared_ptr<FakeAdapter> single = std::make_shared<FakeAdapter>(ChipKind::ft232r, "S1");
  FakePort& uart = quad->ports[0];
  FakePort& pins = quad->ports[3];
  Rack rack{
      {in_bench("quad", "Q1"), in_bench("single", "S1")}, *clock, fake_usb({quad, single}, *clock)};

  LinesTest() {
    seat->enter();
    single->eeprom[0x14 / 2] = 0xAAAA;
    single->seal();
  }

  static OutputLine open_drain(Signal signal, Pin pin) { return {.signal = signal, .pin = pin}; }
  static OutputLine power(Pin pin) {
    return {.signal = Signal::power_3v3,
            .pin = pin,
            .active_low = false,
            .drive = Drive::push_pull,
            .safe = Safe::idle,
            .settle = milliseconds{20}};
  }
  static Pin d(int bit) { return {"quad", 3, Group::pins, bit}; }

  static std::vector<OutputLine> fixture(int first_bit) {
    return {open_drain(Signal::gpio0, d(first_bit)), open_drain(Signal::reset, d(first_bit + 1)),
            power(d(first_bit + 2))};
  }
  void forget() {
    for (FakePort& port : quad->ports) {
      port.requests.clear();
      port.trace.clear();
    }
    for (FakePort& port : single->ports) port.requests.clear();
    quad->sequence.clear();
  }
  /// Place in the order of all requests; beyond the last when it was never sent.
  [[nodiscard]] std::ptrdiff_t index_of(const std::string& request) const {
    return std::ranges::find(quad->sequence, request) - quad->sequence.begin();
  }
  static void set(Lines& lines, std::vector<LineChange> changes) { lines.set(changes); }
};

TEST_F(LinesTest, OpensWithTheSupplyOffAndTheUartFloating) {
  Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  EXPECT_EQ(pins.directions, 0x04U);
  EXPECT_EQ(pins.latch, 0U);
  EXPECT_EQ(uart.mode, BitMode::async_bitbang);
  EXPECT_TRUE(lines.offers(Signal::gpio0) && lines.offers(Signal::power_3v3) &&
              lines.offers(Signal::dtr));
  EXPECT_FALSE(lines.offers(Signal::button));
}

TEST_F(LinesTest, LinesOfOneBankMoveInOneRequest) {
  Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  forget();
  set(lines, {{Signal::gpio0, true}, {Signal::reset, true}});
  EXPECT_THAT(pins.requests, ElementsAre("0B 0107"));
  set(lines, {{Signal::reset, false}});
  set(lines, {{Signal::gpio0, false}});
  EXPECT_THAT(pins.requests, ElementsAre("0B 0107", "0B 0105", "0B 0104"));
  for (const PinsSeen& seen : pins.trace) EXPECT_EQ(seen.levels, 0U) << "never driven high";
}

TEST_F(LinesTest, DtrAndRtsMoveInOneRequest) {
  Lines lines({}, rack.open_uart("quad", 0), rack, *clock);
  forget();
  set(lines, {{Signal::dtr, true}, {Signal::rts, false}});
  set(lines, {{Signal::dtr, false}, {Signal::rts, true}});
  set(lines, {{Signal::rts, false}});
  EXPECT_THAT(uart.requests, ElementsAre("01 dtr=1 rts=0", "01 dtr=0 rts=1", "01 dtr=- rts=0"));
}

TEST_F(LinesTest, SignalsOnDtrAndRtsMoveInOneRequestToo) {
  Lines lines({open_drain(Signal::gpio0, {"quad", 0, Group::modem, 0}),
               open_drain(Signal::reset, {"quad", 0, Group::modem, 1})},
              rack.open_uart("quad", 0), rack, *clock);
  EXPECT_FALSE(lines.offers(Signal::dtr)) << "it is gpio0 now";
  forget();
  set(lines, {{Signal::gpio0, true}, {Signal::reset, true}});
  set(lines, {{Signal::reset, false}});
  EXPECT_THAT(uart.requests, ElementsAre("01 dtr=1 rts=1", "01 dtr=- rts=0"));
}

TEST_F(LinesTest, ModemOutputsOfAnotherChannelServeToo) {
  Lines lines({open_drain(Signal::gpio0, {"quad", 2, Group::modem, 0}),
               open_drain(Signal::reset, {"quad", 2, Group::modem, 1})},
              rack.open_uart("quad", 0), rack, *clock);
  EXPECT_TRUE(lines.offers(Signal::dtr));
  forget();
  set(lines, {{Signal::gpio0, true}, {Signal::reset, true}});
  EXPECT_THAT(quad->ports[2].requests, ElementsAre("01 dtr=1 rts=1"));
  EXPECT_THAT(uart.requests, IsEmpty());
}

TEST_F(LinesTest, GivingTheSupplyUnparksTheUartAfterItSettled) {
  Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  forget();
  const Instant before = clock->now();
  set(lines, {{Signal::power_3v3, true}});
  EXPECT_GE(clock->now() - before, milliseconds{20});
  EXPECT_EQ(pins.latch, 0x04U);
  EXPECT_EQ(uart.mode, BitMode::uart);
}

TEST_F(LinesTest, TakingTheSupplyParksTheUartFirst) {
  Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  set(lines, {{Signal::power_3v3, true}});
  forget();
  set(lines, {{Signal::power_3v3, false}});
  ASSERT_GE(quad->sequence.size(), 2U);
  EXPECT_EQ(quad->sequence.front(), "A 0B 0100");
  EXPECT_EQ(quad->sequence.back(), "D out 00");
}

TEST_F(LinesTest, ClosingParksTheUartBeforeTheSupplyGoes) {
  {
    Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
    set(lines, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
    forget();
    lines.make_safe();
    ASSERT_FALSE(quad->sequence.empty());
    EXPECT_EQ(quad->sequence.front(), "A 0B 0100");
    EXPECT_EQ(pins.latch & pins.directions, 0U);
  }
  EXPECT_EQ(uart.mode, BitMode::async_bitbang) << "and it floats when all is closed";
}

TEST_F(LinesTest, TheUartFloatsEvenWhenTheSupplyCannotBeTaken) {
  auto own = rack.open_uart("quad", 0);
  Lines lines({open_drain(Signal::gpio0, d(0)), power({"single", 0, Group::cbus, 2})}, own, rack,
              *clock);
  set(lines, {{Signal::power_3v3, true}});
  single->unplug();
  EXPECT_EQ(fault_id([&] { set(lines, {{Signal::power_3v3, false}}); }), "ftdi.lost");
  EXPECT_EQ(uart.mode, BitMode::async_bitbang);
}

TEST_F(LinesTest, AStrapOnDtrIsDownWhenTheSupplyComes) {
  Lines lines({open_drain(Signal::gpio0, {"quad", 0, Group::modem, 0}), power(d(2))},
              rack.open_uart("quad", 0), rack, *clock);
  EXPECT_EQ(uart.directions, 0U) << "all of the UART floats";
  forget();
  set(lines, {{Signal::gpio0, true}, {Signal::power_3v3, true}});
  EXPECT_THAT(uart.trace, Contains(PinsSeen{0x10, 0})) << "DTR low, the rest floats";
  for (const PinsSeen& seen : uart.trace) EXPECT_EQ(seen.levels, 0U);
  EXPECT_LT(index_of("A 0B 0110"), index_of("D out 04"));
  EXPECT_LT(index_of("D out 04"), index_of("A 0B 0000"));
  EXPECT_TRUE(uart.dtr);
  set(lines, {{Signal::power_3v3, false}});
  EXPECT_EQ(uart.directions, 0x10U) << "still held";
  set(lines, {{Signal::gpio0, false}});
  EXPECT_EQ(uart.directions, 0U);
}

TEST_F(LinesTest, AParkedUartSamplesSlowlyAndComesBackAtItsRate) {
  const auto own = rack.open_uart("quad", 0);
  Lines lines(fixture(0), own, rack, *clock);
  EXPECT_LE(uart.baud, 1200U);
  own->set_baud(921600);
  EXPECT_LE(uart.baud, 1200U) << "still parked";
  EXPECT_EQ(own->baud(), 921600U);
  set(lines, {{Signal::power_3v3, true}});
  EXPECT_EQ(uart.baud, 921600U);
}

TEST_F(LinesTest, BesideCbusPinsTxdIsHeldLowInstead) {
  FakePort& port = single->ports[0];
  Lines lines({open_drain(Signal::gpio0, {"single", 0, Group::cbus, 0}),
               open_drain(Signal::reset, {"single", 0, Group::cbus, 1}),
               power({"single", 0, Group::cbus, 2})},
              rack.open_uart("single", 0), rack, *clock);
  EXPECT_EQ(port.mode, BitMode::cbus);
  EXPECT_TRUE(port.break_on);
  set(lines, {{Signal::gpio0, true}, {Signal::power_3v3, true}});
  EXPECT_EQ(port.cbus_directions, 0x5U);
  EXPECT_EQ(port.cbus_levels, 0x4U);
  EXPECT_FALSE(port.break_on);
}

TEST_F(LinesTest, TheSupplyComesLastAndGoesFirst) {
  Lines lines({power(d(2)), open_drain(Signal::gpio0, {"quad", 2, Group::pins, 0})}, nullptr, rack,
              *clock);
  forget();
  set(lines, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
  EXPECT_THAT(quad->sequence, ElementsAre("C 0B 0101", "D out 04"));
  forget();
  set(lines, {{Signal::gpio0, false}, {Signal::power_3v3, false}});
  EXPECT_THAT(quad->sequence, ElementsAre("D out 00", "C 0B 0100"));
}

TEST_F(LinesTest, ASupplyIsNotGivenToAUnitWithoutItsStraps) {
  Lines lines({power(d(2)), open_drain(Signal::gpio0, {"single", 0, Group::cbus, 0})}, nullptr,
              rack, *clock);
  single->unplug();
  EXPECT_EQ(fault_id([&] {
              set(lines, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
            }),
            "ftdi.lost");
  EXPECT_EQ(pins.latch & 0x04U, 0U);
}

TEST_F(LinesTest, WaitsForTheLongestSettleTimeOfWhatChanged) {
  auto lamp = open_drain(Signal::lamp_pass, d(0));
  lamp.settle = milliseconds{5};
  auto isolate = open_drain(Signal::uart_isolate, d(1));
  isolate.settle = milliseconds{30};
  Lines lines({lamp, isolate}, nullptr, rack, *clock);
  const auto time = [&](std::vector<LineChange> changes) {
    const Instant before = clock->now();
    lines.set(changes);
    return clock->now() - before;
  };
  EXPECT_EQ(time({{Signal::lamp_pass, true}}), milliseconds{5});
  EXPECT_EQ(time({{Signal::lamp_pass, true}, {Signal::uart_isolate, true}}), milliseconds{30});
  EXPECT_EQ(time({{Signal::lamp_pass, true}, {Signal::uart_isolate, true}}), milliseconds{0});
}

TEST_F(LinesTest, SafeStatesAreReleasedIdleAndKept) {
  auto isolate = open_drain(Signal::uart_isolate, d(3));
  isolate.drive = Drive::push_pull;
  auto lamp = open_drain(Signal::lamp_fail, d(4));
  lamp.safe = Safe::keep;
  auto specs = fixture(0);
  specs.push_back(isolate);
  specs.push_back(lamp);
  {
    Lines lines(specs, rack.open_uart("quad", 0), rack, *clock);
    EXPECT_EQ(pins.directions, 0x0CU) << "supply and isolation are driven, lamp dark";
    EXPECT_EQ(pins.latch & 0x0CU, 0x08U);
    set(lines, {{Signal::power_3v3, true},
                {Signal::gpio0, true},
                {Signal::uart_isolate, true},
                {Signal::lamp_fail, true}});
    EXPECT_EQ(pins.directions, 0x1DU);
    lines.make_safe();
    EXPECT_EQ(pins.directions, 0x14U) << "supply driven off, lamp lit, all else released";
    EXPECT_EQ(pins.latch & 0x04U, 0U);
    forget();
  }
  EXPECT_THAT(pins.requests, IsEmpty()) << "closing finds it safe";
  Lines again(specs, rack.open_uart("quad", 0), rack, *clock);
  EXPECT_EQ(pins.directions & 0x10U, 0U) << "the next unit finds the lamp dark";
}

TEST_F(LinesTest, SlotsThatShareABankDoNotDisturbEachOther) {
  auto first = std::make_unique<Lines>(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  Lines second(fixture(4), rack.open_uart("quad", 1), rack, *clock);
  set(second, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
  set(*first, {{Signal::power_3v3, true}, {Signal::reset, true}});
  pins.trace.clear();
  first.reset();
  first = std::make_unique<Lines>(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  ASSERT_FALSE(pins.trace.empty());
  for (const PinsSeen& seen : pins.trace) {
    EXPECT_EQ(seen.driven & 0x70U, 0x50U);
    EXPECT_EQ(seen.levels & 0x70U, 0x40U);
  }
}

TEST_F(LinesTest, ASignalThatIsMissingChangesNothing) {
  Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  forget();
  EXPECT_EQ(fault_id([&] {
              set(lines, {{Signal::gpio0, true}, {Signal::button, true}});
            }),
            "lines.missing");
  EXPECT_THAT(pins.requests, IsEmpty());
}

TEST_F(LinesTest, ALostAdapterIsAFaultAndClosingIsSilent) {
  {
    Lines lines(fixture(0), rack.open_uart("quad", 0), rack, *clock);
    set(lines, {{Signal::power_3v3, true}});
    quad->unplug();
    EXPECT_EQ(fault_id([&] { set(lines, {{Signal::gpio0, true}}); }), "ftdi.lost");
    lines.make_safe();
    quad->plug();
    EXPECT_EQ(fault_id([&] {
                set(lines, {{Signal::gpio0, true}});
              }),
              "ftdi.lost")
        << "its supply is gone: the slot must be opened anew";
  }
  EXPECT_EQ(pins.directions, 0U);
  Lines again(fixture(0), rack.open_uart("quad", 0), rack, *clock);
  EXPECT_EQ(fault_id([&] { set(again, {{Signal::gpio0, true}}); }), "none");
}

TEST_F(LinesTest, OneLostAdapterDoesNotKeepAnotherFromBeingSafe) {
  auto lines = std::make_unique<Lines>(
      std::vector<OutputLine>{open_drain(Signal::gpio0, {"single", 0, Group::cbus, 0}),
                              power(d(2))},
      rack.open_uart("quad", 0), rack, *clock);
  set(*lines, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
  single->unplug();
  lines.reset();
  EXPECT_EQ(pins.latch & 0x04U, 0U);
  EXPECT_EQ(pins.directions & 0x04U, 0x04U);
}

TEST_F(LinesTest, OpenDrainThatIsActiveHighIsReleasedToAssert) {
  auto line = open_drain(Signal::button, d(0));
  line.active_low = false;
  Lines lines({line}, nullptr, rack, *clock);
  EXPECT_EQ(pins.directions, 1U);
  EXPECT_EQ(pins.latch, 0U);
  set(lines, {{Signal::button, true}});
  EXPECT_EQ(pins.directions, 0U);
}

}  // namespace
}  // namespace plugrig::ftdi
