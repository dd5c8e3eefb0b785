#include <gmock/gmock.h>

#include <thread>

#include "drivers/serial/ftdi/uart.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"
#include "tests/unit/serial/expect_fault.hpp"

namespace plugrig::ftdi::test {
namespace {

using serial::test::expect_fault;
using serial::test::fault_of;

class ChannelLoss : public UsbTest {
 protected:
  /// Pulls the plug after a while, runs `action` meanwhile, and looks at the fault that it gets.
  void expect_lost_while(Plugged& plugged, const std::function<void()>& action) {
    Instant pulled{};
    std::jthread hand([&] {
      clock_->sleep_for(40ms, {});
      pulled = clock_->now();
      plugged.unplug();
    });
    const Fault fault = fault_of(action);
    const Instant told = clock_->now();
    hand.join();
    EXPECT_EQ(fault.id(), "ftdi.lost");
    EXPECT_EQ(fault.blame(), Blame::host);
    EXPECT_FALSE(fault.evidence().empty());
    EXPECT_LT(told - pulled, 1s);
  }

  /// The same adapter, plugged in again, works under its new address.
  void expect_recovery(Plugged& plugged) {
    const int before = usb_bus::address_of(plugged.port());
    plugged.plug();
    EXPECT_NE(usb_bus::address_of(plugged.port()), before);
    loop_back(plugged.chip(), 0);
    const auto channel = open(plugged.serial());
    channel->set_rate(921600);
    channel->write(Bytes{'o', 'k'}, within(1s));
    EXPECT_EQ(read(*channel, 2), (Bytes{'o', 'k'}));
  }
};

TEST_F(ChannelLoss, WhileIdle) {
  Plugged cable(ChipKind::ft232r, "L1");
  auto channel = open("L1");
  cable.unplug();
  EXPECT_TRUE(eventually([&] { return channel->lost(); }, 1s));
  Bytes into(10);
  const std::function<void()> calls[] = {
      [&] { channel->set_modem_lines(true, true); },
      [&] { channel->set_bit_mode(BitMode::uart, 0); },
      [&] { channel->read_pins(); },
      [&] { channel->set_rate(115200); },
      [&] { channel->set_break(true); },
      [&] { channel->set_latency_ms(1); },
      [&] { channel->set_event_character(0xC0); },
      [&] { channel->read_eeprom_word(0); },
      [&] { channel->write_eeprom_word(0, 0); },
      [&] { channel->write(into, within(10s)); },
      [&] { channel->read(into, within(10s)); },
      [&] { channel->drain(within(10s)); },
      [&] { channel->discard_input(); },
      [&] { channel->discard_output(); },
  };
  for (const auto& call : calls) expect_fault(call, "ftdi.lost", Blame::host);
  channel.reset();
  EXPECT_EQ(usb_bus::open_handles(), 0);
  expect_recovery(cable);
}

TEST_F(ChannelLoss, WhileReading) {
  for (const ChipKind kind : kAllChips) {
    Plugged plugged(kind, "L1");
    auto channel = open("L1");
    Bytes into(10);
    expect_lost_while(plugged, [&] { channel->read(into, within(60s)); });
    channel.reset();
    expect_recovery(plugged);
  }
}

TEST_F(ChannelLoss, WhileReadingAStream) {
  Plugged plugged(ChipKind::ft232h, "L1");
  auto channel = open("L1");
  channel->set_rate(921600);
  plugged->feed(0, pattern(1 << 20), usb_bus::now());
  Bytes into(100);
  expect_lost_while(plugged, [&] {
    while (channel->read(into, within(60s)) > 0) continue;
  });
}

TEST_F(ChannelLoss, WhileWriting) {
  for (const ChipKind kind : kAllChips) {
    Plugged plugged(kind, "L1");
    auto channel = open("L1");
    channel->set_rate(9600);
    expect_lost_while(plugged, [&] { channel->write(pattern(100'000), within(60s)); });
    channel.reset();
    expect_recovery(plugged);
  }
}

TEST_F(ChannelLoss, WhileDraining) {
  Plugged plugged(ChipKind::ft2232h, "L1");
  auto channel = open("L1");
  channel->set_rate(300);
  channel->write(pattern(2000), within(5s));
  expect_lost_while(plugged, [&] { channel->drain(within(60s)); });
}

TEST_F(ChannelLoss, WhileSettingLines) {
  Plugged plugged(ChipKind::ft2232h, "L1");
  auto channel = open("L1");
  expect_lost_while(plugged, [&] {
    for (bool on = true;; on = !on) channel->set_modem_lines(on, !on);
  });
}

TEST_F(ChannelLoss, AUartGoesQuietly) {
  Plugged plugged(ChipKind::ft232r, "L1");
  {
    FtdiUart uart(open("L1"), *clock_);
    plugged.unplug();
    EXPECT_TRUE(eventually([&] { return uart.channel()->lost(); }, 1s));
    expect_fault([&] { uart.set_baud(921600); }, "ftdi.lost", Blame::host);
    expect_fault([&] { uart.park(true); }, "ftdi.lost", Blame::host);
  }
  EXPECT_EQ(usb_bus::open_handles(), 0);
}

TEST_F(ChannelLoss, ALostChannelStaysLostWhenTheAdapterIsBack) {
  Plugged plugged(ChipKind::ft232r, "L1");
  const auto old = open("L1");
  plugged.unplug();
  ASSERT_TRUE(eventually([&] { return old->lost(); }, 1s));
  plugged.plug();
  expect_fault([&] { old->read_pins(); }, "ftdi.lost", Blame::host);
  const auto fresh = open("L1");  // somebody may still hold the dead one: its lock is gone
  EXPECT_FALSE(fresh->lost());
  expect_fault([&] { static_cast<void>(open("L1")); }, "ftdi.busy", Blame::host);
}

TEST_F(ChannelLoss, TheOtherAdapterNeverNotices) {
  Plugged victim(ChipKind::ft232r, "L1", "1-1");
  const Plugged witness(ChipKind::ft2232h, "L2", "1-2");
  loop_back(witness.chip(), 0);
  const auto channel = open("L2");
  channel->set_rate(921600);
  std::jthread hand([&] {
    for (int round = 0; round < 10; ++round) {
      auto lost = open("L1");
      clock_->sleep_for(10ms, {});
      victim.unplug();
      EXPECT_TRUE(eventually([&] { return lost->lost(); }, 1s));
      lost.reset();
      victim.plug();
    }
  });
  const Bytes sent = pattern(80'000);
  std::jthread writer([&] { channel->write(sent, within(10s)); });
  EXPECT_TRUE(read(*channel, sent.size(), 10s) == sent);
  EXPECT_FALSE(channel->lost());
  EXPECT_EQ(channel->status().overruns, 0U);
}

}  // namespace
}  // namespace plugrig::ftdi::test
