#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/twin_ftdi/chip_bench.hpp"

// Bit modes and pins (FTDI facts, section 6).

namespace plugrig::twin::ftdi {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr unsigned kUart = 0x00, kAsync = 0x01, kMpsse = 0x02, kSync = 0x04, kCbus = 0x20;

using Seen = std::vector<std::pair<unsigned, unsigned>>;  ///< levels, directions

void watch_pins(ChipBench& bench, Seen& seen, unsigned channel = 0) {
  Wiring wiring;
  wiring.pins = [&seen](std::uint16_t levels, std::uint16_t directions) {
    seen.emplace_back(levels & 0xFFU, directions);
  };
  bench.chip.wire(channel, wiring);
}

TEST(Pins, AUartDrivesTxdRtsAndDtrHigh) {
  ChipBench bench(Model::ft2232h);
  Seen seen;
  watch_pins(bench, seen, 1);
  bench.chip.power_up();
  EXPECT_THAT(seen, ElementsAre(std::pair(0xFFU, 0x15U)));
  bench.request(0x01, 0x0101, 2);
  EXPECT_THAT(seen.back(), std::pair(0xEFU, 0x15U));
  EXPECT_EQ(bench.read_pins(1), 0xEF);
}

TEST(Pins, ParkedNothingIsDriven) {
  ChipBench bench(Model::ft232r);
  Seen seen;
  watch_pins(bench, seen);
  bench.chip.power_up();
  bench.set_mode(kAsync, 0x00);
  EXPECT_EQ(seen.back().second, 0U);
  EXPECT_EQ(bench.read_pins(), 0xFF) << "weak pull-ups";
  bench.chip.set_inputs(0, 0xFFFE);
  EXPECT_EQ(bench.read_pins(), 0xFE) << "somebody else holds TXD's wire low";
  bench.set_mode(kUart, 0);
  EXPECT_EQ(seen.back(), std::pair(0xFFU, 0x15U));
}

TEST(Pins, ParkingReleasesDtrAndRts) {
  ChipBench bench(Model::ft232r);
  std::vector<std::pair<bool, bool>> lines;
  Wiring wiring;
  wiring.modem = [&](bool dtr, bool rts) { lines.emplace_back(dtr, rts); };
  bench.chip.wire(0, wiring);
  bench.request(0x01, 0x0303);
  bench.set_mode(kAsync, 0x00);
  bench.set_mode(kUart, 0x00);
  EXPECT_THAT(lines,
              ElementsAre(std::pair(true, true), std::pair(false, false), std::pair(true, true)));
}

TEST(AsyncBitBang, TheLastByteStays) {
  ChipBench bench(Model::ft2232h);
  Seen seen;
  watch_pins(bench, seen, 1);
  bench.set_mode(kAsync, 0x0F, 1);
  EXPECT_EQ(seen.back(), std::pair(0xF0U, 0x0FU)) << "outputs at the latch, 0 after power-up";
  bench.write({0x05, 0x0A}, 1);
  bench.run_for(1ms);
  EXPECT_THAT(Seen(seen.end() - 2, seen.end()),
              ElementsAre(std::pair(0xF5U, 0x0FU), std::pair(0xFAU, 0x0FU)));
  bench.chip.set_inputs(1, 0xFF5F);
  EXPECT_EQ(bench.read_pins(1), 0x5A);
}

TEST(AsyncBitBang, ClocksBytesOutAtSixteenOrFiveTimesTheRate) {
  for (const auto& [model, per_s] :
       {std::pair{Model::ft232r, 38400.0 * 16}, std::pair{Model::ft232h, 38400.0 * 5}}) {
    ChipBench bench(model);
    Instant last{};
    Wiring wiring;
    wiring.pins = [&](std::uint16_t, std::uint16_t) { last = bench.now; };
    bench.chip.wire(0, wiring);
    bench.request(0x03, 0xC04E);  // 38400
    bench.set_mode(kAsync, 0xFF);
    Bytes toggles(6000);
    for (std::size_t i = 0; i < toggles.size(); ++i) toggles[i] = i % 2 == 0 ? 0xFF : 0x00;
    const auto before = bench.now;
    bench.write(toggles);
    bench.run_for(100ms);
    const double rate = bench.chip.baud(0) / 38400 * per_s;
    EXPECT_NEAR(seconds(last - before), 6000 / rate, 0.001);
  }
}

TEST(AsyncBitBang, OneRequestReleasesOrPullsALine) {
  ChipBench bench(Model::ft2232h);
  Seen seen;
  bench.set_mode(kAsync, 0x00, 1);
  watch_pins(bench, seen, 1);
  bench.set_mode(kAsync, 0x01, 1);
  bench.set_mode(kAsync, 0x00, 1);
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0], std::pair(0xFEU, 0x01U));
  EXPECT_EQ(seen[1], std::pair(0xFFU, 0x00U));
}

