#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "rig/engine/plan.hpp"
#include "rig/engine/sequence.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::steps {
namespace {

namespace fs = std::filesystem;

const fs::path source{PLUGRIG_SOURCE_DIR};

class RegressionSequences : public ::testing::Test {
 protected:
  Sequence load(const std::string& name, VariableValues values) {
    if (with_network) values.emplace("wifi_ssid", "bench");
    const VariableSources sources(
        std::move(values), [](const std::string& secret, const std::string&) { return secret; });
    return load_sequence(source / "sequences" / name, registry_, sources, problems_,
                         MissingValues::error, {source / "fixtures" / "plugs"});
  }
  static std::set<std::string> images(const Sequence& sequence) {
    std::set<std::string> found;
    for (const auto& stage : sequence.stages)
      for (const auto& step : stage.steps)
        if (const auto* image = step.params.find("image")) found.insert(image->text);
    return found;
  }
  bool with_network = true;
  StepRegistry registry_ = make_registry();
  Problems problems_;
};

TEST_F(RegressionSequences, MeasureTheBuildThatTheUnitWasGiven) {
  const auto sequence =
      load("regression.yaml",
           {{"answer_shapes", (source / "sequences" / "regression-answers.yaml").string()}});
  EXPECT_EQ(problems_.render(), "");
  ASSERT_EQ(sequence.stages.size(), 3U);
  EXPECT_FALSE(sequence.stages[0].mains_on);
  EXPECT_TRUE(sequence.stages[2].mains_on);
  EXPECT_EQ(images(sequence), std::set<std::string>{"{{unit.build_file}}"});
}

TEST_F(RegressionSequences, SoakWhatWasFlashedTheSameWay) {
  const auto sequence = load("regression-soak.yaml", {{"soak_time", "8 h"}});
  EXPECT_EQ(problems_.render(), "");
  ASSERT_EQ(sequence.stages.size(), 3U);
  EXPECT_EQ(images(sequence), std::set<std::string>{"{{unit.build_file}}"});
}

TEST_F(RegressionSequences, PressTheButtonWithMainsOffAndNeedNoNetwork) {
  with_network = false;
  const auto sequence = load("regression-button.yaml", {});
  EXPECT_EQ(problems_.render(), "");
  ASSERT_EQ(sequence.stages.size(), 2U);
  for (const auto& stage : sequence.stages) EXPECT_FALSE(stage.mains_on) << stage.name;
  EXPECT_EQ(images(sequence), std::set<std::string>{"{{unit.build_file}}"});
  std::set<std::string> lines;
  for (const auto& step : sequence.stages[1].steps)
    lines.insert(step.type->needs_lines.begin(), step.type->needs_lines.end());
  EXPECT_EQ(lines, (std::set<std::string>{"button", "led"}));
}

TEST_F(RegressionSequences, TakeTheNetworkAwayInASequenceOfItsOwn) {
  const auto takes = [](const Sequence& sequence) {
    int steps = 0;
    for (const auto& stage : sequence.stages)
      for (const auto& step : stage.steps) steps += step.type->takes_network ? 1 : 0;
    return steps;
  };
  EXPECT_EQ(takes(load("regression-network.yaml", {})), 1);
  EXPECT_EQ(problems_.render(), "");
  const auto shapes = (source / "sequences" / "regression-answers.yaml").string();
  EXPECT_EQ(takes(load("regression.yaml", {{"answer_shapes", shapes}})), 0);
  EXPECT_EQ(takes(load("regression-soak.yaml", {})), 0);
}

TEST_F(RegressionSequences, ArePlannedWithTheSlotsOneAfterTheOtherInTheNetwork) {
  const auto sequence = load("regression-network.yaml", {});
  const auto total = [&](std::size_t slots) {
    std::vector<PlanSlot> all(slots);
    for (std::size_t i = 0; i < slots; ++i) all[i].name = std::string("S") + char('1' + int(i));
    const auto plan = make_plan(sequence, all, {});
    if (slots > 1) {
      EXPECT_EQ(plan.bounds.front().what, PlanBound::What::network);
      EXPECT_LT(plan.expected.units_per_hour(), plan.bounds.front().units_per_hour);
    }
    return plan.expected.total();
  };
  const auto one = total(1);
  EXPECT_EQ(total(3) - one, total(2) - one + (total(2) - one)) << "each one more waits as long";
  EXPECT_GT(total(2) - one, std::chrono::seconds{30});
}

TEST_F(RegressionSequences, UpdateOverTheAirFromTheBaselineAndBack) {
  const auto sequence = load("regression-update.yaml", {});
  EXPECT_EQ(problems_.render(), "");
  ASSERT_EQ(sequence.stages.size(), 3U);
  EXPECT_EQ(images(sequence),
            (std::set<std::string>{"{{unit.baseline_file}}", "{{unit.build_file}}"}));
}

}  // namespace
}  // namespace plugrig::steps
