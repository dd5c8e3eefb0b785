#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "tests/unit/ftdi/usb_bench.hpp"
#include "tests/unit/serial/expect_fault.hpp"

namespace plugrig::ftdi::test {
namespace {

using serial::test::expect_fault;
using serial::test::fault_of;
using testing::HasSubstr;
using testing::IsEmpty;

class ChannelData : public UsbTest {};

TEST_F(ChannelData, BytesComeBackOnEveryChipAndChannel) {
  for (const ChipKind kind : kAllChips) {
    const Plugged plugged(kind, "D1");
    for (int index = 0; index < facts_of(kind).channels; ++index) {
      loop_back(plugged.chip(), static_cast<unsigned>(index));
      const auto channel = open("D1", index);
      channel->set_rate(921600);
      const Bytes sent = pattern(5000, static_cast<unsigned>(index));
      channel->write(sent, within(3s));
      EXPECT_EQ(read(*channel, sent.size()), sent) << facts_of(kind).name << " " << index;
      EXPECT_EQ(channel->status().overruns, 0U);
    }
  }
}

TEST_F(ChannelData, AnHChipBehindAFullSpeedHubHasShortPackets) {
  const Plugged plugged(ChipKind::ft2232h, "D1", "1-1", {}, {.full_speed = true});
  loop_back(plugged.chip(), 0);
  const auto channel = open("D1");
  channel->set_rate(921600);
  const Bytes sent = pattern(3000);
  channel->write(sent, within(3s));
  EXPECT_EQ(read(*channel, sent.size()), sent);
}

TEST_F(ChannelData, TheChipIsClockedAtTheRateThatIsReported) {
  for (const ChipKind kind : kAllChips) {
    const Plugged plugged(kind, "D1");
    const auto channel = open("D1");
    for (const std::uint32_t wanted :
         {184U,    300U,    600U,       1200U,      2400U,      9600U,     19200U,
          38400U,  57600U,  74880U,     115200U,    128000U,    230400U,   250000U,
          460800U, 921600U, 1'000'000U, 1'500'000U, 2'000'000U, 3'000'000U}) {
      const Rate rate = channel->set_rate(wanted);
      EXPECT_EQ(rate.wanted, wanted);
      EXPECT_NEAR(plugged->baud(0) / rate.achieved, 1, 1e-5) << wanted << facts_of(kind).name;
      EXPECT_LT(std::abs(rate.error()), kMaxRateError);
    }
    // Also where libftdi1 would multiply by four (facts, section 8, pitfall 1).
    if (facts_of(kind).cbus_pins > 0) channel->set_bit_mode(BitMode::cbus, 0);
    const Rate rate = channel->set_rate(115200);
    EXPECT_NEAR(plugged->baud(0) / rate.achieved, 1, 1e-5);
  }
}

TEST_F(ChannelData, ARateThatTheChipCannotMakeIsRefusedAndNothingChanges) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  channel->set_rate(115200);
  cable->forget_requests();
  for (const std::uint32_t wanted : {0U, 100U, 1'700'000U, 2'500'000U, 2'900'000U, 4'000'000U}) {
    const Fault fault = fault_of([&] { channel->set_rate(wanted); });
    EXPECT_EQ(fault.id(), "ftdi.baud") << wanted;
    EXPECT_EQ(fault.blame(), Blame::config);
    EXPECT_THAT(fault.happened(), HasSubstr(std::to_string(wanted)));
  }
  EXPECT_THAT(fault_of([&] { channel->set_rate(2'400'000); }).happened(),
              HasSubstr("2000000 bit/s, -16.7 %"));
  EXPECT_THAT(cable->requests(), IsEmpty());
}

TEST_F(ChannelData, AnswersComeWithinTheLatencyTimerOf1ms) {
  const Plugged plugged(ChipKind::ft232h, "D1");
  loop_back(plugged.chip(), 0);
  const auto channel = open("D1");
  channel->set_rate(921600);
  std::vector<Duration> times;
  for (int i = 0; i < 100; ++i) {
    const Instant start = clock_->now();
    const Bytes ping(16, static_cast<std::uint8_t>(i));
    channel->write(ping, within(1s));
    ASSERT_EQ(read(*channel, ping.size()), ping);
    times.push_back(clock_->now() - start);
  }
  std::nth_element(times.begin(), times.begin() + 50, times.end());
  // 1.07 ms on the wire's side (facts, section 4); 16 ms with the chip's own setting.
  EXPECT_LT(times[50], 8ms);
}

TEST_F(ChannelData, TheEventCharacterSendsAFrameAtOnce) {
  const Plugged plugged(ChipKind::ft4232h, "D1");
  const auto channel = open("D1");
  channel->set_rate(115200);
  channel->set_latency_ms(255);
  const auto slowest_of_ten = [&] {
    Duration slowest{};
    for (int i = 0; i < 5; ++i) {
      const Instant start = clock_->now();
      plugged->feed(0, Bytes{'a', 'b', 0xC0}, usb_bus::now());
      EXPECT_EQ(read(*channel, 3).size(), 3U);
      slowest = std::max(slowest, clock_->now() - start);
    }
    return slowest;
  };
  EXPECT_GT(slowest_of_ten(), 100ms);
  channel->set_event_character(0xC0);
  EXPECT_LT(slowest_of_ten(), 100ms);
}

TEST_F(ChannelData, AContinuousStreamAt115200ArrivesInSmallParts) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  channel->set_rate(115200);
  cable->feed(0, pattern(40'000), usb_bus::now());
  Bytes first(40'000);
  const auto got = channel->read(first, within(5s));
  ASSERT_GT(got, 0U);
  // A full packet is 5.4 ms, a transfer of eight 43 ms, one of 4096 bytes 344 ms (facts, 4); all of
  // it takes 3.5 s.
  EXPECT_LT(got, 20'000U) << "the first bytes waited for the last";
}

TEST_F(ChannelData, ModemInputsCarryTheirAge) {
  const Plugged plugged(ChipKind::ft2232h, "D1");
  const auto channel = open("D1");
  for (int bit = 0; bit < 4; ++bit) {
    plugged->set_modem_inputs(0, bit == 0, bit == 1, bit == 2, bit == 3);
    EXPECT_TRUE(eventually([&] {
      const LineStatus s = channel->status();
      return s.cts == (bit == 0) && s.dsr == (bit == 1) && s.ri == (bit == 2) &&
             s.dcd == (bit == 3);
    })) << bit;
  }
  const Instant seen = channel->status().seen;
  EXPECT_TRUE(eventually([&] { return channel->status().seen > seen + 5ms; }))
      << "an idle line reports too";
}

TEST_F(ChannelData, LineErrorsAreCounted) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  channel->set_rate(115200);
  cable->feed(0, Bytes(20, 0x55), usb_bus::now(), 74880);
  EXPECT_TRUE(eventually([&] { return channel->status().framing_errors > 0; }));
  cable->feed_break(0, 5ms, usb_bus::now());
  EXPECT_TRUE(eventually([&] { return channel->status().breaks > 0; }));
  EXPECT_EQ(channel->status().overruns, 0U);
}

TEST_F(ChannelData, ErrorsThatDrainingAsksForAreCountedToo) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  channel->set_rate(9600);
  channel->set_latency_ms(255);  // packets are rare: it is the status request that sees the break
  channel->write(pattern(100), within(2s));
  cable->feed_break(0, 20ms, usb_bus::now());
  channel->drain(within(2s));
  EXPECT_TRUE(eventually([&] { return channel->status().breaks > 0; }));
}

TEST_F(ChannelData, WhatAReaderLeavesTooLongIsLostAndTold) {
  const Plugged plugged(ChipKind::ft232h, "D1");
  plugged->set_paced(false);
  const auto channel = open("D1");
  const Bytes much = pattern(3 << 19);
  plugged->feed(0, much, usb_bus::now());
  ASSERT_TRUE(eventually([&] { return channel->status().overruns > 0; }, 10s));
  const Bytes kept = read(*channel, 1 << 20);
  EXPECT_TRUE(kept == Bytes(much.begin(), much.begin() + (1 << 20))) << "up to there in order";
}

TEST_F(ChannelData, DrainingEndsWhenTheLastByteHasLeft) {
  const Plugged plugged(ChipKind::ft2232h, "D1");
  const WireLog wire(plugged.chip(), 0);
  const auto channel = open("D1");
  channel->set_rate(115200);
  const Bytes sent = pattern(2000);
  const Instant start = clock_->now();
  channel->write(sent, within(3s));
  EXPECT_LT(clock_->now() - start, 150ms) << "it all fits into the chip";
  channel->drain(within(3s));
  EXPECT_GE(clock_->now() - start, 170ms) << "2000 bytes at 11520 a second";
  EXPECT_EQ(wire.bytes(), sent);
}

TEST_F(ChannelData, DrainingKnowsADeadlineAndAStop) {
  const Plugged plugged(ChipKind::ft2232h, "D1");
  const auto channel = open("D1");
  channel->set_rate(300);
  channel->write(pattern(1000), within(3s));
  expect_fault([&] { channel->drain(within(20ms)); }, "serial.write.timeout", Blame::host);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(channel->drain({clock_->now() + 5s, stop.get_token()}), Stopped);
}

TEST_F(ChannelData, AWriteThatIsTooSlowIsWithdrawn) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const WireLog wire(cable.chip(), 0);
  const auto channel = open("D1");
  channel->set_rate(1200);
  const Bytes sent = pattern(5000);
  const Instant start = clock_->now();
  const Fault fault = fault_of([&] { channel->write(sent, within(100ms)); });
  EXPECT_EQ(fault.id(), "serial.write.timeout");
  EXPECT_EQ(fault.blame(), Blame::host);
  ASSERT_FALSE(fault.evidence().empty());
  EXPECT_EQ(fault.evidence()[0].name, "bytes left");
  EXPECT_LT(clock_->now() - start, 1s);
  // What was handed over is gone from the chip: the line is quiet, then only new bytes leave.
  channel->drain(within(200ms));
  const std::size_t before = wire.bytes().size();
  EXPECT_LT(before, 200U);
  channel->set_rate(115200);
  channel->write(Bytes{'n', 'e', 'w'}, within(1s));
  ASSERT_TRUE(eventually([&] { return wire.bytes().size() >= before + 3; }));
  const Bytes all = wire.bytes();
  EXPECT_EQ(Bytes(all.begin() + static_cast<std::ptrdiff_t>(before), all.end()),
            (Bytes{'n', 'e', 'w'}));
}

TEST_F(ChannelData, AStopEndsAWriteAndARead) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  channel->set_rate(300);
  std::stop_source stop;
  const Deadline deadline{clock_->now() + 60s, stop.get_token()};
  std::jthread hand([&] {
    clock_->sleep_for(50ms, {});
    stop.request_stop();
  });
  const Instant start = clock_->now();
  EXPECT_THROW(channel->write(pattern(5000), deadline), Stopped);
  Bytes into(10);
  EXPECT_THROW(channel->read(into, deadline), Stopped);
  EXPECT_LT(clock_->now() - start, 2s);
  channel->drain(within(200ms));  // nothing is left behind
}