TEST(AsyncBitBang, SamplesThePinsAllTheTime) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  bench.set_mode(kAsync, 0x00);
  bench.chip.set_inputs(0, 0xFF3C);
  const auto before = bench.now;
  const auto samples = bench.read_for(10ms, 0, 64);
  EXPECT_THAT(samples, Each(0x3C));
  const double expected = seconds(bench.now - before) * 9600 * 16;
  EXPECT_NEAR(static_cast<double>(samples.size()), expected, expected * 0.05);
  EXPECT_EQ(bench.errors, 0U);
}

TEST(SyncBitBang, AnswersThePinsAsThePreviousByteLeftThem) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  bench.set_mode(kSync, 0x0F);
  bench.chip.set_inputs(0, 0xFF9F);
  bench.write({0x01, 0x02, 0x03, 0x03});
  EXPECT_THAT(bench.read_for(20ms), ElementsAre(0x90, 0x91, 0x92, 0x93));
}

TEST(SyncBitBang, StallsUntilTheAnswersAreRead) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  bench.set_mode(kSync, 0xFF);
  std::size_t done = 0;
  const auto bytes = counting(1000);
  const auto end = bench.now + 100ms;
  while (bench.now < end && !bench.chip.bulk_out(0, bytes, done, bench.now).over)
    bench.run_for(1ms);
  EXPECT_EQ(done, 256U + 128U) << "both FIFOs are full";
  EXPECT_EQ(bench.read_pins(), 255);
  Bytes answers;
  while (bench.now < end + 1s && answers.size() < 1000) {
    bench.chip.bulk_out(0, bytes, done, bench.now);
    const auto more = bench.read_for(1ms);
    answers.insert(answers.end(), more.begin(), more.end());
  }
  ASSERT_THAT(answers, SizeIs(1000));
  EXPECT_EQ(answers[999], static_cast<std::uint8_t>(998));
}

TEST(Pins, ModeDirectionsAndLevelsSurviveAReset) {
  ChipBench bench(Model::ft2232h);
  bench.set_mode(kAsync, 0x0F, 1);
  bench.write({0x05}, 1);
  bench.run_for(1ms);
  bench.request(0x00, 0, 2);
  EXPECT_EQ(bench.chip.bit_mode(1), kAsync);
  EXPECT_EQ(bench.chip.pins(1), (PinState{0xFFF5, 0x0F}));
  bench.set_mode(kUart, 0, 1);
  bench.set_mode(kAsync, 0x0F, 1);
  EXPECT_EQ(bench.chip.pins(1), (PinState{0xFFF5, 0x0F})) << "the latch outlives the mode";
}

TEST(Pins, ReleasedWhenPulledOutAndAUartWhenPluggedIn) {
  ChipBench bench(Model::ft2232h);
  Seen seen;
  watch_pins(bench, seen, 1);
  bench.set_mode(kAsync, 0x0F, 1);
  bench.write({0x05}, 1);
  bench.run_for(1ms);
  bench.chip.power_down();
  EXPECT_EQ(seen.back(), std::pair(0xFFU, 0x00U));
  bench.chip.power_up();
  EXPECT_EQ(seen.back(), std::pair(0xFFU, 0x15U));
  bench.set_mode(kAsync, 0x0F, 1);
  EXPECT_EQ(seen.back(), std::pair(0xF0U, 0x0FU)) << "the latch is 0 again";
}

TEST(Pins, AUsbResetLeavesAUart) {
  ChipBench bench(Model::ft232r);
  bench.request(0x01, 0x0303);
  bench.set_mode(kAsync, 0xFF);
  bench.chip.usb_reset();
  EXPECT_EQ(bench.chip.bit_mode(0), kUart);
  EXPECT_EQ(bench.chip.pins(0), (PinState{0xFFFF, 0x15}));
}

