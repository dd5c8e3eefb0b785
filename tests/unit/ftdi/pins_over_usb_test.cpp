#include <ftdi.h>
#include <gmock/gmock.h>

#include <array>
#include <random>
#include <set>
#include <thread>

#include "drivers/serial/ftdi/eeprom.hpp"
#include "drivers/serial/ftdi/lines.hpp"
#include "drivers/serial/ftdi/rack.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"

// Banks, lines and inputs over unmodified libftdi1 and an emulated chip.

namespace plugrig::ftdi::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using twin::ftdi::PinState;
using Group = Pin::Group;

template <typename Action>
std::string fault_of(const Action& action) {
  try {
    action();
  } catch (const Fault& fault) {
    return fault.id();
  }
  return "none";
}

/// Every state that the pins of a channel went through. The chip may outlive it.
class PinTrace {
 public:
  PinTrace(Chip& chip, unsigned channel) {
    twin::ftdi::Wiring wiring;
    const auto note = [log = log_](unsigned levels, unsigned directions) {
      const std::lock_guard lock(log->mutex);
      log->seen.push_back(
          {static_cast<std::uint16_t>(levels), static_cast<std::uint16_t>(directions)});
    };
    wiring.pins = note;
    wiring.cbus = note;
    chip.wire(channel, wiring);
  }
  [[nodiscard]] std::vector<PinState> seen() const {
    const std::lock_guard lock(log_->mutex);
    return log_->seen;
  }
  /// Pins that were ever driven high.
  [[nodiscard]] unsigned driven_high() const {
    unsigned pins = 0;
    for (const PinState& state : seen()) pins |= unsigned{state.levels} & state.directions;
    return pins;
  }
  /// Pins that were ever driven low.
  [[nodiscard]] unsigned driven_low() const {
    unsigned pins = 0;
    for (const PinState& state : seen()) pins |= ~unsigned{state.levels} & state.directions;
    return pins;
  }

 private:
  struct Log {
    std::mutex mutex;
    std::vector<PinState> seen;
  };
  std::shared_ptr<Log> log_ = std::make_shared<Log>();
};

class PinsOverUsb : public UsbTest {
 protected:
  /// How a rack reaches the bus of this test.
  RackUsb usb() {
    RackUsb usb;
    usb.list = [this] { return list_adapters_with_locks_in(locks_.path()); };
    usb.open = [this](const AdapterInfo& adapter, ChannelOptions how) {
      how.lock_folder = locks_.path();
      return open_channel(adapter, *clock_, how);
    };
    return usb;
  }
  std::unique_ptr<Rack> rack(const std::vector<std::string>& serials,
                             const std::vector<int>& pin_channels = {}, bool mpsse = false) {
    std::vector<RackAdapter> adapters;
    for (const std::string& serial : serials) {
      RackAdapter adapter;
      adapter.wanted.name = adapter.wanted.serial = serial;
      adapter.mpsse = mpsse;
      adapter.pin_channels = pin_channels;
      adapters.push_back(adapter);
    }
    return std::make_unique<Rack>(std::move(adapters), *clock_, usb());
  }
  /// GPIO0 and RST as open drain and a supply, from this pin on.
  static std::vector<OutputLine> fixture(const Pin& first) {
    const auto at = [&first](int offset) {
      Pin pin = first;
      pin.bit += offset;
      return pin;
    };
    return {{.signal = Signal::gpio0, .pin = first},
            {.signal = Signal::reset, .pin = at(1)},
            {.signal = Signal::power_3v3,
             .pin = at(2),
             .active_low = false,
             .drive = OutputLine::Drive::push_pull,
             .safe = OutputLine::Safe::idle}};
  }
  static void set(Lines& lines, const std::vector<LineChange>& changes) { lines.set(changes); }
};

TEST_F(PinsOverUsb, BitBangPinsMoveTogetherInOneRequest) {
  const Plugged plugged(ChipKind::ft2232h, "P1");
  PinTrace trace(plugged.chip(), 1);
  const auto bench = rack({"P1"});
  const auto bank = bench->bank({"P1", 1, Group::pins, 0});
  plugged->forget_requests();
  bank->set(0x03, 0x03, 0);
  bank->set(0x01, 0, 0);
  bank->set(0x02, 0, 0);
  EXPECT_THAT(requests_of(plugged.chip()),
              ElementsAre("40 0B 0103 0002", "40 0B 0102 0002", "40 0B 0100 0002"));
  EXPECT_EQ(trace.driven_high(), 0U);
  EXPECT_EQ(bank->read().levels, 0xFF);
  plugged->set_inputs(1, 0xFFDF);
  EXPECT_EQ(bank->read().levels, 0xDF);
}

