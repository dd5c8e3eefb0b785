#include "fixtures/twin/tasmota/build_defects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

// How defects of a build are named.

namespace plugrig::twin::tasmota {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReadBuildDefects, NothingIsABuildWithoutDefects) {
  for (const char* text : {"", "  "}) {
    const auto read = read_build_defects(text);
    EXPECT_EQ(read.defects, BuildDefects{});
    EXPECT_THAT(read.problems, IsEmpty());
  }
}

TEST(ReadBuildDefects, SizesCarryUnits) {
  const auto read = read_build_defects("power_gain=-0.3%, boot_slower = 2 s,watchdog_every=10min");
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_DOUBLE_EQ(read.defects.power_gain, -0.003);
  EXPECT_EQ(read.defects.boot_slower, 2s);
  EXPECT_EQ(read.defects.watchdog_every, Duration{10min});
}

TEST(ReadBuildDefects, EachKindWithItsUsualSizeIsADefect) {
  for (const auto& kind : build_defect_kinds()) {
    const auto read = read_build_defects(kind.name);
    EXPECT_THAT(read.problems, IsEmpty()) << kind.name;
    EXPECT_FALSE(read.defects == BuildDefects{}) << kind.name;
  }
}

struct Wrong {
  const char* text;
  std::vector<const char*> says;
};
class WrongDefects : public testing::TestWithParam<Wrong> {};

TEST_P(WrongDefects, AreToldAndHaveNoEffect) {
  const auto read = read_build_defects(GetParam().text);
  ASSERT_EQ(read.problems.size(), 1U);
  for (const char* part : GetParam().says) EXPECT_THAT(read.problems[0], HasSubstr(part));
  EXPECT_EQ(read.defects, BuildDefects{});
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongDefects,
    testing::Values(Wrong{"power_gian",
                          {"no defect 'power_gian'", "did you mean 'power_gain'?", "known: boot_",
                           "heap_leak"}},
                    Wrong{"power_gain=0.3 V", {"size of defect 'power_gain'"}},
                    Wrong{"power_gain=", {"size of defect 'power_gain'"}},
                    Wrong{"power_gain=2", {"size of defect 'power_gain'", "%"}},
                    Wrong{"power_gain=0 %", {"from -50 % to 50 %, not 0"}},
                    Wrong{"http_late=2 h",
                          {"size of defect 'http_late' must be from 1 ms to 1 min"}},
                    Wrong{"boot_slower=-1 s", {"must be from 1 ms to 10 min"}},
                    Wrong{"forgets_settings=1", {"defect 'forgets_settings' has no size"}},
                    Wrong{"=2 s", {"no defect ''"}}));

TEST(ReadBuildDefects, OneProblemLeavesTheOthers) {
  const auto read = read_build_defects("nonsense,http_late,http_late=1 s");
  EXPECT_THAT(read.problems, ElementsAre(HasSubstr("'nonsense'"), AllOf(HasSubstr("'http_late'"),
                                                                        HasSubstr("named twice"))));
  EXPECT_EQ(read.defects.http_late, 500ms);
}

}  // namespace
}  // namespace plugrig::twin::tasmota
