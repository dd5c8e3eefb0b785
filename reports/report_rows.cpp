#include "reports/report_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/display.hpp"

namespace plugrig {
namespace {

using metrology::PointResult;
using metrology::Series;

struct NamedFact {
  const char* fact;
  const char* name;
};
constexpr std::array identity_facts{
    NamedFact{"serial", "Serial number"},
    NamedFact{"mac", "MAC"},
    NamedFact{"chip", "Chip"},
    NamedFact{"package", "Package"},
    NamedFact{"crystal", "Crystal"},
    NamedFact{"flash_id", "Flash id"},
    NamedFact{"flash_bytes", "Flash bytes"},
    NamedFact{"firmware_version", "Firmware"},
    NamedFact{"host_name", "Host name"},
    NamedFact{"web_password", "Web password"},
};
constexpr std::array circumstance_facts{
    NamedFact{"operator", "Operator"},
    NamedFact{"simulated", "Simulated"},
    NamedFact{"attended", "Attended"},
    NamedFact{"engineer_override", "Override"},
    NamedFact{"binding", "Binding"},
    NamedFact{"label_confirmed", "Label scanned"},
    NamedFact{"reference_place", "Reference sits"},
};

template <std::size_t N>
void add_facts(const UnitReport& report, const std::array<NamedFact, N>& facts,
               std::vector<NameValue>& rows) {
  for (const auto& named : facts)
    if (const auto value = fact_of(report.unit, named.fact); !value.empty())
      rows.emplace_back(named.name, value);
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

/// Points of one quantity, with or without load.
std::vector<const PointResult*> points_of(const Series& series, const std::string& quantity,
                                          bool no_load) {
  std::vector<const PointResult*> points;
  for (const auto& point : series.points)
    if (point.quantity == quantity && is_no_load(point) == no_load) points.push_back(&point);
  return points;
}

std::string degrees_text(double degrees) {
  return degrees > 0 ? fmt::format("{:.0f}", degrees) : "∞";
}

BudgetTable::Row summary(const char* name, const std::vector<const PointResult*>& points,
                         std::string (*cell)(const metrology::Uncertainty&)) {
  BudgetTable::Row row{.name = name, .type = {}, .distribution = {}, .cells = {}};
  for (const auto* point : points) row.cells.push_back(cell(point->uncertainty));
  return row;
}

BudgetTable budget_of(const std::vector<const PointResult*>& points, bool no_load) {
  BudgetTable table;
  table.quantity = points.front()->quantity;
  table.unit = no_load ? points.front()->unit : "%";
  for (std::size_t column = 0; column < points.size(); ++column) {
    table.loads.push_back(load_text(points[column]->nominal_W));
    for (const auto& part : points[column]->uncertainty.budget) {
      auto row = std::ranges::find(table.rows, part.name, &BudgetTable::Row::name);
      if (row == table.rows.end()) {
        table.rows.push_back({part.name, std::string(1, part.type),
                              std::string(to_string(part.distribution)),
                              std::vector<std::string>(points.size(), "–")});
        row = table.rows.end() - 1;
      }
      row->cells[column] = two_digits(part.standard_uncertainty);
    }
  }
  table.rows.push_back(summary("combined standard uncertainty u", points,
                               [](const auto& u) { return two_digits(u.standard); }));
  table.rows.push_back(summary("effective degrees of freedom", points,
                               [](const auto& u) { return degrees_text(u.degrees_of_freedom); }));
  table.rows.push_back(summary("coverage factor k", points, [](const auto& u) {
    return fmt::format("{:.2f}", u.coverage_factor);
  }));
  table.rows.push_back(summary("expanded uncertainty U", points,
                               [](const auto& u) { return two_digits(u.expanded); }));
  return table;
}

}  // namespace

std::vector<NameValue> identity_rows(const UnitReport& report) {
  std::vector<NameValue> rows;
  add_facts(report, identity_facts, rows);
  return rows;
}

std::vector<NameValue> circumstance_rows(const UnitReport& report) {
  const auto& unit = report.unit;
  std::vector<NameValue> rows{
      {"Record", unit.unit_id},
      {"Run", unit.run_id},
      {"Slot", unit.slot},
      {"Sequence", unit.sequence},
      {"Bench", unit.bench},
      {"Started", time_text(unit.started)},
      {"Ended", unit.ended ? time_text(*unit.ended) : "never: the record is incomplete"},
      {"First pass", unit.first_pass ? "yes" : "no"}};
  add_facts(report, circumstance_facts, rows);
  return rows;
}

std::vector<NameValue> reference_rows(const metrology::ReferenceMeter& meter) {
  return {{"Name", meter.name},
          {"Model", or_unknown(meter.model)},
          {"Serial number", or_unknown(meter.serial)},
          {"Profile", or_unknown(meter.profile)}};
}

std::vector<NameValue> reference_certificate_rows(const metrology::ReferenceMeter& meter) {
  if (meter.certificate_number.empty()) return {{"Certificate", "none"}};
  return {{"Certificate", meter.certificate_number},
          {"Laboratory", or_unknown(meter.certificate_laboratory)},
          {"Calibrated", or_unknown(meter.calibrated)},
          {"Due", or_unknown(meter.due)},
          {"File SHA-256", or_unknown(meter.certificate_sha256)}};
}

std::vector<NameValue> digest_rows(const UnitReport& report) {
  std::vector<NameValue> rows;
  for (const auto& [name, value] : report.unit.facts)
    if (name.ends_with("sha256")) rows.emplace_back(name, value);
  for (const auto& attempt : report.unit.attempts)
    for (const auto& file : attempt.attachments)
      rows.emplace_back(file.sensitive ? file.name + " (sensitive, kept apart)" : file.name,
                        file.sha256);
  return rows;
}

std::vector<BudgetTable> budget_tables(const Series& series) {
  std::vector<std::string> quantities;
  for (const auto& point : series.points)
    if (std::ranges::find(quantities, point.quantity) == quantities.end())
      quantities.push_back(point.quantity);
  std::vector<BudgetTable> tables;
  for (const bool no_load : {false, true})
    for (const auto& quantity : quantities)
      if (const auto points = points_of(series, quantity, no_load); !points.empty())
        tables.push_back(budget_of(points, no_load));
  return tables;
}

}  // namespace plugrig