TEST_F(PinsOverUsb, APushPullPinNeverShowsTheWrongLevel) {
  const Plugged plugged(ChipKind::ft4232h, "P1");
  const auto bench = rack({"P1"});
  const auto bank = bench->bank({"P1", 3, Group::pins, 0});
  PinTrace trace(plugged.chip(), 3);
  bank->set(0x30, 0x30, 0x10);
  ASSERT_TRUE(eventually([&] { return (plugged->pins(3).levels & 0x30) == 0x10; }));
  EXPECT_EQ(trace.driven_low() & 0x10U, 0U);
  EXPECT_EQ(trace.driven_high() & 0x20U, 0U);
}

TEST_F(PinsOverUsb, OpeningABankNeverShowsTheIdleLevelsOfAUart) {
  // Plugged in, the channel works as a UART: TXD, RTS and DTR are driven. From opening on: never.
  const Plugged plugged(ChipKind::ft2232h, "P1");
  const auto bench = rack({"P1"});
  PinTrace trace(plugged.chip(), 1);
  const auto bank = bench->bank({"P1", 1, Group::pins, 0});
  EXPECT_EQ(plugged->pins(1).directions, 0);
  for (const PinState& state : trace.seen()) EXPECT_EQ(state.directions, 0);
}

TEST_F(PinsOverUsb, CbusPinsWorkBesideAUartAtItsRate) {
  for (const ChipKind kind : {ChipKind::ft232r, ChipKind::ft_x, ChipKind::ft232h}) {
    const Plugged plugged(kind, "P1");
    loop_back(plugged.chip(), 0);
    const auto bench = rack({"P1"});
    const auto uart = bench->open_uart("P1", 0);
    const double rate = plugged->baud(0);
    EXPECT_NEAR(rate, 115200, 1152);
    const auto bank = bench->bank({"P1", 0, Group::cbus, 0});
    EXPECT_EQ(plugged->baud(0), rate);
    plugged->forget_requests();
    bank->set(0x07, 0x07, 0x04);
    EXPECT_EQ(requests_of(plugged.chip()).front(), "40 0B 2074 0001");
    EXPECT_EQ(plugged->cbus().directions, 0x07);
    EXPECT_EQ(plugged->cbus().levels & 0x07, 0x04);
    uart->set_baud(921600);  // libftdi1 would make four times as much of it (facts, section 8)
    EXPECT_NEAR(plugged->baud(0), 921600, 9216);
    const Bytes text = pattern(500);
    uart->write(text, within(1s));
    EXPECT_EQ(read(*uart->channel(), text.size()), text);
    EXPECT_EQ(plugged->cbus().directions, 0x07);
    plugged->set_cbus_inputs(0x07);
    EXPECT_EQ(bank->read().levels, 0x04);
  }
}

TEST_F(PinsOverUsb, MpssePinsOfEveryChipThatHasThem) {
  struct Case {
    ChipKind kind;
    int channel, pins;
  };
  for (const auto& [kind, channel, pins] : {Case{ChipKind::ft232h, 0, 16},
                                            {ChipKind::ft2232h, 0, 16},
                                            {ChipKind::ft2232h, 1, 16},
                                            {ChipKind::ft4232h, 0, 8},
                                            {ChipKind::ft4232h, 1, 8}}) {
    const Plugged plugged(kind, "P1");
    const auto n = static_cast<unsigned>(channel);
    const auto bench = rack({"P1"}, {}, true);
    const auto bank = bench->bank({"P1", channel, Group::pins, 0});
    ASSERT_EQ(bank->pins(), pins);
    EXPECT_EQ(plugged->pins(n).directions, 0);
    PinTrace trace(plugged.chip(), n);
    const auto high = static_cast<std::uint16_t>(1U << static_cast<unsigned>(pins - 1));
    bank->set(static_cast<std::uint16_t>(high | 3U), static_cast<std::uint16_t>(high | 3U), high);
    EXPECT_EQ(bank->read().levels, (pins == 8 ? 0xFF : 0xFFFF) & ~3);
    bank->set(3, 1, 0);
    plugged->set_inputs(n, 0xFFF7);
    EXPECT_EQ(bank->read().levels, (pins == 8 ? 0xFF : 0xFFFF) & ~9);
    EXPECT_EQ(trace.driven_high(), high);
    EXPECT_EQ(trace.driven_low(), 3U);
  }
}

TEST_F(PinsOverUsb, MpssePinsAreReadFastEnoughToWatch) {
  const Plugged plugged(ChipKind::ft232h, "P1");
  const auto bench = rack({"P1"}, {}, true);
  const auto bank = bench->bank({"P1", 0, Group::pins, 0});
  const Instant before = clock_->now();
  for (int i = 0; i < 20; ++i) bank->read();
  EXPECT_LT(clock_->now() - before, 200ms) << "SEND IMMEDIATE, not the latency timer";
}