TEST_F(ChannelData, ReadingEndsAtTheDeadline) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  Bytes into(10);
  const Instant start = clock_->now();
  EXPECT_EQ(channel->read(into, within(30ms)), 0U);
  EXPECT_GE(clock_->now() - start, 30ms);
  EXPECT_EQ(channel->read(into, {Instant{}, {}}), 0U) << "a deadline that has passed";
  EXPECT_EQ(channel->read({}, within(10s)), 0U);
}

TEST_F(ChannelData, DiscardedInputIsGoneFromChipAndHost) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  channel->set_rate(921600);
  for (int round = 0; round < 20; ++round) {
    cable->feed(0, pattern(600), usb_bus::now());
    ASSERT_EQ(read(*channel, 500).size(), 500U);
    clock_->sleep_for(20ms, {});  // the rest needs 1 ms
    channel->discard_input();
    const Bytes mark{'o', 'k'};
    cable->feed(0, mark, usb_bus::now());
    ASSERT_EQ(read(*channel, 2), mark) << round;
  }
}

TEST_F(ChannelData, DiscardedOutputDoesNotLeave) {
  const Plugged plugged(ChipKind::ft2232h, "D1");
  const WireLog wire(plugged.chip(), 0);
  const auto channel = open("D1");
  channel->set_rate(1200);
  channel->write(pattern(2000), within(2s));
  channel->discard_output();
  channel->drain(within(200ms));
  EXPECT_LT(wire.bytes().size(), 100U);
}

