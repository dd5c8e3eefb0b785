#include <fmt/format.h>

#include "reports/batch_summary.hpp"
#include "reports/clean_text.hpp"
#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

/// RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe.
std::string cell(std::string_view text) {
  auto clean = clean_text(text);
  if (!clean.empty() && std::string_view("=+-@\t").find(clean[0]) != std::string_view::npos)
    clean.insert(clean.begin(), '\'');
  if (clean.find_first_of(",\"\n\r") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string seconds(const UnitRecord& unit) {
  if (!unit.ended) return "";
  return fmt::format("{:.3f}",
                     static_cast<double>(unit.ended->unix_ms - unit.started.unix_ms) / 1e3);
}

}  // namespace

std::string batch_csv(const BatchSummary& summary) {
  std::string out =
      "unit,slot,serial,mac,verdict,first_pass,blame,fault,step,started,seconds,retest_of,"
      "retest_reason,happened\n";
  for (const auto& unit : summary.units) {
    const auto word = verdict_word(unit, summary.info.not_recorded);
    const auto* reason = word == "PASS" ? nullptr : deciding_attempt(unit.attempts);
    const AttemptRecord none;
    const auto& why = reason == nullptr ? none : *reason;
    const std::string first = word != "PASS" ? "" : unit.first_pass ? "yes" : "no";
    std::string line;
    for (const auto& text :
         {unit.unit_id, unit.slot, fact_of(unit, "serial"), fact_of(unit, "mac"), word, first, why.blame,
          why.fault_id, why.step, to_iso8601(unit.started), seconds(unit), fact_of(unit, "retest_of"),
          fact_of(unit, "retest_reason"), why.happened})
      line += (line.empty() ? "" : ",") + cell(text);
    out += line + "\n";
  }
  return out;
}

}  // namespace plugrig
