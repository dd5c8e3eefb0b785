#include "drivers/serial/ftdi/uart.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "drivers/serial/ftdi/pin_bank.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"
#include "tests/unit/serial/expect_fault.hpp"

namespace plugrig::ftdi::test {
namespace {

using serial::test::expect_fault;
using serial::test::fault_of;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class UartOverUsb : public UsbTest {
 protected:
  [[nodiscard]] Bytes read_from(Uart& uart, std::size_t count, Duration limit = 3s) const {
    Bytes bytes(count);
    std::size_t got = 0;
    const Deadline deadline = within(limit);
    while (got < count) {
      const std::size_t n = uart.read(std::span(bytes).subspan(got), deadline);
      if (n == 0) break;
      got += n;
    }
    bytes.resize(got);
    return bytes;
  }
};

std::vector<std::string> evidence_names(const Fault& fault) {
  std::vector<std::string> names;
  for (const Evidence& piece : fault.evidence()) names.push_back(piece.name);
  return names;
}

TEST_F(UartOverUsb, StartsAt115200WithLinesIdle) {
  const Plugged cable(ChipKind::ft232r, "U1");
  const FtdiUart uart(open("U1"), *clock_);
  EXPECT_EQ(uart.baud(), 115200U);
  EXPECT_NEAR(uart.rate().achieved, 115385, 1);
  EXPECT_NEAR(cable->baud(0), 115385, 1);
  EXPECT_THAT(requests_of(cable.chip()), Contains("40 06 01C0 0001"));
}

TEST_F(UartOverUsb, BytesWrittenBeforeARateChangeLeaveAtTheOldRate) {
  const Plugged plugged(ChipKind::ft2232h, "U1");
  const WireLog wire(plugged.chip(), 0);
  FtdiUart uart(open("U1"), *clock_);
  uart.write(pattern(500), within(1s));
  uart.set_baud(921600);
  EXPECT_EQ(uart.baud(), 921600U);
  uart.write(pattern(500), within(1s));
  uart.drain(within(1s));
  const auto rates = wire.rates();
  ASSERT_EQ(rates.size(), 1000U);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    ASSERT_NEAR(rates[i], i < 500 ? 115246 : 923077, 1) << i;
  }
}

TEST_F(UartOverUsb, ARateThatCannotBeMadeLeavesTheOldOne) {
  const Plugged cable(ChipKind::ft232r, "U1");
  FtdiUart uart(open("U1"), *clock_);
  expect_fault([&] { uart.set_baud(2'500'000); }, "ftdi.baud", Blame::config);
  EXPECT_EQ(uart.baud(), 115200U);
  EXPECT_NEAR(cable->baud(0), 115385, 1);
}

TEST_F(UartOverUsb, BothLinesMoveInOneRequest) {
  const Plugged cable(ChipKind::ft232r, "U1");
  std::vector<std::string> seen;
  std::mutex mutex;
  twin::ftdi::Wiring wiring;
  wiring.modem = [&](bool dtr, bool rts) {
    const std::lock_guard lock(mutex);
    seen.push_back(fmt::format("{}{}", dtr ? "DTR" : "-", rts ? " RTS" : " -"));
  };
  cable->wire(0, wiring);
  FtdiUart uart(open("U1"), *clock_);
  cable->forget_requests();
  const LineChange reset[] = {{Signal::dtr, false}, {Signal::rts, true}};
  const LineChange strap[] = {{Signal::dtr, true}, {Signal::rts, false}};
  const LineChange one[] = {{Signal::rts, true}};
  uart.set(reset);
  uart.set(strap);
  uart.set(one);
  EXPECT_THAT(requests_of(cable.chip()),
              ElementsAre("40 01 0302 0001", "40 01 0301 0001", "40 01 0202 0001"));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(seen, ElementsAre("- RTS", "DTR -", "DTR RTS"));
}

TEST_F(UartOverUsb, OnlyDtrAndRtsAreItsOwn) {
  const Plugged cable(ChipKind::ft232r, "U1");
  FtdiUart uart(open("U1"), *clock_);
  EXPECT_TRUE(uart.offers(Signal::dtr) && uart.offers(Signal::rts));
  EXPECT_FALSE(uart.offers(Signal::gpio0));
  cable->forget_requests();
  const LineChange mixed[] = {{Signal::dtr, true}, {Signal::power_3v3, true}};
  expect_fault([&] { uart.set(mixed); }, "lines.missing", Blame::fixture);
  EXPECT_THAT(cable->requests(), IsEmpty()) << "all or nothing";
}

TEST_F(UartOverUsb, AParkedOneHoldsStrapsOnlyAndComesBackAsItWas) {
  const Plugged plugged(ChipKind::ft2232h, "U1");
  loop_back(plugged.chip(), 0);
  FtdiUart uart(open("U1"), *clock_);
  const LineChange strap[] = {{Signal::dtr, true}};
  uart.set(strap);
  ASSERT_NE(plugged->pins(0).directions, 0);
  uart.park(true);
  EXPECT_EQ(plugged->pins(0).directions, 0x10) << "the strap is held, all else floats";
  EXPECT_EQ(plugged->pins(0).levels & 0x10, 0);
  const LineChange none[] = {{Signal::dtr, false}};
  uart.set(none);
  EXPECT_EQ(plugged->pins(0).directions, 0);
  uart.set(strap);
  const Bytes byte{'x'};
  expect_fault([&] { uart.write(byte, within(1s)); }, "ftdi.parked", Blame::software);
  Bytes into(10);
  EXPECT_EQ(uart.read(into, within(20ms)), 0U) << "samples of floating pins are no input";
  plugged->forget_requests();
  uart.park(false);
  EXPECT_NE(plugged->pins(0).directions, 0);
  EXPECT_THAT(requests_of(plugged.chip()), Contains("40 01 0301 0001")) << "DTR is back";
  uart.write(Bytes{'o', 'k'}, within(1s));
  EXPECT_EQ(read_from(uart, 2), (Bytes{'o', 'k'}));
}

TEST_F(UartOverUsb, AParkedOneStaysFloatingWhenItIsClosed) {
  const Plugged plugged(ChipKind::ft2232h, "U1");
  {
    FtdiUart uart(open("U1"), *clock_);
    uart.park(true);
  }
  EXPECT_EQ(plugged->pins(0).directions, 0);
}

TEST_F(UartOverUsb, BesideCbusPinsParkingHoldsTxdLow) {
  const Plugged x(ChipKind::ft_x, "U1");
  std::vector<bool> breaks;
  std::mutex mutex;
  twin::ftdi::Wiring wiring;
  wiring.send_break = [&](bool low) {
    const std::lock_guard lock(mutex);
    breaks.push_back(low);
  };
  x->wire(0, wiring);
  const auto channel = open("U1");
  FtdiUart uart(channel, *clock_);
  channel->set_bit_mode(BitMode::cbus, 0x44);
  uart.park(true);
  EXPECT_EQ(x->bit_mode(0), 0x20) << "the CBUS pins keep what they hold";
  uart.park(false);
  const std::lock_guard lock(mutex);
  EXPECT_THAT(breaks, ElementsAre(true, false));
}

TEST_F(UartOverUsb, ClosingReleasesTheLines) {
  const Plugged cable(ChipKind::ft232r, "U1");
  std::atomic<int> lines{-1};
  twin::ftdi::Wiring wiring;
  wiring.modem = [&](bool dtr, bool rts) { lines = (dtr ? 2 : 0) + (rts ? 1 : 0); };
  cable->wire(0, wiring);
  const auto channel = open("U1");
  {
    FtdiUart uart(channel, *clock_);
    const LineChange both[] = {{Signal::dtr, true}, {Signal::rts, true}};
    uart.set(both);
    ASSERT_EQ(lines, 3);
  }
  EXPECT_EQ(lines, 0) << "while the channel is still open";
}

TEST_F(UartOverUsb, LostBytesAreToldAsEvidenceAndReadingGoesOn) {
  const Plugged plugged(ChipKind::ft232h, "U1");
  FtdiUart uart(open("U1"), *clock_);
  plugged->set_paced(false);
  plugged->feed(0, pattern(3 << 19), usb_bus::now());
  ASSERT_TRUE(eventually([&] { return uart.channel()->status().overruns > 0; }, 10s));
  Bytes into(1000);
  const auto told = uart.line_errors();
  EXPECT_TRUE(std::ranges::any_of(told, [](const Evidence& e) { return e.name == "overruns"; }));
  EXPECT_GT(uart.read(into, within(1s)), 0U);
  uart.discard_input();
  EXPECT_EQ(uart.read(into, within(20ms)), 0U);
}

TEST_F(UartOverUsb, OverrunsBeforeInputWasDiscardedAreForgotten) {
  const Plugged plugged(ChipKind::ft232h, "U1");
  FtdiUart uart(open("U1"), *clock_);
  plugged->set_paced(false);
  plugged->feed(0, pattern(3 << 19), usb_bus::now());
  ASSERT_TRUE(eventually([&] { return uart.channel()->status().overruns > 0; }, 10s));
  plugged->set_paced(true);
  uart.discard_input();
  plugged->feed(0, Bytes{'o', 'k'}, usb_bus::now());
  EXPECT_EQ(read_from(uart, 2), (Bytes{'o', 'k'}));
}

TEST_F(UartOverUsb, LineErrorsAreEvidenceInFaults) {
  const Plugged cable(ChipKind::ft232r, "U1");
  FtdiUart uart(open("U1"), *clock_);
  uart.set_baud(1200);
  cable->feed(0, Bytes(20, 0x55), usb_bus::now(), 2400);
  cable->feed_break(0, 30ms, usb_bus::now());
  ASSERT_TRUE(eventually([&] {
    const LineStatus s = uart.channel()->status();
    return s.framing_errors > 0 && s.breaks > 0;
  }));
  const Fault fault = fault_of([&] { uart.write(pattern(3000), within(50ms)); });
  EXPECT_EQ(fault.id(), "serial.write.timeout");
  EXPECT_THAT(evidence_names(fault),
              testing::IsSupersetOf({"bytes left", "framing errors", "breaks"}));
  uart.discard_input();
  const Fault later = fault_of([&] { uart.write(pattern(3000), within(50ms)); });
  EXPECT_THAT(evidence_names(later), Not(Contains("breaks"))) << "that was before";
}

TEST_F(UartOverUsb, TwoOfOneAdapterDoNotMeet) {
  const Plugged quad(ChipKind::ft4232h, "U1");
  loop_back(quad.chip(), 0);
  loop_back(quad.chip(), 1);
  FtdiUart a(open("U1", 0), *clock_), b(open("U1", 1), *clock_);
  a.set_baud(921600);
  EXPECT_EQ(b.baud(), 115200U);
  const Bytes to_a = pattern(4000, 1), to_b = pattern(500, 2);
  std::jthread other([&] {
    b.write(to_b, within(3s));
    EXPECT_EQ(read_from(b, to_b.size()), to_b);
  });
  a.write(to_a, within(3s));
  EXPECT_EQ(read_from(a, to_a.size()), to_a);
}

}  // namespace
}  // namespace plugrig::ftdi::test
