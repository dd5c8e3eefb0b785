#include "drivers/tasmota/console_line.hpp"

#include <gtest/gtest.h>

namespace plugrig::tasmota {
namespace {

std::vector<std::string> lines_of(const std::string& bytes, bool booting = false) {
  LineAssembler assembler;
  if (!booting) assembler.expect_lines();
  std::vector<ConsoleLine> lines;
  assembler.feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, lines);
  std::vector<std::string> texts;
  for (const ConsoleLine& line : lines) texts.push_back(line.text);
  return texts;
}

TEST(ConsoleLines, AreTakenApart) {
  const auto line = parse_console_line(
      R"(12:34:56.789 MQT: stat/tasmota_183C31/STATUS5 = {"StatusNET":{}} (retained))");
  EXPECT_TRUE(line.stamped);
  EXPECT_EQ(line.tag, "MQT");
  EXPECT_EQ(line.message, "STATUS5");
  EXPECT_EQ(line.payload, R"({"StatusNET":{}})");
  EXPECT_FALSE(line.heap_kB);
}

TEST(ConsoleLines, MayShowTheHeap) {
  const auto line = parse_console_line("00:00:00.001-028 RSL: POWER = ON");
  EXPECT_EQ(line.heap_kB, 28);
  EXPECT_EQ(line.message, "POWER");
  EXPECT_EQ(line.payload, "ON");
}

TEST(ConsoleLines, WithoutStampAreTextOnly) {
  for (const char* text : {"", "RSL: RESULT = {}", "00:00:00.00 RSL: x", "0:00:00.000 RSL: x",
                           "00:00:00.000 rsl: x", "00:00:00.000-x RSL: x", "00:00:00.000 RSL x"}) {
    const auto line = parse_console_line(text);
    EXPECT_FALSE(line.stamped) << text;
    EXPECT_EQ(line.text, text);
    EXPECT_TRUE(line.tag.empty());
  }
}

TEST(ConsoleLines, TextWithAnEqualsSignIsNoMessage) {
  EXPECT_TRUE(parse_console_line("00:00:00.000 WIF: the key = value").message.empty());
  EXPECT_TRUE(parse_console_line("00:00:00.000 RSL: RESULT={}").message.empty());
}

TEST(ConsoleLines, BannersAreKnown) {
  EXPECT_TRUE(parse_console_line("00:00:00.094 Project tasmota - Tasmota Version 15.2.0").banner);
  EXPECT_TRUE(parse_console_line("\x81\x02Project tasmota - My plug Version 15.2.0").banner);
  EXPECT_FALSE(parse_console_line("00:00:00.094 CFG: Project tasmota Version x").banner);
}

TEST(LineAssembly, TakesAnyLineEnd) {
  const std::string a = "00:00:00.001 RSL: a";
  const std::string b = "00:00:00.002 RSL: b";
  for (const char* end : {"\r\n", "\n", "\r", "\n\r", ""}) {
    EXPECT_EQ(lines_of(a + end + b + "\n"), (std::vector<std::string>{a, b})) << end;
  }
}

TEST(LineAssembly, DropsEverythingBeforeTheFirstLineOfABoot) {
  EXPECT_EQ(lines_of("rl\x8F\n\xFFgarbage\r\n\n00:00:00.001 HDW: ESP\nplain text\n", true),
            (std::vector<std::string>{"00:00:00.001 HDW: ESP", "plain text"}));
}

TEST(LineAssembly, BoundsALineWithoutEnd) {
  const auto lines = lines_of(std::string(3 * LineAssembler::longest_line, 'x') + "\n");
  ASSERT_EQ(lines.size(), 3U);
  for (const auto& line : lines) EXPECT_EQ(line.size(), LineAssembler::longest_line);
}

}  // namespace
}  // namespace plugrig::tasmota
