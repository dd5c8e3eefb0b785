#include "reports/batch_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/text_columns.hpp"
#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

struct Row {
  std::array<std::string, 5> cells;  ///< slot, unit, verdict, first pass, time
};

constexpr std::size_t kGap = 2;

bool passed(const UnitRecord& unit, bool recorded) {
  return unit.verdict == Verdict::pass && recorded;
}

std::string unit_name(const UnitRecord& unit) {
  const auto mac = unit.facts.find("mac");
  return mac == unit.facts.end() ? "MAC unknown" : mac->second;
}

std::string time_text(const UnitRecord& unit) {
  if (!unit.ended) return "not finished";
  const std::int64_t ms = unit.ended->unix_ms - unit.started.unix_ms;
  if (ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000.0);
  const std::int64_t seconds = (ms + 500) / 1000;
  return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

std::string verdict_word(const UnitRecord& unit, bool recorded) {
  if (recorded) return std::string(to_display(unit.verdict));
  if (unit.verdict == Verdict::fail) return "FAIL, NOT RECORDED";
  return "NOT RECORDED";
}

Row row_of(const UnitRecord& unit, bool recorded) {
  const std::string first =
      !passed(unit, recorded) ? "-" : std::string(unit.first_pass ? "yes" : "no");
  return {{unit.slot, unit_name(unit), verdict_word(unit, recorded), first, time_text(unit)}};
}

/// Width of each column; the first two give way when the line would be too long.
std::array<std::size_t, 5> widths_of(const std::vector<Row>& rows, std::size_t columns) {
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths.at(i) = std::max(widths.at(i), text_width(row.cells.at(i)));
    }
  }
  std::size_t total = kGap * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    constexpr std::size_t least = 4;
    while (total > columns && widths.at(i) > least) {
      --widths.at(i);
      --total;
    }
  }
  return widths;
}

std::string line_of(const Row& row, const std::array<std::size_t, 5>& widths, std::size_t columns) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) line.append(kGap, ' ');
    line += padded(shortened_middle(row.cells.at(i), widths.at(i)), widths.at(i));
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return shortened_middle(line, columns) + "\n";
}

std::string paragraph(const std::string& text, std::size_t indent, std::size_t columns) {
  std::string out;
  for (const std::string& line : wrapped(text, columns - indent)) {
    out += std::string(indent, ' ') + line + "\n";
  }
  return out;
}

/// Why there is no attempt that tells.
std::string silent_reason(const UnitRecord& unit, bool recorded) {
  if (!recorded) return "The record of this unit could not be written.";
  if (!unit.ended) return "The run broke off before this unit was finished.";
  return "No step tells why.";
}

std::string reason_of(const UnitRecord& unit, bool recorded, std::size_t columns) {
  constexpr std::size_t indent = 4;
  std::string head =
      fmt::format("{} {}: {}", unit.slot, unit_name(unit), verdict_word(unit, recorded));
  std::string happened = silent_reason(unit, recorded);
  std::string next = "Run the unit again.";
  if (const AttemptRecord* attempt = deciding_attempt(unit.attempts)) {
    head += fmt::format(" in {}", attempt->step);
    if (!attempt->fault_id.empty()) {
      head += fmt::format(" [{}, {}]", attempt->fault_id, attempt->blame);
    }
    happened = attempt->happened;
    next = attempt->next;
  }
  return paragraph(head, 0, columns) + paragraph(happened, indent, columns) +
         paragraph("Next: " + next, indent, columns);
}

std::string summary(const std::vector<UnitRecord>& units, const std::set<std::string>& not_recorded,
                    std::size_t columns) {
  int pass = 0;
  int first = 0;
  int fail = 0;
  for (const UnitRecord& unit : units) {
    if (passed(unit, !not_recorded.contains(unit.unit_id))) {
      ++pass;
      first += unit.first_pass ? 1 : 0;
    }
    fail += unit.verdict == Verdict::fail ? 1 : 0;
  }
  const std::size_t other = units.size() - static_cast<std::size_t>(pass + fail);
  std::string text =
      fmt::format("{} unit{}: {} PASS ({} at first), {} FAIL, {} other.", units.size(),
                  units.size() == 1 ? "" : "s", pass, first, fail, other);
  // Only a fail is the units' own fault, so only pass and fail make the yield.
  if (pass + fail > 0) {
    text += fmt::format(" Yield {:.0f} %.", 100.0 * pass / static_cast<double>(pass + fail));
  }
  std::string out;
  for (const std::string& line : wrapped(text, columns)) out += line + "\n";
  return out;
}

}  // namespace

std::string batch_table(const std::vector<UnitRecord>& units, int columns,
                        const std::set<std::string>& not_recorded) {
  constexpr int narrowest = 40;
  const auto width = static_cast<std::size_t>(std::max(columns, narrowest));
  if (units.empty()) return "No units.\n";
  std::vector<Row> rows{{{"Slot", "Unit", "Verdict", "First pass", "Time"}}};
  std::string reasons;
  for (const UnitRecord& unit : units) {
    const bool recorded = !not_recorded.contains(unit.unit_id);
    rows.push_back(row_of(unit, recorded));
    if (!passed(unit, recorded)) reasons += reason_of(unit, recorded, width);
  }
  const auto widths = widths_of(rows, width);
  std::string out;
  for (const Row& row : rows) out += line_of(row, widths, width);
  if (!reasons.empty()) out += "\n" + reasons;
  return out + "\n" + summary(units, not_recorded, width);
}

}  // namespace plugrig