TEST(Modes, ThatAChipLacksLeaveItAUart) {
  struct Case {
    Model model;
    unsigned mode, channel;
    bool has;
  };
  for (const auto& row : std::vector<Case>{{Model::ft232r, kMpsse, 0, false},
                                           {Model::ft230x, kMpsse, 0, false},
                                           {Model::ft232h, kMpsse, 0, true},
                                           {Model::ft2232h, kMpsse, 1, true},
                                           {Model::ft4232h, kMpsse, 1, true},
                                           {Model::ft4232h, kMpsse, 2, false},
                                           {Model::ft4232h, kAsync, 3, true},
                                           {Model::ft2232h, kCbus, 0, false},
                                           {Model::ft232h, kCbus, 0, true},
                                           {Model::ft230x, kCbus, 0, true}}) {
    ChipBench bench(row.model);
    bench.set_mode(row.mode, 0, row.channel);
    EXPECT_EQ(bench.chip.bit_mode(row.channel), row.has ? row.mode : kUart)
        << traits_of(row.model).name << " " << row.mode;
  }
}

TEST(Cbus, WorksBesideTheUart) {
  ChipBench bench(Model::ft232r);
  Seen seen;
  Bytes sent;
  Wiring wiring;
  wiring.cbus = [&](std::uint8_t levels, std::uint8_t directions) {
    seen.emplace_back(levels, directions);
  };
  wiring.serial = [&](View bytes, double) { sent.insert(sent.end(), bytes.begin(), bytes.end()); };
  bench.chip.wire(0, wiring);
  bench.set_mode(kCbus, 0x10);  // CBUS0 low
  bench.set_mode(kCbus, 0x31);  // CBUS0 high, CBUS1 low
  bench.set_mode(kCbus, 0x01);  // released
  EXPECT_THAT(seen, ElementsAre(std::pair(0xEU, 0x1U), std::pair(0xDU, 0x3U), std::pair(0xFU, 0U)));
  bench.write(bytes_of("on"));
  bench.run_for(10ms);
  EXPECT_EQ(sent, bytes_of("on"));
  bench.chip.set_cbus_inputs(0x6);
  EXPECT_EQ(bench.read_pins(), 0x6);
}

TEST(Cbus, PinsThatAreNotIoIgnoreEverything) {
  for (const auto model : {Model::ft232r, Model::ft230x, Model::ft232h}) {
    ChipBench bench(model);
    bench.chip.set_cbus_io(0x03);
    bench.set_mode(kCbus, 0xF0);
    EXPECT_EQ(bench.chip.cbus().directions, 0x0F) << "the EEPROM acts when plugged in";
    bench.chip.power_down();
    bench.chip.power_up();
    bench.set_mode(kCbus, 0xF0);
    EXPECT_EQ(bench.chip.cbus(), (PinState{0x0C, 0x03}));
    bench.set_mode(kCbus, 0x00);
    bench.chip.set_cbus_inputs(0x00);
    EXPECT_EQ(bench.read_pins(), 0x0C) << "no level shows at the others";
  }
}

TEST(Cbus, LevelsSurviveAResetAndEndWithTheMode) {
  ChipBench bench(Model::ft230x);
  bench.set_mode(kCbus, 0x10);
  bench.request(0x00, 0);
  EXPECT_EQ(bench.chip.cbus(), (PinState{0x0E, 0x01}));
  bench.set_mode(kUart, 0);
  EXPECT_EQ(bench.chip.cbus().directions, 0);
}

TEST(Mpsse, SetsAndReadsBothBytes) {
  ChipBench bench(Model::ft232h);
  bench.chip.set_inputs(0, 0xA5F0);
  bench.read_raw(512);
  bench.set_mode(kUart, 0);
  bench.set_mode(kMpsse, 0);
  bench.write({0x80, 0x05, 0x0F, 0x82, 0x02, 0x03, 0x81, 0x83, 0x87});
  const auto before = bench.now;
  EXPECT_THAT(bench.read_for(1ms), ElementsAre(0xF5, 0xA6));
  EXPECT_LT(bench.now - before, 17ms);
  EXPECT_EQ(bench.chip.pins(0).directions, 0x030F);
}

TEST(Mpsse, AnswersAnUnknownCommandWithItself) {
  for (const auto model : {Model::ft232h, Model::ft2232h, Model::ft4232h}) {
    ChipBench bench(model);
    bench.read_raw(512);
    bench.set_mode(kMpsse, 0);
    bench.write({0xAA, 0xAB, 0x87});
    EXPECT_THAT(bench.read_for(20ms), ElementsAre(0xFA, 0xAA, 0xFA, 0xAB));
  }
}

