#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/clean_text.hpp"
#include "reports/regress_report.hpp"
#include "reports/regress_rows.hpp"
#include "reports/text_columns.hpp"

namespace plugrig {
namespace {

using Line = std::array<std::string, 5>;

constexpr std::size_t kGap = 2;

/// Widths of the columns; margins and then names give way when a line would be too long.
std::array<std::size_t, 5> widths_of(const std::vector<Line>& lines, std::size_t columns) {
  std::array<std::size_t, 5> widths{};
  for (const Line& line : lines)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths.at(i) = std::max(widths.at(i), text_width(line.at(i)));
  std::size_t total = kGap * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  constexpr std::array<std::size_t, 5> least{12, 8, 10, 9, 8};
  for (const std::size_t i : {std::size_t{3}, std::size_t{0}, std::size_t{2}, std::size_t{1}})
    while (total > columns && widths.at(i) > least.at(i)) {
      --widths.at(i);
      --total;
    }
  return widths;
}

std::string table_of(const std::vector<Line>& lines, std::size_t columns) {
  const auto widths = widths_of(lines, columns);
  std::string out;
  for (const Line& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) text.append(kGap, ' ');
      text += padded(shortened_middle(line.at(i), widths.at(i)), widths.at(i));
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += shortened_middle(text, columns) + "\n";
  }
  return out;
}

std::string paragraph(const std::string& text, std::size_t indent, std::size_t columns) {
  std::string out;
  for (const std::string& line : wrapped(clean_text(text), columns - indent))
    out += std::string(indent, ' ') + line + "\n";
  return out;
}

/// A cell: one line of valid text.
std::string cell(const std::string& text) {
  auto out = clean_text(text);
  std::ranges::replace_if(
      out, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

/// Without the percentage behind it, for which a terminal has no room.
std::string absolute(const std::string& difference) {
  return cell(difference.substr(0, difference.find(" (")));
}

std::string section_of(const regress::CandidateResult& candidate,
                       const regress::Comparison& comparison, std::size_t columns) {
  const auto& build = comparison.builds.at(static_cast<std::size_t>(candidate.build));
  std::vector<Line> lines{{"What", "Baseline", "Difference", "Margin", "Result"}};
  std::string reasons;
  const auto explain = [&](const std::string& name, const std::string& reason) {
    if (!reason.empty()) reasons += paragraph(name + ": " + reason, 2, columns);
  };
  int fine = 0;
  for (const auto* check : sorted_checks(candidate)) {
    if (is_plain(*check)) {
      ++fine;
      continue;
    }
    lines.push_back({cell(check->step), passes_text(check->baseline_passed, check->baseline_failed),
                     passes_text(check->candidate_passed, check->candidate_failed), "–",
                     word_of(*check)});
    auto reason = check->reason;
    if (!reason.empty() && !check->happened.empty()) reason += ": " + check->happened;
    explain(check->step, reason);
  }
  for (const auto& row : rows_of(candidate)) {
    lines.push_back(
        {cell(row.name), cell(row.baseline), absolute(row.difference), cell(row.margin), row.word});
    explain(row.name, row.reason);
  }
  auto out = paragraph(build_text(build) + " against " + build_text(comparison.builds.front()), 0,
                       columns);
  out += table_of(lines, columns);
  if (fine > 0) out += fmt::format("{} step{} passed with both.\n", fine, fine == 1 ? "" : "s");
  if (!reasons.empty()) out += "\n" + reasons;
  return out + "\n" + paragraph(verdict_text(candidate), 0, columns);
}

std::string counts_of(const regress::Comparison& comparison, std::size_t columns) {
  std::string out;
  for (std::size_t i = 0; i < comparison.builds.size(); ++i) {
    const auto& counts = comparison.counts.at(i);
    auto text = fmt::format("{}: {} trials", comparison.builds.at(i).name, counts.all());
    if (counts.rig_fault + counts.aborted > 0)
      text += fmt::format("; {} ended by the rig and {} by a stop do not count", counts.rig_fault,
                          counts.aborted);
    out += paragraph(text + ".", 0, columns);
  }
  for (const auto& entry : comparison.expired)
    out += paragraph(fmt::format("Quarantine of {} is over since {} and counts again ({}).",
                                 entry.pattern, entry.expires, entry.owner),
                     0, columns);
  return out;
}

}  // namespace

std::string regress_table(const regress::Comparison& comparison, int columns) {
  constexpr int narrowest = 60;
  const auto width = static_cast<std::size_t>(std::max(columns, narrowest));
  std::string out;
  for (const auto& candidate : comparison.candidates)
    out += section_of(candidate, comparison, width) + "\n";
  return out + counts_of(comparison, width);
}

}  // namespace plugrig
