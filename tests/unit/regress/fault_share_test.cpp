#include "rig/regress/fault_share.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace plugrig::regress {
namespace {

Trial trial(int build, const std::string& slot, bool fault, const std::string& step = "plug.join") {
  Trial made;
  made.build = build;
  made.slot = made.unit = slot;
  made.outcome = fault ? Outcome::rig_fault : Outcome::passed;
  made.checks = {{"flash.write", true, "", ""},
                 {step, !fault, fault ? "plug.wifi.timeout" : "", ""}};
  return made;
}

long failed(const std::vector<Trial>& trials) {
  return std::count_if(trials.begin(), trials.end(),
                       [](const Trial& each) { return each.outcome == Outcome::unit_failed; });
}

TEST(FaultShare, ABuildThatNeverJoinsIsNotTheNetworksFault) {
  std::vector<Trial> trials;
  for (int i = 0; i < 6; ++i) {
    trials.push_back(trial(0, i % 2 == 0 ? "S1" : "S2", false));
    trials.push_back(trial(1, i % 2 == 0 ? "S1" : "S2", true));
  }
  EXPECT_EQ(failed(with_faults_of_builds(trials)), 6);
}

TEST(FaultShare, FaultsOfBothAreTheBenchs) {
  std::vector<Trial> trials;
  for (int i = 0; i < 6; ++i) {
    trials.push_back(trial(0, "S1", i == 0));
    trials.push_back(trial(1, "S1", true));
  }
  EXPECT_EQ(failed(with_faults_of_builds(trials)), 0);
}

TEST(FaultShare, FewFaultsSayNothing) {
  std::vector<Trial> trials;
  for (int i = 0; i < 6; ++i) {
    trials.push_back(trial(0, "S1", false));
    trials.push_back(trial(1, "S1", i < 2));
  }
  EXPECT_EQ(failed(with_faults_of_builds(trials)), 0);
}

TEST(FaultShare, FaultsAtDifferentStepsAreNotOne) {
  std::vector<Trial> trials;
  for (int i = 0; i < 6; ++i) {
    trials.push_back(trial(0, "S1", false));
    trials.push_back(trial(1, "S1", true, "step " + std::to_string(i)));
  }
  EXPECT_EQ(failed(with_faults_of_builds(trials)), 0);
}

TEST(FaultShare, WithoutABaselineBesideItNothingIsSaid) {
  std::vector<Trial> trials;
  for (int i = 0; i < 9; ++i) trials.push_back(trial(1, "S1", true));
  EXPECT_EQ(failed(with_faults_of_builds(trials)), 0);
}

TEST(FaultShare, ABenchThatFailsInOneTrialOfTenIsSeldomTheBuilds) {
  std::mt19937 chance(7);
  std::bernoulli_distribution fault(0.1);
  int wrong = 0;
  for (int run = 0; run < 2000; ++run) {
    std::vector<Trial> trials;
    for (int i = 0; i < 12; ++i)
      for (int build = 0; build < 2; ++build) trials.push_back(trial(build, "S1", fault(chance)));
    wrong += failed(with_faults_of_builds(trials)) > 0 ? 1 : 0;
  }
  EXPECT_LE(wrong, 4);
}

TEST(FaultShare, ChanceIsThatOfFishersTest) {
  EXPECT_DOUBLE_EQ(chance_of_all_there(3, 3, 3), 1.0 / 20);
  EXPECT_DOUBLE_EQ(chance_of_all_there(1, 4, 4), 0.5);
}

}  // namespace
}  // namespace plugrig::regress
