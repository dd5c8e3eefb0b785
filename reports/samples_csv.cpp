#include <fmt/format.h>

#include "reports/clean_text.hpp"
#include "reports/unit_report.hpp"

namespace plugrig {
namespace {

/// A text field, quoted; what a spreadsheet would take for a formula gets an apostrophe in front.
std::string field(std::string_view text) {
  auto clean = clean_text(text);
  if (!clean.empty() && std::string_view("=+-@\t").find(clean.front()) != std::string_view::npos)
    clean.insert(0, 1, '\'');
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string samples_csv(const UnitReport& report) {
  std::string csv = "series,attempt,quantity,unit,load_W,t_s,plug,reference\n";
  for (const auto& item : report.series)
    for (const auto& point : item.calibration.series.points)
      for (const auto& sample : point.samples)
        csv += fmt::format("{},{},{},{},{},{},{},{}\n", field(item.calibration.series.name),
                           item.attempt, field(point.quantity), field(point.unit), point.nominal_W,
                           sample.t_s, sample.plug, sample.reference);
  return csv;
}

}  // namespace plugrig