TEST(Mpsse, SendImmediateDoesNotWaitForTheLatencyTimer) {
  ChipBench bench(Model::ft232h);
  bench.set_mode(kMpsse, 0);
  bench.request(0x09, 255);
  bench.read_raw(512);
  auto before = bench.now;
  bench.write({0x81});
  bench.run_for(10us);
  EXPECT_THAT(bench.read_raw(512), SizeIs(3));
  EXPECT_GT(bench.now - before, 200ms);
  before = bench.now;
  bench.write({0x81, 0x87});
  bench.run_for(10us);
  EXPECT_THAT(bench.read_raw(512), SizeIs(3));
  EXPECT_LT(bench.now - before, 1ms);
}

TEST(Mpsse, OpenDrainPinsAreDrivenLowOnly) {
  ChipBench bench(Model::ft232h);
  bench.set_mode(kMpsse, 0);
  bench.write({0x9E, 0x03, 0x01, 0x80, 0x01, 0x07, 0x82, 0x00, 0x01});
  bench.run_for(1ms);
  EXPECT_EQ(bench.chip.pins(0).directions, 0x0106) << "pin 0 is high and so released";
  EXPECT_EQ(bench.chip.pins(0).levels & 0x0107, 0x0001);
  bench.write({0x80, 0x00, 0x07});
  bench.run_for(1ms);
  EXPECT_EQ(bench.chip.pins(0).directions, 0x0107);
}

TEST(Mpsse, OpenDrainIsForTheFt232hAlone) {
  ChipBench bench(Model::ft2232h);
  bench.read_raw(512);
  bench.set_mode(kMpsse, 0);
  bench.write({0x9E, 0x87});
  EXPECT_THAT(bench.read_for(20ms), ElementsAre(0xFA, 0x9E));
}

TEST(Mpsse, AnFt4232hHasNoHighByte) {
  ChipBench bench(Model::ft4232h);
  bench.read_raw(512);
  bench.set_mode(kMpsse, 0);
  bench.write({0x82, 0xFF, 0xFF, 0x83, 0x87});
  EXPECT_THAT(bench.read_for(20ms), SizeIs(1));
  EXPECT_EQ(bench.chip.pins(0).directions, 0);
}

TEST(Mpsse, PinsAreInputsUntilTheyAreSet) {
  ChipBench bench(Model::ft232h);
  bench.set_mode(kAsync, 0xFF);
  bench.set_mode(kMpsse, 0);
  EXPECT_EQ(bench.chip.pins(0), (PinState{0xFFFF, 0}));
}

TEST(Mpsse, CommandsMayBeCutAnywhere) {
  const Bytes stream{0x80, 0x05, 0x0F, 0x11, 0x02, 0x00, 1, 2, 3, 0x81, 0xAA, 0x87};
  Bytes whole;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    ChipBench bench(Model::ft232h);
    bench.read_raw(512);
    bench.set_mode(kMpsse, 0);
    const auto middle = stream.begin() + static_cast<std::ptrdiff_t>(cut);
    bench.write({stream.begin(), middle});
    bench.run_for(1ms);
    bench.write({middle, stream.end()});
    const auto answer = bench.read_for(20ms);
    if (cut == 0) whole = answer;
    EXPECT_EQ(answer, whole);
    EXPECT_THAT(answer, SizeIs(3));
  }
}

TEST(Mpsse, ShiftsWhatComesInAtItsPin) {
  ChipBench bench(Model::ft232h);
  bench.read_raw(512);
  bench.set_mode(kMpsse, 0);
  bench.chip.set_inputs(0, 0xFFFF);
  bench.write({0x20, 0x01, 0x00, 0x22, 0x02, 0x87});
  EXPECT_THAT(bench.read_for(20ms), ElementsAre(0xFF, 0xFF, 0x07));
  bench.write({0x84, 0x31, 0x01, 0x00, 0x12, 0x34, 0x85, 0x87});
  EXPECT_THAT(bench.read_for(20ms), ElementsAre(0x12, 0x34)) << "looped back";
  bench.chip.set_inputs(0, 0xFFFB);
  bench.write({0x20, 0x00, 0x00, 0x87});
  EXPECT_THAT(bench.read_for(20ms), ElementsAre(0x00));
}

}  // namespace
}  // namespace plugrig::twin::ftdi
