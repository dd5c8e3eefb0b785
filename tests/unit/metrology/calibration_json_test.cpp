#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {
namespace {

using nlohmann::json;

CalibrationRecord sample_record() {
  PointResult point;
  point.quantity = "power";
  point.unit = "W";
  point.nominal_W = 1000;
  point.plug = 1001.0 / 3;
  point.reference = 0.1 + 0.2;
  point.error_percent = -1e-17;
  point.uncertainty.budget = {{"scatter", 'A', Distribution::normal, 1.0 / 7, 9.5},
                              {"display", 'B', Distribution::u_shaped, 1e-300, 0}};
  point.uncertainty.expanded = 0.21000000000000002;
  point.limit_percent = 1;
  point.rule = DecisionRule::guard_band;
  point.decision = Decision::conditional_fail;
  point.test_uncertainty_ratio = 4.7;
  point.samples = {{1.7, 999.9, 1000.1}, {3.4, 1000.0, 1000.2}};
  CalibrationRecord record;
  record.reference = {"reference",  "WT310E",  "4711", "yokogawa-wt310e", "C-1", "Lab",
                      "2026-01-01", "2027-01", "ab12"};
  record.series = {"as_left", "2026-11-25T10:00:00.000Z", {1580, 3554, 10080}, 0.7, {point}};
  record.before = Constants{1950, 3500, 12530};
  return record;
}

TEST(CalibrationJson, ComesBackDigitForDigit) {
  const auto text = to_json(sample_record());
  const auto back = calibration_from_json(text);
  EXPECT_EQ(to_json(back), text);
  const auto& point = back.series.points.at(0);
  EXPECT_EQ(point.plug, 1001.0 / 3);
  EXPECT_EQ(point.reference, 0.1 + 0.2);
  EXPECT_EQ(point.uncertainty.budget.at(1).standard_uncertainty, 1e-300);
  EXPECT_EQ(point.uncertainty.budget.at(0).type, 'A');
  EXPECT_EQ(point.decision, Decision::conditional_fail);
  EXPECT_EQ(back.reference.certificate_sha256, "ab12");
  EXPECT_EQ(back.before, (Constants{1950, 3500, 12530}));
  EXPECT_FALSE(back.after.has_value());
}

std::string error_of(const std::string& text) {
  try {
    (void)calibration_from_json(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(CalibrationJson, SaysWhereItIsWrong) {
  auto document = json::parse(to_json(sample_record()));
  const auto with = [&](const char* pointer, const json& value) {
    auto changed = document;
    changed[json::json_pointer(pointer)] = value;
    return error_of(changed.dump());
  };
  EXPECT_THAT(with("/series/points/0/plug", "x"), testing::HasSubstr("/series/points/0/plug"));
  EXPECT_THAT(with("/series/constants/power", 1.5), testing::HasSubstr("/series/constants/power"));
  EXPECT_THAT(with("/series/points/0/rule", "maybe"), testing::HasSubstr("'maybe'"));
  EXPECT_THAT(with("/series/points", 3), testing::HasSubstr("/series/points"));
  EXPECT_THAT(error_of("[1"), testing::HasSubstr("byte"));
  EXPECT_THAT(error_of("[]"), testing::HasSubstr("object"));
  document["reference"].erase("due");
  EXPECT_THAT(error_of(document.dump()), testing::HasSubstr("'due' is missing"));
}

TEST(CalibrationJson, EveryCutOfTheTextIsAnError) {
  const auto text = to_json(sample_record());
  for (std::size_t length = 0; length + 2 < text.size(); length += 7)
    EXPECT_NE(error_of(text.substr(0, length)), "no error") << length;
}

}  // namespace
}  // namespace plugrig::metrology
