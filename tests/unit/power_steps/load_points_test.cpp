#include <gmock/gmock.h>

#include "rig/core/yaml.hpp"
#include "sequences/steps/power/family.hpp"
#include "sequences/steps/power/plan_fields.hpp"

namespace plugrig::steps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a step of a sequence file needs, and what is wrong with it.
struct Read {
  std::vector<double> watts;
  std::vector<SourcePlace> places;
  std::string problems;
};

Read read(const StepType& type, const std::string& text, const Variables& variables = {}) {
  Problems problems;
  const auto document = yaml::parse("points.yaml", text, problems);
  const auto values =
      read_fields(document.root, type.fields, "step", "points.yaml", problems, variables);
  Read result;
  for (const auto& load : type.loads({values, document.root, document.file}, problems)) {
    result.watts.push_back(load.watts);
    result.places.push_back(load.place);
  }
  result.problems = problems.render();
  return result;
}

TEST(LoadPoints, AreKnownBeforeAnythingRunsEachAtItsPlace) {
  const auto found = read(as_found_step(), "points: [60 W, 0.5 kW,\n         2 kW]\n");
  EXPECT_EQ(found.problems, "");
  EXPECT_THAT(found.watts, ElementsAre(60, 500, 2000));
  EXPECT_THAT(found.places,
              ElementsAre(SourcePlace{1, 10}, SourcePlace{1, 16}, SourcePlace{2, 10}));
}

TEST(LoadPoints, TheUsualOnesCountWhereNoneAreNamed) {
  EXPECT_THAT(read(calibrate_step(), "no_load: false\n").watts, ElementsAre(60, 500, 2000));
  EXPECT_THAT(read(settling_step(), "to: 1 kW\n").watts, ElementsAre(60, 1000));
  EXPECT_THAT(read(persistence_step(), "off: 5 s\n").watts, ElementsAre(500));
  EXPECT_THAT(read(persistence_step(), "point: 1 kW\n").watts, ElementsAre(1000));
}

TEST(LoadPoints, WhatIsNoneIsToldAtItsPlaceAllAtOnce) {
  const auto found = read(as_left_step(), "points: [60, 500 V, 1 kW, -3 W]\nlimits: 1 %\n");
  EXPECT_THAT(found.watts, ElementsAre(1000));
  EXPECT_THAT(found.problems, HasSubstr("points.yaml:1:10: error: '60' is no load point"));
  EXPECT_THAT(found.problems, HasSubstr("points.yaml:1:14: error: '500 V' is no load point"));
  EXPECT_THAT(found.problems, HasSubstr("points.yaml:1:27: error: '-3 W' is no load point"));
  EXPECT_THAT(read(as_found_step(), "points: []\n").problems,
              HasSubstr("'points' names no load point"));
}

TEST(LoadPoints, AreReadFromVariablesOnceTheseAreKnown) {
  Variables variables;
  variables.values["bulb"] = "40 W";
  variables.deferred_prefixes = {"later."};
  const std::string text = "points: ['{{bulb}}', '{{later.load}}']\n";
  const auto found = read(as_found_step(), text, variables);
  EXPECT_EQ(found.problems, "");
  EXPECT_THAT(found.watts, ElementsAre(40));
  variables.values["bulb"] = "forty";
  EXPECT_THAT(read(as_found_step(), text, variables).watts, IsEmpty());
}

}  // namespace
}  // namespace plugrig::steps