TEST_F(PinsOverUsb, WhatACrashLeftOnGoesOffWithTheFirstChannelThatIsOpened) {
  const Plugged plugged(ChipKind::ft4232h, "P1");
  {
    ftdi_context* left = ftdi_new();
    ftdi_set_interface(left, INTERFACE_D);
    ASSERT_EQ(ftdi_usb_open(left, 0x0403, 0x6011), 0);
    ASSERT_EQ(ftdi_set_bitmode(left, 0x04, BITMODE_BITBANG), 0);
    unsigned char on = 0x04;
    ASSERT_EQ(ftdi_write_data(left, &on, 1), 1);
    ASSERT_TRUE(eventually([&] { return (plugged->pins(3).levels & 0x04) != 0; }));
    ftdi_usb_close(left);
    ftdi_free(left);
  }
  ASSERT_EQ(plugged->pins(3).directions, 0x04) << "nobody released it";
  const auto bench = rack({"P1"}, {3});
  const auto uart = bench->open_uart("P1", 0);
  EXPECT_EQ(plugged->pins(3).directions, 0);
}

TEST_F(PinsOverUsb, SlotsThatShareABankAreFoundAgainAfterReplug) {
  Plugged quad(ChipKind::ft4232h, "P1", "1-1");
  const Plugged other(ChipKind::ft232r, "P2", "1-2");
  const auto bench = rack({"P1", "P2"});
  const auto guard = make_input({"guard", {"P1", 3, Group::pins, 7}, true, 2ms}, *bench, *clock_);
  const auto theirs = bench->bank({"P2", 0, Group::cbus, 0});
  theirs->set(1, 1, 0);
  auto first = std::make_unique<Lines>(fixture({"P1", 3, Group::pins, 0}),
                                       bench->open_uart("P1", 0), *bench, *clock_);
  auto second = std::make_unique<Lines>(fixture({"P1", 3, Group::pins, 3}),
                                        bench->open_uart("P1", 1), *bench, *clock_);
  quad->set_inputs(3, 0xFF7F);
  set(*first, {{Signal::power_3v3, true}});
  set(*second, {{Signal::power_3v3, true}});
  EXPECT_TRUE(guard->closed(within(150ms)));
  quad.unplug();
  EXPECT_THAT(fault_of([&] { set(*first, {{Signal::gpio0, true}}); }), "ftdi.lost");
  EXPECT_NE(fault_of([&] { guard->closed(within(150ms)); }), "none");
  quad.plug();
  // The second slot has not noticed yet and still holds what it had.
  first.reset();
  first = std::make_unique<Lines>(fixture({"P1", 3, Group::pins, 0}), bench->open_uart("P1", 0),
                                  *bench, *clock_);
  EXPECT_EQ(quad->pins(3).directions, 0x04) << "the supplies are off";
  set(*first, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
  EXPECT_TRUE(guard->closed(within(150ms)));
  EXPECT_EQ(fault_of([&] { set(*second, {{Signal::gpio0, true}}); }), "ftdi.lost");
  second.reset();
  second = std::make_unique<Lines>(fixture({"P1", 3, Group::pins, 3}), bench->open_uart("P1", 1),
                                   *bench, *clock_);
  EXPECT_EQ(quad->pins(3).directions, 0x25) << "the first slot's lines stayed";
  EXPECT_EQ(other->cbus().directions, 1) << "the other adapter never noticed";
  EXPECT_EQ(fault_of([&] { theirs->set(1, 0, 0); }), "none");
}

TEST_F(PinsOverUsb, AUartThatIsStillHeldDoesNotKeepItsReturnedAdapterBusy) {
  Plugged plugged(ChipKind::ft2232h, "P1");
  const auto bench = rack({"P1"});
  const auto old = bench->open_uart("P1", 0);
  plugged.unplug();
  ASSERT_TRUE(eventually([&] { return old->channel()->lost(); }));
  plugged.plug();
  EXPECT_EQ(fault_of([&] { bench->open_uart("P1", 0); }), "none");
}

TEST_F(PinsOverUsb, ASlotThatClosesLeavesItsNeighbourAlone) {
  const Plugged plugged(ChipKind::ft4232h, "P1");
  const auto bench = rack({"P1"});
  auto first = std::make_unique<Lines>(fixture({"P1", 3, Group::pins, 0}),
                                       bench->open_uart("P1", 0), *bench, *clock_);
  Lines second(fixture({"P1", 3, Group::pins, 4}), bench->open_uart("P1", 1), *bench, *clock_);
  set(second, {{Signal::power_3v3, true}, {Signal::reset, true}});
  set(*first, {{Signal::power_3v3, true}, {Signal::reset, true}});
  PinTrace trace(plugged.chip(), 3);
  for (int i = 0; i < 5; ++i) {
    first.reset();
    first = std::make_unique<Lines>(fixture({"P1", 3, Group::pins, 0}), bench->open_uart("P1", 0),
                                    *bench, *clock_);
    set(*first, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
  }
  ASSERT_THAT(trace.seen(), testing::Not(IsEmpty()));
  for (const PinState& state : trace.seen()) {
    EXPECT_EQ(state.directions & 0x70, 0x60);
    EXPECT_EQ(state.levels & 0x70, 0x50);
  }
  EXPECT_EQ(trace.driven_high() & 0x33U, 0U) << "GPIO0 and RST are never driven high";
}

TEST_F(PinsOverUsb, ManyThreadsShareABank) {
  const Plugged plugged(ChipKind::ft2232h, "P1");
  const auto bench = rack({"P1"});
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int pin = 0; pin < 4; ++pin) {
    threads.emplace_back([&, pin] {
      const auto bit = static_cast<std::uint16_t>(1U << static_cast<unsigned>(pin));
      for (int i = 0; i < 25; ++i) {
        const auto bank = bench->bank({"P1", 1, Group::pins, pin});
        bank->set(bit, bit, 0);
        if ((bank->read().levels & bit) != 0) ++wrong;
        bank->set(bit, 0, 0);
        if ((bank->read().levels & bit) == 0) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(PinsOverUsb, PulledWhileSlotsAndGateAreAtWorkAllComesBack) {
  Plugged plugged(ChipKind::ft4232h, "P1");
  plugged->set_inputs(3, 0xFF7F);
  const auto bench = rack({"P1"}, {3});
  std::atomic<bool> over{false};
  std::mutex mutex;
  std::set<std::string> faults;
  const auto attempt = [&](const auto& action) {
    const std::string id = fault_of(action);
    const std::lock_guard lock(mutex);
    faults.insert(id);
  };
  std::vector<std::jthread> threads;
  for (const int slot : {0, 1}) {
    threads.emplace_back([&, slot] {
      while (!over) {
        attempt([&] {
          Lines lines(fixture({"P1", 3, Group::pins, 3 * slot}), bench->open_uart("P1", slot),
                      *bench, *clock_);
          for (int i = 0; i < 20 && !over; ++i) {
            set(lines, {{Signal::power_3v3, true}, {Signal::gpio0, true}});
            set(lines, {{Signal::power_3v3, false}, {Signal::gpio0, false}});
          }
        });
      }
    });
  }
  threads.emplace_back([&] {
    const auto guard = make_input({"guard", {"P1", 3, Group::pins, 7}, true, 1ms}, *bench, *clock_);
    while (!over) attempt([&] { guard->closed(within(50ms)); });
  });
  std::mt19937_64 random(11);
  for (int i = 0; i < 15; ++i) {
    clock_->sleep_for(std::chrono::milliseconds(5 + random() % 60), {});
    plugged.unplug();
    clock_->sleep_for(std::chrono::milliseconds(random() % 20), {});
    plugged.plug();
  }
  over = true;
  threads.clear();
  for (const std::string& id : faults)
    EXPECT_THAT(id, testing::AnyOf("none", "ftdi.lost", "ftdi.missing", "ftdi.open"));
  clock_->sleep_for(250ms, {});
  Lines lines(fixture({"P1", 3, Group::pins, 0}), bench->open_uart("P1", 0), *bench, *clock_);
  set(lines, {{Signal::power_3v3, true}});
  EXPECT_EQ(plugged->pins(3).directions & 0x07, 0x04);
  const auto guard = make_input({"guard", {"P1", 3, Group::pins, 7}, true, 1ms}, *bench, *clock_);
  EXPECT_TRUE(guard->closed(within(150ms)));
}

TEST_F(PinsOverUsb, GuardAndLidAreReadInRealTime) {
  const Plugged plugged(ChipKind::ft2232h, "P1");
  const auto bench = rack({"P1"});
  const auto lid = make_input({"lid", {"P1", 0, Group::modem, 0}, true, 5ms}, *bench, *clock_);
  const auto guard = make_input({"guard", {"P1", 1, Group::pins, 5}, true, 5ms}, *bench, *clock_);
  EXPECT_FALSE(lid->closed(within(150ms)));
  EXPECT_FALSE(guard->closed(within(150ms)));
  plugged->set_modem_inputs(0, true, false, false, false);
  plugged->set_inputs(1, 0xFFDF);
  EXPECT_TRUE(eventually([&] { return lid->closed(within(150ms)); }));
  EXPECT_TRUE(guard->closed(within(150ms)));
  plugged->set_modem_inputs(0, false, true, true, true);
  plugged->set_inputs(1, 0xFFFF);
  EXPECT_FALSE(guard->closed(within(150ms)));
  EXPECT_TRUE(eventually([&] { return !lid->closed(within(150ms)); }));
}

}  // namespace
}  // namespace plugrig::ftdi::test