TEST_F(ChannelData, SamplesOfBitBangModeAreNoInput) {
  const Plugged plugged(ChipKind::ft2232h, "D1");
  const auto channel = open("D1", 1);
  channel->set_bit_mode(BitMode::async_bitbang, 0);
  Bytes into(100);
  EXPECT_EQ(channel->read(into, within(50ms)), 0U);
  EXPECT_EQ(channel->status().overruns, 0U);
}

TEST_F(ChannelData, ARefusedRequestIsAFaultAndNoLoss) {
  const Plugged cable(ChipKind::ft232r, "D1");
  const auto channel = open("D1");
  cable->set_fault([](const twin::ftdi::SetupPacket& s) { return s.request == 0x0C ? EPIPE : 0; });
  const Fault fault = fault_of([&] { channel->read_pins(); });
  EXPECT_EQ(fault.id(), "ftdi.request");
  EXPECT_EQ(fault.blame(), Blame::host);
  EXPECT_THAT(fault.happened(), HasSubstr("reading pins"));
  EXPECT_FALSE(channel->lost());
  cable->set_fault(nullptr);
  channel->read_pins();
}

TEST_F(ChannelData, RequestsFromAnotherThreadDoNotDisturbAStream) {
  const Plugged plugged(ChipKind::ft232h, "D1");
  loop_back(plugged.chip(), 0);
  const auto channel = open("D1");
  channel->set_rate(921600);
  std::jthread other([&](const std::stop_token& stop) {
    for (bool on = false; !stop.stop_requested(); on = !on) {
      channel->set_modem_lines(on, !on);
      channel->read_pins();
    }
  });
  const Bytes sent = pattern(60'000);
  std::jthread writer([&] { channel->write(sent, within(5s)); });
  EXPECT_TRUE(read(*channel, sent.size(), 5s) == sent);
  EXPECT_EQ(channel->status().overruns, 0U);
}

}  // namespace
}  // namespace plugrig::ftdi::test
