#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_ftdi/chip_bench.hpp"

// The byte stream to the host (FTDI facts, section 4).

namespace plugrig::twin::ftdi {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::SizeIs;

constexpr unsigned kBaud115200 = 0x001A, kBaud921600 = 0x8003;

Bytes first_bytes(const Bytes& bytes, std::size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST(Packets, EachBeginsWithTwoStatusBytes) {
  ChipBench bench(Model::ft232r);
  EXPECT_THAT(bench.read_raw(64), ElementsAre(0x01, 0x60));
  ChipBench fast(Model::ft2232h);
  EXPECT_THAT(fast.read_raw(512), ElementsAre(0x02, 0x60));
}

TEST(Packets, ABareOneLeavesWhenTheLatencyTimerRunsOut) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  for (const int ms : {16, 2, 1, 255}) {
    bench.request(0x09, static_cast<unsigned>(ms));
    EXPECT_THAT(bench.ask(0x0A, 1), ElementsAre(ms));
    bench.read_raw(64);
    const auto before = bench.now;
    EXPECT_THAT(bench.read_raw(64), SizeIs(2));
    EXPECT_NEAR(seconds(bench.now - before), ms / 1e3, 3e-4) << ms;
  }
}

TEST(Packets, HoldSixtyTwoBytesOrFiveHundredAndTen) {
  for (const auto& [model, packet] :
       {std::pair{Model::ft232r, std::size_t{64}}, std::pair{Model::ft232h, std::size_t{512}}}) {
    ChipBench bench(model);
    bench.chip.set_paced(false);
    bench.read_raw(packet);
    const auto sent = counting(packet - 2 + 10);
    bench.chip.feed(0, sent, bench.now);
    const auto raw = bench.read_raw(4096);
    ASSERT_THAT(raw, SizeIs(packet + 2 + 10));
    EXPECT_THAT(Bytes(raw.begin() + 2, raw.begin() + 64), ElementsAreArray(first_bytes(sent, 62)));
    EXPECT_EQ(raw[packet], raw[0]);
    EXPECT_EQ(raw[packet + 2], static_cast<std::uint8_t>(packet - 2));
  }
}

TEST(Packets, TakeTheSmallSizeBehindAFullSpeedHub) {
  ChipBench bench(Model::ft2232h, "T1", {.full_speed = true});
  EXPECT_FALSE(bench.chip.high_speed());
  bench.chip.set_paced(false);
  bench.read_raw(64);
  bench.chip.feed(0, counting(100), bench.now);
  EXPECT_THAT(bench.read_raw(512), SizeIs(104));
}

TEST(Packets, AContinuousStreamKeepsALongTransferOpen) {
  struct Case {
    std::size_t size;
    double seconds;
  };
  for (const auto& [size, expected_s] : {Case{4096, 0.344}, Case{512, 0.043}, Case{64, 0.0054}}) {
    ChipBench bench(Model::ft232r);
    bench.request(0x03, kBaud115200);
    bench.request(0x09, 16);
    bench.read_raw(64);
    const auto before = bench.now;
    bench.chip.feed(0, Bytes(8000, 'x'), bench.now);
    EXPECT_THAT(bench.read_raw(size, 0, false), SizeIs(size));
    EXPECT_NEAR(seconds(bench.now - before), expected_s, 0.0006) << size;
  }
}

TEST(Packets, TheEventCharacterSendsOneAtOnce) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, kBaud921600);
  bench.request(0x06, 0x1C0);
  bench.read_raw(64);
  const auto before = bench.now;
  bench.chip.feed(0, Bytes{1, 2, 0xC0}, bench.now);
  EXPECT_THAT(bench.read_raw(512, 0, false), SizeIs(5));
  EXPECT_LT(bench.now - before, 1ms);
  bench.request(0x06, 0x0C0);  // off
  const auto again = bench.now;
  bench.chip.feed(0, Bytes{1, 2, 0xC0}, bench.now);
  EXPECT_THAT(bench.read_raw(512, 0, false), SizeIs(5));
  EXPECT_GT(bench.now - again, 10ms);
}

TEST(Packets, AModemInputSendsOneAtOnce) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  const auto before = bench.now;
  bench.chip.set_modem_inputs(0, true, false, false, true);
  EXPECT_THAT(bench.read_raw(64, 0, false), ElementsAre(0x91, 0x60));
  EXPECT_EQ(bench.now, before);
  bench.chip.set_modem_inputs(0, false, true, true, false);
  EXPECT_THAT(bench.ask(0x05, 2), ElementsAre(0x61, 0x60));
}

TEST(Packets, SayWhenTheWireIsQuiet) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, kBaud115200);
  bench.write(counting(100));
  EXPECT_THAT(bench.ask(0x05, 2), ElementsAre(0x01, 0x00));
  bench.run_for(8ms);
  EXPECT_THAT(bench.ask(0x05, 2), ElementsAre(0x01, 0x00));
  bench.run_for(1ms);
  EXPECT_THAT(bench.ask(0x05, 2), ElementsAre(0x01, 0x60));
}

