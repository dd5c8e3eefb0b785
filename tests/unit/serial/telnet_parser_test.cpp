#include "drivers/serial/telnet_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "drivers/serial/com_port.hpp"

namespace plugrig::serial {
namespace {

using testing::ElementsAre;
using Bytes = std::vector<std::uint8_t>;

/// Writes down what a parser finds, data as text, the rest as a name with numbers.
struct Log : TelnetSink {
  void on_data(std::span<const std::uint8_t> bytes) override {
    data.insert(data.end(), bytes.begin(), bytes.end());
    order += 'd';
  }
  void on_negotiation(std::uint8_t verb, std::uint8_t option) override {
    negotiated.emplace_back(verb, option);
    order += 'n';
  }
  void on_subnegotiation(std::span<const std::uint8_t> bytes) override {
    subs.emplace_back(bytes.begin(), bytes.end());
    order += 's';
  }
  Bytes data;
  std::vector<std::pair<int, int>> negotiated;
  std::vector<Bytes> subs;
  std::string order;
};

Log parse(const Bytes& bytes, std::size_t piece = SIZE_MAX) {
  TelnetParser parser;
  Log log;
  std::span<const std::uint8_t> rest(bytes);
  while (!rest.empty()) {
    const auto part = rest.first(std::min(piece, rest.size()));
    parser.feed(part, log);
    rest = rest.subspan(part.size());
  }
  return log;
}

TEST(TelnetParser, PlainBytesPass) {
  EXPECT_EQ(parse({0, 1, 13, 10, 254}).data, (Bytes{0, 1, 13, 10, 254}));
}

TEST(TelnetParser, DoubledIacIsOneByte) {
  EXPECT_EQ(parse({1, 255, 255, 2}).data, (Bytes{1, 255, 2}));
}

TEST(TelnetParser, NegotiationIsNoData) {
  const Log log = parse({'a', 255, 251, 44, 'b', 255, 254, 0});
  EXPECT_EQ(log.data, (Bytes{'a', 'b'}));
  EXPECT_THAT(log.negotiated, ElementsAre(std::pair(251, 44), std::pair(254, 0)));
}

TEST(TelnetParser, SubnegotiationWithEscapedValue) {
  const Log log = parse({255, 250, 44, 101, 0, 255, 255, 0, 0, 255, 240, 'x'});
  EXPECT_THAT(log.subs, ElementsAre(Bytes{44, 101, 0, 255, 0, 0}));
  EXPECT_EQ(log.data, (Bytes{'x'}));
}

TEST(TelnetParser, DataBeforeACommandComesBeforeIt) {
  EXPECT_EQ(parse({'a', 255, 251, 0, 'b', 255, 250, 44, 1, 255, 240, 'c'}).order, "dndsd");
}

TEST(TelnetParser, OtherCommandsAreDropped) {
  const Log log = parse({'a', 255, 241, 'b', 255, 240, 'c'});
  EXPECT_EQ(log.data, (Bytes{'a', 'b', 'c'}));
  EXPECT_TRUE(log.subs.empty());
}

TEST(TelnetParser, ACommandInsideCutsTheSubnegotiationOff) {
  const Log log = parse({255, 250, 44, 1, 2, 255, 253, 0, 'z'});
  EXPECT_TRUE(log.subs.empty());
  EXPECT_THAT(log.negotiated, ElementsAre(std::pair(253, 0)));
  EXPECT_EQ(log.data, (Bytes{'z'}));
}

TEST(TelnetParser, OverlongSubnegotiationIsDroppedAsAWhole) {
  Bytes bytes{255, 250, 44};
  bytes.insert(bytes.end(), TelnetParser::max_subnegotiation + 1, 7);
  bytes.insert(bytes.end(), {255, 240, 'o', 'k', 255, 250, 44, 1, 255, 240});
  const Log log = parse(bytes);
  EXPECT_THAT(log.subs, ElementsAre(Bytes{44, 1}));
  EXPECT_EQ(log.data, (Bytes{'o', 'k'}));
}

TEST(TelnetParser, PiecesDoNotMatter) {
  const Bytes bytes{'a', 255, 255, 255, 251, 44, 'b', 255, 250, 44, 105, 255, 255, 255, 240, 'c'};
  const Log whole = parse(bytes);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    const Log parts = parse(bytes, piece);
    EXPECT_EQ(parts.data, whole.data) << piece;
    EXPECT_EQ(parts.subs, whole.subs) << piece;
    EXPECT_EQ(parts.negotiated, whole.negotiated) << piece;
  }
}

TEST(TelnetParser, EscapedBytesComeBackWhateverTheyAre) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    Bytes bytes(random() % 300);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? 255 : random());
    Bytes escaped;
    append_escaped(escaped, bytes);
    EXPECT_EQ(parse(escaped, 1 + random() % 7).data, bytes);
  }
}

TEST(ComPort, RateIsBigEndianAndEscaped) {
  Bytes out;
  append_set_baud(out, 0x0001FF00);
  EXPECT_EQ(out, (Bytes{255, 250, 44, 1, 0, 1, 255, 255, 0, 255, 240}));
}

TEST(ComPort, AnswersAreReadAndOthersAreNot) {
  const auto rate = parse_com_port_answer(Bytes{44, 101, 0, 1, 194, 0});
  ASSERT_TRUE(rate);
  EXPECT_EQ(rate->command, com_port::set_baud);
  EXPECT_EQ(rate->value, 115'200U);
  const auto line = parse_com_port_answer(Bytes{44, 105, 8});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->value, 8U);
  EXPECT_FALSE(parse_com_port_answer(Bytes{44, 101, 0, 1, 194}));    // short
  EXPECT_FALSE(parse_com_port_answer(Bytes{44, 1, 0, 1, 194, 0}));   // a client's request
  EXPECT_FALSE(parse_com_port_answer(Bytes{0, 101, 0, 1, 194, 0}));  // another option
  EXPECT_FALSE(parse_com_port_answer(Bytes{44, 100, 'v', '1'}));     // a signature
  EXPECT_FALSE(parse_com_port_answer(Bytes{44}));
}

}  // namespace
}  // namespace plugrig::serial
