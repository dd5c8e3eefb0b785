#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "reports/regress_trend.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A trend file of one comparison: power of baseline and candidate.
class TrendFile : public testing::Test {
 protected:
  TrendFile() {
    regress::QuantityDecision power;
    power.quantity = "power.as_found.P";
    power.condition = "230 V, 500 W";
    power.unit = "%";
    power.difference.pairs = 6;
    power.difference.baseline_mean = 24.8;
    power.difference.candidate_mean = 25.2;
    regress::CandidateResult candidate;
    candidate.quantities.push_back(power);
    regress::Comparison comparison;
    comparison.builds = {{"A.bin", std::string(64, 'a'), "15.1.0"},
                         {"B.bin", std::string(64, 'b'), "15.2.0"}};
    comparison.counts.resize(2);
    comparison.candidates.push_back(candidate);
    std::filesystem::create_directories(folder_);
    std::ofstream(file_) << trend_line(comparison, {});
  }
  ~TrendFile() override { std::filesystem::remove_all(folder_); }
  Said trend(std::vector<std::string> more) const {
    more.insert(more.begin(), {"trend", file_});
    return plugrig(more);
  }
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("plugrig-trend-" +
       std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
  const std::string file_ = (folder_ / "trend.jsonl").string();
  const std::string svg_ = (folder_ / "power.svg").string();
};

TEST_F(TrendFile, ListsItsQuantities) {
  const auto said = trend({});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, AllOf(HasSubstr("power.as_found.P"), HasSubstr("230 V, 500 W"),
                              HasSubstr("2 builds")));
}

TEST_F(TrendFile, DrawsOneOverTheBuilds) {
  const auto said =
      trend({"--quantity", "power.as_found.P", "--condition", "230 V, 500 W", "--svg", svg_});
  EXPECT_EQ(said.code, 0) << said.err;
  std::ostringstream text;
  text << std::ifstream(svg_).rdbuf();
  EXPECT_THAT(text.str(), AllOf(HasSubstr("<svg"), HasSubstr("15.2.0")));
}

TEST_F(TrendFile, WhatNoBuildGaveIsNoPicture) {
  const auto said = trend({"--quantity", "power.as_found", "--svg", svg_});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("did you mean 'power.as_found.P'?"));
  EXPECT_FALSE(std::filesystem::exists(svg_));
  EXPECT_EQ(trend({"--quantity", "power.as_found.P"}).code, 2) << "without a picture's name";
}

TEST_F(TrendFile, ATornEndIsToldAndPassedOver) {
  std::ofstream(file_, std::ios::app) << "{\"time\": \"20";
  const auto said = trend({});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.err, HasSubstr("cannot be read"));
  std::ofstream(file_) << "nothing\n";
  EXPECT_EQ(trend({}).code, 2);
}

}  // namespace
}  // namespace plugrig::cli
