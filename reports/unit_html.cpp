#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <kainjow/mustache.hpp>

#include "reports/clean_text.hpp"
#include "reports/display.hpp"
#include "reports/error_plot.hpp"
#include "reports/report_rows.hpp"
#include "reports/templates/pages.hpp"
#include "reports/unit_report.hpp"
#include "rig/core/digest.hpp"

namespace plugrig {
namespace {

using kainjow::mustache::data;
using metrology::CalibrationRecord;
using metrology::Series;
using Fields = std::vector<NameValue>;

/// Longest piece of a note on the page; unit.json has all of it.
constexpr std::size_t note_chars = 400;

data object_of(const Fields& fields) {
  data object{data::type::object};
  for (const auto& [name, value] : fields) object.set(name, value);
  return object;
}

data list_of(const std::vector<NameValue>& rows) {
  data list{data::type::list};
  for (const auto& [name, value] : rows)
    list.push_back(object_of({{"name", name}, {"value", value}}));
  return list;
}

data texts_of(const std::vector<std::string>& texts, const char* name = "text") {
  data list{data::type::list};
  for (const auto& text : texts) list.push_back(object_of({{name, text}}));
  return list;
}

std::string mark_of(bool good, bool bad) { return good ? "good" : bad ? "bad" : ""; }
std::string mark_of(Verdict verdict) {
  return mark_of(verdict == Verdict::pass, verdict == Verdict::fail || verdict == Verdict::error);
}

data point_of(const metrology::PointResult& point) {
  const auto text = text_of(point);
  return object_of({{"quantity", point.quantity},
                    {"load", text.load},
                    {"plug", text.plug},
                    {"reference", text.reference},
                    {"unit", text.unit},
                    {"error", text.error},
                    {"expanded", text.expanded},
                    {"coverage", text.coverage},
                    {"limit", text.limit},
                    {"ratio", text.ratio},
                    {"decision", text.decision},
                    {"mark", mark_of(text.good, text.bad)}});
}

std::string heading_of(const std::string& series) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> known{
      {{"as_found", "As found"},
       {"calibrated", "After adjustment"},
       {"as_left", "As left"},
       {"persistence", "After a power cycle"}}};
  for (const auto& [name, heading] : known)
    if (series == name) return std::string(heading);
  return series;
}

data series_of(const UnitReport& report) {
  data list{data::type::list};
  for (const auto& item : report.series) {
    if (item.superseded) continue;
    const auto& series = item.calibration.series;
    auto object = object_of(
        {{"name", series.name},
         {"heading", heading_of(series.name)},
         {"about", fmt::format("Started {}; VoltageCal {}, CurrentCal {}, PowerCal {}; the plug's "
                               "own consumption subtracted: {:.2f} W.",
                               series.started, series.constants.voltage, series.constants.current,
                               series.constants.power, series.tare_W)}});
    data points{data::type::list};
    for (const auto& point : series.points) points.push_back(point_of(point));
    object.set("points", points);
    list.push_back(object);
  }
  return list;
}

std::vector<metrology::PointResult> points_of(const CalibrationRecord* record,
                                              const std::string& quantity) {
  std::vector<metrology::PointResult> points;
  if (record == nullptr) return points;
  for (const auto& point : record->series.points)
    if (point.quantity == quantity) points.push_back(point);
  return points;
}

bool has_limit(const ErrorPlot& plot) {
  return std::any_of(plot.as_left.begin(), plot.as_left.end(), [](const auto& point) {
    return point.nominal_W > 0 && point.limit_percent.has_value();
  });
}

data plots_of(const UnitReport& report) {
  data list{data::type::list};
  for (const char* quantity : {"power", "voltage", "current"}) {
    const ErrorPlot plot{.quantity = quantity,
                         .as_found = points_of(report.find("as_found"), quantity),
                         .as_left = points_of(report.find("as_left"), quantity)};
    const auto svg = error_plot_svg(plot);
    if (svg.empty()) continue;
    list.push_back(object_of(
        {{"svg", svg},
         {"caption",
          fmt::format("Error of {} against load. Filled: as left, with U. Hollow: as found; an "
                      "arrow stands for an error beyond the axis.{}",
                      quantity, has_limit(plot) ? " Shaded: limits." : "")}}));
  }
  return list;
}

/// The series that an adjustment is known from: the newest with constants before and after.
const CalibrationRecord* adjustment_of(const UnitReport& report) {
  const CalibrationRecord* found = nullptr;
  for (const auto& item : report.series)
    if (item.calibration.before && item.calibration.after) found = &item.calibration;
  return found;
}

struct BeforeAfter {
  metrology::Constants before, after;
};

std::optional<BeforeAfter> constants_of(const UnitReport& report) {
  if (const auto* adjusted = adjustment_of(report))
    return BeforeAfter{*adjusted->before, *adjusted->after};
  const auto* found = report.find("as_found");
  const auto* left = report.find("as_left");
  if (found == nullptr || left == nullptr) return std::nullopt;
  return BeforeAfter{found->series.constants, left->series.constants};
}

data constant_rows(const BeforeAfter& constants) {
  const auto row = [](const char* name, int before, int after) {
    return object_of(
        {{"name", name},
         {"before", std::to_string(before)},
         {"after", std::to_string(after)},
         {"change",
          before == 0 ? "–" : fmt::format("{:+.2f} %", 100.0 * (after - before) / before)}});
  };
  const auto& [before, after] = constants;
  data list{data::type::list};
  list.push_back(row("VoltageCal", before.voltage, after.voltage));
  list.push_back(row("CurrentCal", before.current, after.current));
  list.push_back(row("PowerCal", before.power, after.power));
  return list;
}

data budgets_of(const Series& series) {
  data list{data::type::list};
  for (const auto& table : budget_tables(series)) {
    auto object = object_of({{"quantity", table.quantity}, {"unit", table.unit}});
    object.set("loads", texts_of(table.loads, "load"));
    data rows{data::type::list};
    for (const auto& row : table.rows) {
      auto line =
          object_of({{"name", row.name}, {"type", row.type}, {"distribution", row.distribution}});
      line.set("cells", texts_of(row.cells, "value"));
      rows.push_back(line);
    }
    object.set("rows", rows);
    list.push_back(object);
  }
  return list;
}

std::vector<std::string> notes_of(const AttemptRecord& attempt) {
  std::vector<std::string> notes;
  if (!attempt.fault_id.empty())
    notes.push_back(fmt::format("{} ({}): {}", attempt.fault_id, attempt.blame, attempt.happened));
  else if (!attempt.happened.empty())
    notes.push_back(attempt.happened);
  for (const auto& said : attempt.said) notes.push_back(said);
  for (auto& note : notes)
    if (note.size() > note_chars) note = note.substr(0, note_chars) + " …";
  return notes;
}

data attempts_of(const UnitRecord& unit) {
  data list{data::type::list};
  for (const auto& attempt : unit.attempts) {
    auto row = object_of({{"stage", attempt.stage},
                          {"step", attempt.step},
                          {"number", std::to_string(attempt.attempt)},
                          {"verdict", std::string(to_display(attempt.verdict))},
                          {"mark", mark_of(attempt.verdict)},
                          {"took", fmt::format("{:.1f} s", attempt.took_s)}});
    row.set("notes", texts_of(notes_of(attempt)));
    list.push_back(row);
  }
  return list;
}

std::string limits_text(const Measurement& m) {
  if (m.low && m.high) return fmt::format("{:.6g} … {:.6g} {}", *m.low, *m.high, m.unit);
  if (m.high) return fmt::format("≤ {:.6g} {}", *m.high, m.unit);
  if (m.low) return fmt::format("≥ {:.6g} {}", *m.low, m.unit);
  return "–";
}

data measurements_of(const UnitRecord& unit) {
  data list{data::type::list};
  for (const auto& attempt : unit.attempts)
    for (const auto& m : attempt.measurements)
      list.push_back(object_of(
          {{"id", m.id},
           {"condition", m.condition},
           {"value", fmt::format("{:.6g} {}", m.value, m.unit)},
           {"expanded", m.expanded_uncertainty
                            ? fmt::format("{} {}", two_digits(*m.expanded_uncertainty), m.unit)
                            : "–"},
           {"limits", limits_text(m)},
           {"verdict", std::string(to_display(m.verdict))},
           {"mark", mark_of(m.verdict)},
           {"instrument", m.instrument}}));
  return list;
}

bool any_measurement(const UnitRecord& unit) {
  return std::any_of(unit.attempts.begin(), unit.attempts.end(),
                     [](const AttemptRecord& attempt) { return !attempt.measurements.empty(); });
}

std::string fact_or(const UnitReport& report, std::string_view name, const std::string& fallback) {
  const auto found = report.unit.facts.find(name);
  return found == report.unit.facts.end() ? fallback : found->second;
}

void add_head(const UnitReport& report, data& page) {
  const auto verdict = report.unit.verdict;
  const bool granted = report.refusals.empty();
  // An empty text would open the section all the same.
  if (!report.info.organisation.empty()) page.set("organisation", report.info.organisation);
  page.set("title", granted ? "Calibration certificate" : "Test record");
  page.set("simulated", fact_or(report, "simulated", "no") == "yes");
  page.set("product", fact_or(report, "product", "Plug"));
  page.set("mac", fact_or(report, "mac", "MAC unknown"));
  page.set("verdict", std::string(to_display(verdict)));
  page.set("verdict_class", verdict == Verdict::pass   ? "pass"
                            : verdict == Verdict::fail ? "fail"
                                                       : "other");
  page.set("granted", granted);
  page.set("attended", fact_or(report, "attended", "no") == "yes");
  page.set("refusals", texts_of(report.refusals));
  page.set("identity", list_of(identity_rows(report)));
  page.set("circumstances", list_of(circumstance_rows(report)));
}

/// A point that was held against a limit, else any: only the former knows the rule.
const metrology::PointResult* judged_point(const Series& series) {
  const auto& points = series.points;
  const auto judged = std::find_if(points.begin(), points.end(), [](const auto& point) {
    return point.limit_percent.has_value();
  });
  if (judged != points.end()) return &*judged;
  return points.empty() ? nullptr : &points.front();
}

void add_readings(const UnitReport& report, data& page) {
  page.set("has_series", !report.series.empty());
  if (report.series.empty()) return;
  const auto* certified = report.find("as_left");
  const auto& newest = certified != nullptr ? *certified : report.series.back().calibration;
  page.set("series", series_of(report));
  page.set("plots", plots_of(report));
  page.set("reference", list_of(reference_rows(newest.reference)));
  page.set("reference_certificate", list_of(reference_certificate_rows(newest.reference)));
  page.set("budgets", budgets_of(newest.series));
  if (const auto* point = judged_point(newest.series)) {
    page.set("rule", rule_text(point->rule));
    page.set("probability", fmt::format("{:.4g} %", 100 * point->uncertainty.coverage_probability));
  }
  const auto constants = constants_of(report);
  page.set("has_constants", constants.has_value());
  if (constants) page.set("constants", constant_rows(*constants));
}

std::string sha256_of(const std::string& text) {
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});  // NOLINT
}

void add_digests(const UnitReport& report, data& page) {
  auto digests = digest_rows(report);
  digests.emplace_back("unit.json", sha256_of(unit_json(report)));
  digests.emplace_back("samples.csv", sha256_of(samples_csv(report)));
  page.set("digests", list_of(digests));
  page.set("footer",
           fmt::format("Made from record {} by {}. The complete record, with every sample "
                       "and unrounded number, is unit.json beside this page.",
                       report.unit.unit_id,
                       report.info.software.empty() ? "plugrig" : report.info.software));
}

}  // namespace

std::string unit_html(const UnitReport& report) {
  data page{data::type::object};
  add_head(report, page);
  add_readings(report, page);
  page.set("attempts", attempts_of(report.unit));
  page.set("has_measurements", any_measurement(report.unit));
  page.set("measurements", measurements_of(report.unit));
  add_digests(report, page);
  kainjow::mustache::mustache page_template{templates::unit_report_html};
  page_template.set_custom_escape([](const std::string& text) { return html_escaped(text); });
  return page_template.render(page);
}

}  // namespace plugrig