TEST(Packets, AreDroppedByAPurge) {
  ChipBench bench(Model::ft232r);
  bench.chip.set_paced(false);
  bench.read_raw(64);
  bench.chip.feed(0, bytes_of("old"), bench.now);
  bench.request(0x00, 2);
  bench.chip.feed(0, bytes_of("new"), bench.now);
  EXPECT_EQ(bench.read_for(20ms), bytes_of("new"));
  bench.chip.feed(0, bytes_of("kept"), bench.now);
  bench.request(0x00, 1);
  EXPECT_EQ(bench.read_for(20ms), bytes_of("kept"));
}

struct Loss {
  Model model;
  std::uint16_t value, index;
  double table_ms;  ///< FTDI facts, section 4, overruns
};

TEST(Overrun, ComesAfterTheTimesOfTheFacts) {
  for (const auto& row : std::vector<Loss>{{Model::ft232r, 0x001A, 0, 22},
                                           {Model::ft232r, 0x4006, 0, 5.6},
                                           {Model::ft232r, 0x8003, 0, 2.8},
                                           {Model::ft232r, 0x0000, 0, 0.85},
                                           {Model::ft230x, 0x001A, 0, 44},
                                           {Model::ft230x, 0x0000, 0, 1.7},
                                           {Model::ft232h, 0xC068, 0x0201, 89},
                                           {Model::ft232h, 0x000D, 0x0201, 11},
                                           {Model::ft4232h, 0x001A, 0x0201, 44},
                                           {Model::ft4232h, 0x0004, 0x0201, 6.8},
                                           {Model::ft2232h, 0xC068, 0x0201, 356},
                                           {Model::ft2232h, 0x0004, 0x0201, 14}}) {
    for (const double share : {0.95, 1.10}) {
      ChipBench bench(row.model);
      bench.request(0x03, row.value, row.index);
      bench.read_raw(512);
      bench.chip.feed(0, Bytes(20000, 'x'), bench.now);
      bench.run_for(std::chrono::duration_cast<Duration>(
          std::chrono::duration<double>(row.table_ms * share / 1e3)));
      bench.read_for(1ms);
      EXPECT_EQ((bench.errors & 0x02) != 0, share > 1) << row.table_ms << " ms, " << share;
    }
  }
}

TEST(Overrun, KeepsWhatTheChipCanHold) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, kBaud921600);
  bench.read_raw(64);
  const auto sent = counting(1000);
  bench.chip.feed(0, sent, bench.now);
  bench.run_for(30ms);
  EXPECT_EQ(bench.read_for(20ms), first_bytes(sent, 256));
  EXPECT_EQ(bench.errors, 0x02U);
  bench.errors = 0;
  bench.chip.feed(0, bytes_of("after"), bench.now);
  EXPECT_EQ(bench.read_for(20ms), bytes_of("after"));
  EXPECT_EQ(bench.errors, 0U) << "reported once";
}

TEST(Overrun, NeverWhileATransferWaits) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, 0x0000);  // 3 Mbaud
  bench.read_raw(64);
  const auto sent = counting(30000);
  bench.chip.feed(0, sent, bench.now);
  Bytes data;
  while (data.size() < sent.size()) {
    const auto raw = bench.read_raw(512, 0, false);
    for (std::size_t i = 0; i < raw.size(); ++i)
      if (i % 64 >= 2) data.push_back(raw[i]);
  }
  EXPECT_EQ(data, sent);
}

TEST(ToTheWire, ATransferEndsWhenTheLastByteIsInTheFifo) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, kBaud115200);
  const auto before = bench.now;
  bench.write(counting(128));
  EXPECT_EQ(bench.now, before);
  bench.write(counting(1000));
  EXPECT_NEAR(seconds(bench.now - before), 1000 / 11538.5, 0.0015);
}

TEST(ToTheWire, WhatWaitsCanBeDropped) {
  ChipBench bench(Model::ft232r);
  std::size_t sent = 0;
  Wiring wiring;
  wiring.serial = [&](View bytes, double) { sent += bytes.size(); };
  bench.chip.wire(0, wiring);
  bench.request(0x03, kBaud115200);
  bench.write(counting(128));
  bench.run_for(5ms);
  bench.request(0x00, 1);
  bench.run_for(50ms);
  EXPECT_NEAR(static_cast<double>(sent), 57, 2);
}

TEST(ToTheWire, BytesCarryTheRateThatTheyWereSentAt) {
  ChipBench bench(Model::ft232r);
  std::vector<std::pair<std::size_t, double>> batches;
  Wiring wiring;
  wiring.serial = [&](View bytes, double bit_per_s) {
    batches.emplace_back(bytes.size(), bit_per_s);
  };
  bench.chip.wire(0, wiring);
  bench.request(0x03, kBaud115200);
  bench.write(counting(2));
  bench.run_for(90us);  // one byte and a bit
  bench.request(0x03, kBaud921600);
  bench.run_for(1ms);
  ASSERT_THAT(batches, SizeIs(2));
  EXPECT_EQ(batches[0].first, 1U);
  EXPECT_NEAR(batches[0].second, 115385, 1);
  EXPECT_NEAR(batches[1].second, 923077, 1);
}

}  // namespace
}  // namespace plugrig::twin::ftdi
