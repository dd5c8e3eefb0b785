#pragma once

#include <optional>
#include <string>

#include "rig/core/clock.hpp"
#include "rig/metrology/point_result.hpp"

namespace plugrig {

/// Numbers of a report as people read them. Rounded for display only (GUM 7.2.6); nothing is
/// decided by these texts.

/// A point of a series as a line of a table.
struct PointText {
  std::string load;  ///< "500 W", "no load"
  std::string plug;  ///< in `unit`, to the place of U
  std::string reference;
  std::string unit;
  std::string error;     ///< with sign and its unit: "+0.12 %"
  std::string expanded;  ///< "0.15 %"
  std::string coverage;  ///< k, "2.0"
  std::string limit;     ///< "± 1 %", or "–"
  std::string ratio;     ///< limit / U, or "–"
  std::string decision;  ///< "pass", "conditional pass", …, or "–"
  bool good = false;     ///< decision is pass
  bool bad = false;      ///< decision is there and is not pass
};
PointText text_of(const metrology::PointResult& point);

/// At no load there is nothing to divide by: error, U and limit are in the quantity's unit.
bool is_no_load(const metrology::PointResult& point);

/// "500 W", "2 kW", "no load".
std::string load_text(double nominal_W);
/// Two significant digits, or "–" for zero.
std::string two_digits(double value);
/// A decision in words.
std::string decision_text(metrology::Decision decision);
/// What a decision rule says, one or two sentences.
std::string rule_text(metrology::DecisionRule rule);
/// "2026-01-01 00:00:12 UTC"
std::string time_text(UtcTime time);

}  // namespace plugrig
