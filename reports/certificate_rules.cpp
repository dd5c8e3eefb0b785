#include "reports/certificate_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

using metrology::CalibrationRecord;
using metrology::Decision;

/// The series by which a unit is certified.
constexpr std::string_view certified_series = "as_left";

bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  });
}

class Refusals {
 public:
  explicit Refusals(const UnitReport& report) : report_(report) {}

  std::vector<std::string> find() {
    judge_record();
    judge_facts();
    if (const auto* as_left = report_.find(certified_series))
      judge_series(*as_left);
    else
      refuse("The unit was not measured as left.");
    return std::move(reasons_);
  }

 private:
  void refuse(std::string reason) { reasons_.push_back(std::move(reason)); }

  void judge_record() {
    if (report_.unit.verdict != Verdict::pass)
      refuse(fmt::format("The unit's verdict is {}.", to_display(report_.unit.verdict)));
    if (const auto* attempt = deciding_attempt(report_.unit.attempts);
        attempt != nullptr && !attempt->happened.empty())
      refuse(attempt->happened);
    if (!report_.unit.ended) refuse("The record is incomplete: the unit was never finished.");
  }

  void judge_facts() {
    if (fact_of(report_.unit, binding_fact) != "shown")
      refuse("It was not shown that the plug that was read is the plug that was loaded.");
    if (const auto reason = fact_of(report_.unit, override_fact); !reason.empty())
      refuse(fmt::format("An engineer overrode a check: {}.", reason));
    if (const auto reason = fact_of(report_.unit, refused_fact); !reason.empty()) refuse(reason);
  }

  void judge_series(const CalibrationRecord& record) {
    judge_reference(record);
    if (record.series.points.empty()) refuse("The unit was measured as left at no point.");
    for (const auto& point : record.series.points) {
      if (!point.limit_percent || point.decision == Decision::pass) continue;
      refuse(fmt::format("{} at {:g} W: {}.", point.quantity, point.nominal_W,
                         to_string(point.decision)));
    }
    const auto& points = record.series.points;
    if (std::none_of(points.begin(), points.end(),
                     [](const auto& point) { return point.limit_percent.has_value(); }))
      refuse("No point was held against a limit.");
  }

  void judge_reference(const CalibrationRecord& record) {
    const auto& meter = record.reference;
    if (meter.certificate_number.empty()) {
      refuse(fmt::format("The reference meter '{}' has no certificate.", meter.name));
      return;
    }
    if (!still_valid(meter.due, record.series.started.substr(0, 10)))
      refuse(fmt::format("The calibration of the reference meter '{}' was {}.", meter.name,
                         meter.due.empty() ? "of unknown validity" : "due " + meter.due));
  }

  const UnitReport& report_;
  std::vector<std::string> reasons_;
};

}  // namespace

bool still_valid(std::string_view due, std::string_view day) {
  if (!has_form(day, "0000-00-00")) return false;
  if (has_form(due, "0000-00-00")) return day <= due;
  // A month is valid to its last day: months compare as they are.
  return has_form(due, "0000-00") && day.substr(0, due.size()) <= due;
}

std::vector<std::string> certificate_refusals(const UnitReport& report) {
  return Refusals(report).find();
}

}  // namespace plugrig
