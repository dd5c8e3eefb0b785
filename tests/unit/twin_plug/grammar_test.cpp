#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "fixtures/twin/tasmota/command.hpp"
// What commands may look like and what is made of them. Source: Tasmota notes, command grammar.

namespace plugrig::twin::test {
namespace {

using tasmota::backlog_items;
using tasmota::Command;
using tasmota::decimal;
using tasmota::parse_command;
using testing::ElementsAre;

struct GrammarRow {
  const char* line;
  const char* name;
  std::uint32_t index;
  const char* data;
  std::optional<std::int32_t> number;
};

class Grammar : public testing::TestWithParam<GrammarRow> {};

TEST_P(Grammar, Row) {
  const Command command = parse_command(GetParam().line);
  EXPECT_EQ(command.name, GetParam().name);
  EXPECT_EQ(command.index, GetParam().index);
  EXPECT_EQ(command.data, GetParam().data);
  EXPECT_EQ(command.number(), GetParam().number);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Grammar,
    testing::Values(
        GrammarRow{"power on", "POWER", 1, "on", 1}, GrammarRow{"  Power", "POWER", 1, "", {}},
        GrammarRow{"Power ?", "POWER", 1, "", {}},
        GrammarRow{"cmnd/x/Power toggle", "POWER", 1, "toggle", 2},
        GrammarRow{"SetOption65 1", "SETOPTION", 65, "1", 1},
        GrammarRow{"Backlog0 a", "BACKLOG", 0, "a", {}},
        GrammarRow{"VoltageCal   1950", "VOLTAGECAL", 1, "1950", 1950},
        GrammarRow{"VoltageCal 03000", "VOLTAGECAL", 1, "03000", 1536},
        GrammarRow{"VoltageCal 01950", "VOLTAGECAL", 1, "01950", 1},
        GrammarRow{"VoltageCal 0x79E", "VOLTAGECAL", 1, "0x79E", 1950},
        GrammarRow{"VoltageCal -7", "VOLTAGECAL", 1, "-7", -7},
        GrammarRow{"VoltageCal 99999999999", "VOLTAGECAL", 1, "99999999999", 2147483647},
        GrammarRow{"VoltageCal abc", "VOLTAGECAL", 1, "abc", {}},
        GrammarRow{"Timezone +08:00", "TIMEZONE", 1, "+08:00", 0},
        GrammarRow{"x BlinkOff", "X", 1, "BlinkOff", 4}, GrammarRow{"x open", "X", 1, "open", 100},
        GrammarRow{"x all", "X", 1, "all", 255}, GrammarRow{"Status0", "STATUS", 0, "", {}}));

TEST(Decimals, PlainPointOnly) {
  EXPECT_DOUBLE_EQ(decimal("60.5"), 60.5);
  EXPECT_DOUBLE_EQ(decimal("9e2"), 9);
  EXPECT_DOUBLE_EQ(decimal("60,5"), 60);
  EXPECT_DOUBLE_EQ(decimal("-1.25"), -1.25);
  EXPECT_DOUBLE_EQ(decimal("230.1"), 230.1);
  EXPECT_DOUBLE_EQ(decimal("x"), 0);
}

TEST(Items, SemicolonsInBracesBelongToTheItem) {
  EXPECT_THAT(backlog_items(R"(Template {"NAME":"a;b","GPIO":[1]};Module 0)"),
              ElementsAre(R"(Template {"NAME":"a;b","GPIO":[1]})", "Module 0"));
  EXPECT_THAT(backlog_items("a;{b;c"), ElementsAre("a", "{b", "c"));
  EXPECT_THAT(backlog_items(" a ; ;b"), ElementsAre("a ", "b"));
}

TEST(Items, NestedBacklogIsStrippedAndResetRefused) {
  EXPECT_THAT(backlog_items("Backlog0 Power on;RESET 1;reset 5;Restart 1"),
              ElementsAre("Power on", "Restart 1"));
}

}  // namespace
}  // namespace plugrig::twin::test
