#include "rig/engine/sequence.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "rig/engine/plan.hpp"

namespace plugrig {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

StepRegistry make_registry() {
  StepRegistry registry;
  StepType write{.name = "flash.write",
                 .fields = {{.name = "image", .type = FieldType::text, .required = true},
                            {.name = "verify", .type = FieldType::boolean, .fallback = "true"}},
                 .default_timeout = 60s,
                 .usual_time = 20s,
                 .needs_loader = true,
                 .run = {}};
  StepType cycle{.name = "slot.power_cycle",
                 .fields = {{.name = "off", .type = FieldType::duration, .fallback = "2 s"}},
                 .usual_time = 3s,
                 .run = {}};
  registry.add(write);
  registry.add(cycle);
  return registry;
}

class SequenceFile : public testing::Test {
 protected:
  Sequence read(const std::string& text, MissingValues missing = MissingValues::error) {
    text_ = text;
    problems_.add_source("s.yaml", text);
    const VariableSources sources(values_, [](const std::string&, const std::string&) {
      return std::optional<std::string>("hunter2");
    });
    return read_sequence(yaml::parse("s.yaml", text, problems_), registry_, sources, problems_,
                         missing);
  }
  /// True when a problem at `line` says `part`.
  bool told(int line, const std::string& part) {
    for (const Problem& problem : problems_.all()) {
      if (problem.place.line == line &&
          (problem.message + " " + problem.hint).find(part) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  StepRegistry registry_ = make_registry();
  VariableValues values_;
  Problems problems_;
  std::string text_;
};

constexpr const char* kGood = R"(sequence: gosund-ep2
plug: {chip: ESP8285, flash: 1 MB, metering: BL0937}
variables:
  firmware: {type: text, help: image}
  password: {type: secret}
  off:      {type: duration, default: 4 s}
stages:
  - stage: flash
    mains: off
    steps:
      - flash.write: {image: "{{firmware}}{{password}}"}
        retries: 2
        timeout: 90 s
        on_fail: continue
        power_cycle_before_retry: true
        name: write it
      - slot.power_cycle:
  - stage: live
    mains: on
    steps:
      - slot.power_cycle: {off: "{{ off }}"}
clean_up:
  - slot.power_cycle:
clean_up_budget: 12 s
)";

TEST_F(SequenceFile, StagesAreChosenByName) {
  values_["firmware"] = "tasmota.bin";
  Sequence sequence = read(kGood);
  keep_stages(sequence, {"live"}, problems_);
  EXPECT_EQ(problems_.render(), "");
  ASSERT_EQ(sequence.stages.size(), 1U);
  EXPECT_EQ(sequence.stages[0].name, "live");
  EXPECT_EQ(sequence.stages[0].steps.at(0).index, 2) << "a step keeps its place in the file";
  EXPECT_EQ(sequence.clean_up.size(), 1U);
}

TEST_F(SequenceFile, AFileOfItsOwnStandsBesideIt) {
  constexpr const char* text = R"(sequence: s
variables:
  shapes: {type: file, default: shapes.yaml}
stages:
  - stage: flash
    steps:
      - flash.write: {image: "{{shapes}}"}
)";
  read(text);
  EXPECT_TRUE(told(3, "does not exist"));
  const auto folder = std::filesystem::temp_directory_path() / "plugrig-beside";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "shapes.yaml") << "x: 1\n";
  std::ofstream(folder / "s.yaml") << text;
  Problems problems;
  load_sequence(folder / "s.yaml", registry_, VariableSources(), problems);
  EXPECT_EQ(problems.render(), "");
  std::filesystem::remove_all(folder);
}

TEST_F(SequenceFile, AnUnknownStageIsAProblemWithTheNearest) {
  values_["firmware"] = "tasmota.bin";
  Sequence sequence = read(kGood);
  keep_stages(sequence, {"flahs", "live"}, problems_);
  EXPECT_NE(problems_.render().find("there is no stage 'flahs'; did you mean 'flash'?"),
            std::string::npos)
      << problems_.render();
}

TEST_F(SequenceFile, AStepThatNeedsMainsNeedsAStageWithMains) {
  StepType power;
  power.name = "power.as_found";
  power.needs_mains = true;
  registry_.add(power);
  read(
      "sequence: s\nstages:\n  - stage: a\n    steps:\n      - power.as_found:\n"
      "  - stage: b\n    mains: on\n    steps:\n      - power.as_found:\n"
      "clean_up:\n  - power.as_found:\n");
  EXPECT_TRUE(told(5, "needs mains, and stage 'a' has mains off"));
  EXPECT_TRUE(told(11, "clean-up runs with mains off"));
  EXPECT_EQ(problems_.all().size(), 2U) << problems_.render();
}

TEST_F(SequenceFile, IsReadCompletely) {
  values_["firmware"] = "tasmota.bin";
  const Sequence sequence = read(kGood);
  ASSERT_EQ(problems_.render(), "");
  EXPECT_EQ(sequence.name, "gosund-ep2");
  EXPECT_EQ(sequence.plug.chip, "ESP8285");
  EXPECT_EQ(sequence.plug.flash_bytes, 1U << 20U);
  EXPECT_EQ(sequence.secrets, std::vector<std::string>{"hunter2"});
  ASSERT_EQ(sequence.stages.size(), 2U);
  EXPECT_FALSE(sequence.stages[0].mains_on);
  EXPECT_TRUE(sequence.stages[1].mains_on);
  const SequenceStep& write = sequence.stages[0].steps.at(0);
  EXPECT_EQ(write.name, "write it");
  EXPECT_EQ(write.type->name, "flash.write");
  EXPECT_EQ(write.retries, 2);
  EXPECT_EQ(write.timeout, 90s);
  EXPECT_FALSE(write.stop_on_fail);
  EXPECT_TRUE(write.power_cycle_before_retry);
  const SequenceStep& cycle = sequence.stages[0].steps.at(1);
  EXPECT_EQ(cycle.name, "slot.power_cycle");
  EXPECT_EQ(cycle.timeout, 60s) << "a step type without a time limit gets one";
  EXPECT_TRUE(cycle.stop_on_fail);
  EXPECT_EQ(sequence.stages[1].steps.at(0).index, 2);
  EXPECT_EQ(sequence.clean_up.at(0).index, 3);
  EXPECT_EQ(sequence.clean_up.at(0).stage, "clean_up");
  EXPECT_EQ(sequence.clean_up_budget, 12s);
}

TEST_F(SequenceFile, TellsAllItsProblemsAtOnce) {
  values_["firmwre"] = "x";
  read(R"(sequence: s
variables:
  firmware: {type: text}
  unused:   {type: integer, default: 5}
  count:    {type: integer, default: five}
stages:
  - stage: flash
    steps:
      - flash.wirte: {image: a}
      - flash.write: {image: "{{firmware}}", verfy: true}
        retrys: 2
      - flash.write: {image: "{{nothing}}"}
        retries: 11
      - slot.power_cycle: {off: 60}
        on_fail: maybe
  - stage: flash
    mains: on
    steps:
      - flash.write: {image: a}
        power_cycle_before_retry: true
clean_up:
  - flash.write: {image: a}
    on_fail: stop
)");
  EXPECT_TRUE(told(3, "variable 'firmware' has no value"));
  EXPECT_TRUE(told(3, "--set firmware=VALUE"));
  EXPECT_TRUE(told(4, "variable 'unused' is never used"));
  EXPECT_TRUE(told(5, "five"));
  EXPECT_TRUE(told(9, "did you mean 'flash.write'?"));
  EXPECT_TRUE(told(10, "did you mean 'verify'?"));
  EXPECT_TRUE(told(11, "did you mean 'retries'?"));
  EXPECT_TRUE(told(12, "nothing"));
  EXPECT_TRUE(told(13, "11"));
  EXPECT_TRUE(told(14, "60 s"));
  EXPECT_TRUE(told(15, "maybe"));
  EXPECT_TRUE(told(16, "stage 'flash' is there twice"));
  EXPECT_TRUE(told(19, "needs 3.3 V and the UART, and stage 'flash' has mains on"));
  EXPECT_TRUE(told(20, "there are no retries"));
  EXPECT_TRUE(told(22, "needs 3.3 V")) << "clean-up may follow a stage with mains on";
  EXPECT_TRUE(told(23, "clean-up always goes on"));
  EXPECT_TRUE(told(0, "did you mean 'firmware'?"));
  if (HasFailure()) ADD_FAILURE() << problems_.render();
}

TEST_F(SequenceFile, ABrokenStepIsShownInItsLine) {
  read("sequence: s\nstages:\n  - stage: a\n    steps:\n      - flash.wirte: {image: a}\n");
  EXPECT_EQ(problems_.render(),
            "s.yaml:5:9: error: unknown step 'flash.wirte'; did you mean 'flash.write'?\n"
            "      - flash.wirte: {image: a}\n"
            "        ^\n");
}

TEST_F(SequenceFile, ItemsMustBeOneStepEach) {
  read(R"(sequence: s
stages:
  - stage: a
    steps:
      - slot.power_cycle
      - retries: 2
      - slot.power_cycle:
        flash.write: {image: a}
      - slot.power_cycle: 7
)");
  EXPECT_TRUE(told(5, "write '- slot.power_cycle:'"));
  EXPECT_TRUE(told(6, "names no step"));
  EXPECT_TRUE(told(8, "second step 'flash.write' in one item"));
  EXPECT_TRUE(told(9, "map"));
}

TEST_F(SequenceFile, EmptyPartsAreErrors) {
  for (const char* text :
       {"", "sequence: s\n", "sequence: s\nstages: []\n", "sequence: s\nstages: 5\n", "[1, 2]\n",
        "sequence: s\nstages: [{stage: a, steps: []}]\n", "sequence: s\nstages: [{stage: a}]\n",
        "stages: [{stage: a, steps: [{slot.power_cycle: {}}]}]\n"}) {
    problems_ = {};
    read(text);
    EXPECT_TRUE(problems_.any_error()) << text;
  }
}

TEST_F(SequenceFile, ACleanUpStepBeyondTheBudgetCannotBeReached) {
  read(R"(sequence: s
stages: [{stage: a, steps: [{slot.power_cycle: {}}]}]
clean_up_budget: 5 s
clean_up:
  - slot.power_cycle:
  - slot.power_cycle:
  - slot.power_cycle:
)");
  EXPECT_FALSE(told(6, "cannot be reached"));
  EXPECT_TRUE(told(7, "cannot be reached"));
}

TEST_F(SequenceFile, ASecretMayNotBecomeAName) {
  read(R"(sequence: s
variables: {pass: {type: secret}}
stages:
  - stage: "{{pass}}"
    steps:
      - flash.write: {image: "{{pass}}"}
        name: "{{pass}}"
)");
  EXPECT_TRUE(told(4, "pass"));
  EXPECT_TRUE(told(7, "pass"));
  EXPECT_FALSE(told(6, "pass"));
}

TEST_F(SequenceFile, MayBeCheckedWithoutValues) {
  read(kGood, MissingValues::allowed);
  EXPECT_EQ(problems_.render(), "");
}

TEST_F(SequenceFile, OnAndOffAreWordsHere) {
  const Sequence sequence = read(
      "sequence: s\nstages: [{stage: a, mains: on, steps: [{slot.power_cycle: {}}]},"
      " {stage: b, mains: yes, steps: [{slot.power_cycle: {}}]}]\n");
  EXPECT_TRUE(sequence.stages.at(0).mains_on);
  ASSERT_EQ(problems_.all().size(), 1U);
  EXPECT_THAT(problems_.all()[0].message, HasSubstr("yes"));
}

TEST_F(SequenceFile, PlanSaysWhatWouldBeDone) {
  values_["firmware"] = "tasmota.bin";
  PlanOptions options;
  options.units = 6;
  options.beside = {0s, 0s, 0s};
  const Plan plan = make_plan(read(kGood), {{"F1", {"uart /dev/ttyUSB0"}}, {"F2"}}, options);
  EXPECT_EQ(plan.usual_per_unit, 29s);
  EXPECT_EQ(plan.longest_per_unit, 3 * 90s + 60s + 60s + 12s);
  EXPECT_EQ(plan.expected.total(), 87s);
  EXPECT_THAT(render(plan),
              testing::StartsWith(
                  "Sequence gosund-ep2\n"
                  "Slot F1: uart /dev/ttyUSB0\n"
                  "Slot F2\n"
                  "Stage flash, mains locked off\n"
                  "  write it             20.0 s  at most   270.0 s  3 attempts  holds uart\n"
                  "  slot.power_cycle      3.0 s  at most    60.0 s\n"
                  "Stage live, mains on\n"
                  "  slot.power_cycle      3.0 s  at most    60.0 s\n"
                  "Clean-up, however the unit ends\n"
                  "  slot.power_cycle      3.0 s  at most    60.0 s\n"
                  "A unit usually takes 29.0 s, at most 402.0 s.\n"
                  "6 units in 2 slots, side by side: usually 87.0 s, 248.3 units an hour.\n"
                  "Bottleneck: 248.3 units an hour by 2 slots, 29.0 s a unit\n"));
}

TEST(Registry, RefusesANameTwice) {
  StepRegistry registry = make_registry();
  EXPECT_THROW(registry.add(*registry.find("flash.write")), std::logic_error);
  EXPECT_EQ(registry.find("nothing"), nullptr);
}

}  // namespace
}  // namespace plugrig
