#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "rig/cli/commands/command.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string source = PLUGRIG_SOURCE_DIR;
const std::string demo = source + "/fixtures/demo.yaml";

/// A sequence that measures at these load points, on a plug that takes `plug_current`.
class LoadCheck : public testing::Test {
 protected:
  LoadCheck() { std::filesystem::create_directories(folder_); }
  ~LoadCheck() override { std::filesystem::remove_all(folder_); }
  std::string sequence(const std::string& points, const std::string& plug_current = "16 A") {
    std::ofstream(file_) << "sequence: loads\n"
                            "plug: {chip: ESP8285, ratings: {current: "
                         << plug_current
                         << "}}\n"
                            "stages:\n"
                            "  - stage: measure\n"
                            "    mains: on\n"
                            "    steps:\n"
                            "      - power.as_found: {points: ["
                         << points << "]}\n";
    return file_.string();
  }
  /// Tests run side by side: each has a folder of its own.
  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) /
                                  testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::filesystem::path file_ = folder_ / "load_check_sequence.yaml";
};

TEST_F(LoadCheck, WhatTheBankCanMakeIsFine) {
  for (const auto& command : {"plan", "check"}) {
    const auto said = plugrig({command, sequence("60 W, 500 W, 2 kW, 2.5 kW"), "--bench", demo});
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(said.err, "");
  }
}

TEST_F(LoadCheck, APointBeyondTheBankIsAnErrorAtItsPlace) {
  for (const auto& command : {"plan", "check"}) {
    const auto said = plugrig({command, sequence("60 W, 250 W, 3.2 kW"), "--bench", demo});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("load_check_sequence.yaml:7:41: error: bench 'demo' cannot "
                                    "make the load point 250 W"));
    EXPECT_THAT(said.err, HasSubstr("load_check_sequence.yaml:7:48: error: bench 'demo' cannot "
                                    "make the load point 3.2 kW"));
    EXPECT_THAT(said.err, HasSubstr("the nearest is 2555 W; Choose"));
    EXPECT_THAT(said.err, Not(HasSubstr("load point 60 W"))) << said.err;
  }
}

TEST_F(LoadCheck, RunRefusesBeforeTheFirstRelayMoves) {
  const auto said = plugrig({"run", sequence("3.2 kW"), "--bench", demo, "--factor", "0", "--store",
                             testing::TempDir() + "/load_check.sqlite"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("cannot make the load point 3.2 kW"));
  EXPECT_EQ(said.out, "") << "nothing was begun";
  EXPECT_FALSE(std::filesystem::exists(testing::TempDir() + "/load_check.sqlite"));
}

TEST_F(LoadCheck, ThePlugsOwnRatingCounts) {
  const auto said = plugrig({"check", sequence("60 W, 2 kW", "8 A"), "--bench", demo});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr(":7:41: error: the load point 2 kW draws 8.7 A, and the plug is "
                                  "rated for 8 A"));
}

TEST_F(LoadCheck, AMalformedPointNeedsNoBench) {
  const auto said = plugrig({"check", sequence("60, 500 W")});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("load_check_sequence.yaml:7:35: error: '60' is no load point"));
}

TEST_F(LoadCheck, TheHobbyistsBulbIsOnePoint) {
  const auto hobby = source + "/fixtures/hobby.yaml";
  EXPECT_EQ(plugrig({"check", source + "/sequences/hobby-ep2.yaml", "--bench", hobby}).err, "");
  const auto said = plugrig({"check", sequence("500 W"), "--bench", hobby});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("No load of the bench file comes near 500 W"));
}

TEST_F(LoadCheck, ThePlanSaysThatSlotsTakeTurnsAtTheLoad) {
  const auto shared = plugrig({"plan", sequence("60 W"), "--bench", demo});
  EXPECT_THAT(shared.out, HasSubstr("The slots take turns at the load"));
  EXPECT_THAT(shared.out, HasSubstr("2 units in 2 slots, with their turns: usually "));
  const auto alone = plugrig(
      {"plan", source + "/sequences/hobby-ep2.yaml", "--bench", source + "/fixtures/hobby.yaml"});
  EXPECT_THAT(alone.out, Not(HasSubstr("take turns")));
}

}  // namespace
}  // namespace plugrig::cli
