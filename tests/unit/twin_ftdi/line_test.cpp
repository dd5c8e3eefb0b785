#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fixtures/twin/ftdi/line_format.hpp"
#include "tests/unit/twin_ftdi/chip_bench.hpp"

namespace plugrig::twin::ftdi {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr unsigned kBreak = 0x10, kFraming = 0x08, kParity = 0x04;

Bytes values(const std::vector<ReceivedByte>& received) {
  Bytes bytes;
  for (const auto& byte : received) bytes.push_back(byte.value);
  return bytes;
}

bool any_framing(const std::vector<ReceivedByte>& received) {
  return std::any_of(received.begin(), received.end(), [](const auto& b) { return b.framing; });
}

TEST(Receiver, TakesWhatWasSentInEveryFormat) {
  const auto sent = counting(256);
  for (const auto parity : {Parity::none, Parity::odd, Parity::even, Parity::mark, Parity::space}) {
    for (const unsigned half_stops : {2U, 3U, 4U}) {
      const LineSetting setting{9600, {8, parity, half_stops}};
      const auto received = receive(sent, setting, setting);
      EXPECT_EQ(values(received), sent);
      for (const auto& byte : received) EXPECT_FALSE(byte.framing || byte.parity || byte.is_break);
    }
  }
  const LineSetting seven{9600, {7, Parity::even, 2}};
  EXPECT_EQ(values(receive(bytes_of("seven"), seven, seven)), bytes_of("seven"));
}

TEST(Receiver, StandsAFewPercentAndNoMore) {
  const auto sent = counting(256);
  for (const double off : {-0.04, 0.04}) {
    const auto received = receive(sent, {115200, {}}, {115200 * (1 + off), {}});
    EXPECT_EQ(values(received), sent);
    EXPECT_FALSE(any_framing(received));
  }
  for (const double off : {-0.08, 0.08}) {
    const auto received = receive(sent, {115200, {}}, {115200 * (1 + off), {}});
    EXPECT_NE(values(received), sent);
    EXPECT_TRUE(any_framing(received)) << off;
  }
}

TEST(Receiver, SeesWrongParity) {
  const auto received =
      receive(Bytes{0x01, 0x03}, {9600, {8, Parity::odd, 2}}, {9600, {8, Parity::even, 2}});
  ASSERT_EQ(received.size(), 2U);
  EXPECT_TRUE(received[0].parity && received[1].parity);
  EXPECT_FALSE(any_framing(received));
}

TEST(Receiver, HasNothingToSayOfASilentLine) { EXPECT_THAT(receive({}, {}, {}), IsEmpty()); }

TEST(Receiver, StandsEveryPairOfRates) {
  for (double sent = 300; sent < 4e6; sent *= 3.7)
    for (double own = 300; own < 4e6; own *= 2.3)
      EXPECT_LE(receive(counting(64), {sent, {}}, {own, {}}).size(),
                64U * static_cast<unsigned>(std::max(5.0, std::ceil(own / sent))));
}

TEST(Line, AnotherRateIsGarbageWithFramingErrors) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, 0x001A);  // 115200
  bench.read_raw(64);
  const auto text = bytes_of("rst cause:2, boot mode:(3,6)\r\n");
  bench.chip.feed(0, text, bench.now, 74880);
  const auto garbage = bench.read_for(50ms);
  EXPECT_NE(garbage, text);
  EXPECT_THAT(garbage, testing::Not(IsEmpty()));
  EXPECT_NE(bench.errors & kFraming, 0U);
  bench.errors = 0;
  bench.chip.feed(0, text, bench.now, 115200 * 1.03);
  EXPECT_EQ(bench.read_for(50ms), text);
  EXPECT_EQ(bench.errors, 0U);
}

TEST(Line, TheRateThatCountsIsTheOneSetWhenTheByteArrives) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, 0xC028);  // 74880
  bench.read_raw(64);
  const auto text = bytes_of("at 74880");
  bench.chip.feed(0, text, bench.now, 74880);
  bench.run_for(5ms);
  bench.request(0x03, 0x001A);
  EXPECT_EQ(bench.read_for(50ms), text);
}

TEST(Line, WrongParityIsReported) {
  ChipBench bench(Model::ft232r);
  bench.request(0x04, 0x0208);  // 8E1
  bench.read_raw(64);
  bench.chip.feed(0, Bytes{0x01}, bench.now, 9600, {8, Parity::odd, 2});
  EXPECT_THAT(bench.read_for(50ms), ElementsAre(0x01));
  EXPECT_EQ(bench.errors, kParity);
}

TEST(Line, ABreakIsAZeroByteToldOfOnce) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  bench.chip.feed(0, bytes_of("a"), bench.now);
  bench.chip.feed_break(0, 20ms, bench.now);
  bench.chip.feed(0, bytes_of("b"), bench.now);
  EXPECT_THAT(bench.read_for(15ms), ElementsAre('a', 0));
  EXPECT_EQ(bench.errors, kBreak | kFraming);
  bench.errors = 0;
  EXPECT_THAT(bench.read_for(30ms), ElementsAre('b'));
  EXPECT_EQ(bench.errors, 0U);
}

TEST(Line, ALowLevelShorterThanAByteIsNoBreak) {
  ChipBench bench(Model::ft232r);
  bench.read_raw(64);
  bench.chip.feed_break(0, 500us, bench.now);
  EXPECT_THAT(bench.read_for(50ms), IsEmpty());
}

