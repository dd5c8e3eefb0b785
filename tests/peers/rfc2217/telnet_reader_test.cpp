#include "fixtures/twin/serial/telnet_reader.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace plugrig::twin {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// "b41 v251,44 s44:0105": everything a reader finds, as text.
std::string read_all(const Bytes& bytes, std::size_t piece = SIZE_MAX) {
  TelnetReader reader;
  std::string text;
  std::span<const std::uint8_t> rest(bytes);
  const auto hex = [](std::uint8_t byte) {
    static constexpr char digits[] = "0123456789abcdef";
    return std::string{digits[byte >> 4], digits[byte & 15]};
  };
  while (!rest.empty()) {
    const auto part = rest.first(std::min(piece, rest.size()));
    reader.put(part);
    rest = rest.subspan(part.size());
    while (const auto item = reader.take()) {
      if (item->kind == TelnetItem::Kind::byte) text += "b" + hex(item->code) + " ";
      if (item->kind == TelnetItem::Kind::verb) {
        text += "v" + std::to_string(item->code) + "," + std::to_string(item->option) + " ";
      }
      if (item->kind == TelnetItem::Kind::suboption) {
        text += "s" + std::to_string(item->option) + ":";
        for (const std::uint8_t byte : item->value) text += hex(byte);
        text += " ";
      }
    }
  }
  return text;
}

TEST(TelnetReader, BytesAndEscapes) {
  EXPECT_EQ(read_all({'A', 255, 255, 13, 0}), "b41 bff b0d b00 ");
}

TEST(TelnetReader, VerbsAndSuboptions) {
  EXPECT_EQ(read_all({255, 251, 44, 255, 250, 44, 1, 0, 255, 255, 0, 0, 255, 240, 'z'}),
            "v251,44 s44:0100ff0000 b7a ");
}

TEST(TelnetReader, MeaninglessCommandsAreSkipped) {
  EXPECT_EQ(read_all({255, 241, 'a', 255, 240, 'b', 255, 250, 255, 240, 'c'}), "b61 b62 b63 ");
}

TEST(TelnetReader, ASuboptionCutOffByACommand) {
  EXPECT_EQ(read_all({255, 250, 44, 1, 255, 253, 0, 'a'}), "v253,0 b61 ");
}

TEST(TelnetReader, AnOverlongSuboptionIsSkippedAsAWhole) {
  for (const std::size_t length : {65U, 136U, 137U, 5000U}) {
    Bytes bytes{255, 250, 44};
    bytes.insert(bytes.end(), length, 'x');
    bytes.insert(bytes.end(), {255, 255, 'x', 255, 240, 'a', 255, 250, 44, 9, 255, 240});
    EXPECT_EQ(read_all(bytes), "b61 s44:09 ") << length;
    EXPECT_EQ(read_all(bytes, 3), "b61 s44:09 ") << length;
  }
}

TEST(TelnetReader, NoiseReadsTheSameHoweverItIsCut) {
  std::mt19937_64 random(11);
  const Bytes likely{255, 255, 255, 250, 240, 251, 253, 44, 5, 'a'};
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes(random() % 400);
    for (auto& byte : bytes) {
      byte = random() % 4 == 0 ? static_cast<std::uint8_t>(random())
                               : likely[random() % likely.size()];
    }
    const std::string whole = read_all(bytes);
    EXPECT_EQ(read_all(bytes, 1), whole);
    EXPECT_EQ(read_all(bytes, 1 + random() % 20), whole);
  }
}

}  // namespace
}  // namespace plugrig::twin