TEST(Line, ABreakHoldsTxdLowAndTheBytesBack) {
  ChipBench bench(Model::ft232r);
  std::size_t sent = 0;
  std::vector<bool> breaks;
  Wiring wiring;
  wiring.serial = [&](View bytes, double) { sent += bytes.size(); };
  wiring.send_break = [&](bool low) { breaks.push_back(low); };
  bench.chip.wire(0, wiring);
  bench.request(0x04, 0x4008);
  EXPECT_EQ(bench.chip.pins(0).levels & 1, 0);
  bench.write(counting(5));
  bench.run_for(50ms);
  EXPECT_EQ(sent, 0U);
  bench.request(0x04, 0x0008);
  EXPECT_EQ(bench.chip.pins(0).levels & 1, 1);
  bench.run_for(50ms);
  EXPECT_EQ(sent, 5U);
  EXPECT_THAT(breaks, ElementsAre(true, false));
}

TEST(Flow, CtsStopsTheTransmitter) {
  ChipBench bench(Model::ft232r);
  std::size_t sent = 0;
  Wiring wiring;
  wiring.serial = [&](View bytes, double) { sent += bytes.size(); };
  bench.chip.wire(0, wiring);
  bench.request(0x02, 0, 0x0101);  // RTS/CTS
  bench.write(counting(10));
  bench.run_for(50ms);
  EXPECT_EQ(sent, 0U) << "an open CTS# is high";
  bench.chip.set_modem_inputs(0, true, false, false, false);
  bench.run_for(50ms);
  EXPECT_EQ(sent, 10U);
}

TEST(Flow, RtsFollowsTheRoomInTheFifoAndNotTheHost) {
  ChipBench bench(Model::ft232r);
  std::vector<bool> rts_seen;
  Wiring wiring;
  wiring.modem = [&](bool, bool rts) { rts_seen.push_back(rts); };
  bench.chip.wire(0, wiring);
  bench.read_raw(64);
  bench.request(0x02, 0, 0x0101);
  bench.request(0x01, 0x0200);  // release RTS: ignored
  EXPECT_THAT(rts_seen, ElementsAre(true));
  bench.chip.set_paced(false);
  bench.chip.feed(0, Bytes(250, 'x'), bench.now);
  bench.ask(0x05, 2);
  bench.run_for(1ms);
  EXPECT_THAT(rts_seen, ElementsAre(true, false));
  bench.read_for(1ms);
  bench.run_for(1ms);
  EXPECT_THAT(rts_seen, ElementsAre(true, false, true));
}

TEST(Modem, BothLinesMoveInOneRequest) {
  ChipBench bench(Model::ft232r);
  std::vector<std::pair<bool, bool>> seen;
  Wiring wiring;
  wiring.modem = [&](bool dtr, bool rts) { seen.emplace_back(dtr, rts); };
  bench.chip.wire(0, wiring);
  bench.request(0x01, 0x0301);
  bench.request(0x01, 0x0302);
  bench.request(0x01, 0x0001);  // the mask names no line
  bench.request(0x01, 0x0101);
  bench.request(0x00, 0);
  EXPECT_THAT(seen, ElementsAre(std::pair(true, false), std::pair(false, true),
                                std::pair(true, true), std::pair(false, false)));
}

TEST(Modem, AnFt230xHasNoDtr) {
  for (const auto& [model, has] : {std::pair{Model::ft230x, false}, {Model::ft231x, true}}) {
    ChipBench bench(model);
    bool dtr = false;
    Wiring wiring;
    wiring.modem = [&](bool d, bool) { dtr = d; };
    bench.chip.wire(0, wiring);
    bench.request(0x01, 0x0303);
    EXPECT_EQ(dtr, has);
  }
}

TEST(Reset, DropsLinesAndFlowButKeepsRateAndFormat) {
  ChipBench bench(Model::ft232r);
  bench.request(0x03, 0x001A);
  bench.request(0x04, 0x0207);
  bench.request(0x06, 0x1C0);
  bench.request(0x01, 0x0303);
  bench.request(0x00, 0);
  EXPECT_NEAR(bench.chip.baud(0), 115385, 1);
  EXPECT_EQ(bench.chip.line_format(0), (LineFormat{7, Parity::even, 2}));
  EXPECT_EQ(bench.chip.pins(0).levels & 0x14, 0x14);
}

TEST(Requests, UnknownOnesAndAbsentChannelsStall) {
  ChipBench bench(Model::ft2232h);
  EXPECT_EQ(bench.request(0x55, 0), -EPIPE);
  EXPECT_EQ(bench.request(0x93, 0), -EPIPE);
  EXPECT_EQ(bench.request(0x00, 0, 3), -EPIPE);
  EXPECT_EQ(bench.request(0x00, 0, 2), 0);
  EXPECT_EQ(bench.chip.requests().size(), 4U);
  bench.chip.set_fault([](const SetupPacket& setup) { return setup.request == 9 ? EIO : 0; });
  EXPECT_EQ(bench.request(0x09, 1), -EIO);
  EXPECT_EQ(bench.chip.latency(0), 16ms);
}

}  // namespace
}  // namespace plugrig::twin::ftdi
