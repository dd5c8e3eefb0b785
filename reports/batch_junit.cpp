#include <fmt/format.h>

#include "reports/batch_summary.hpp"
#include "reports/clean_text.hpp"
#include "reports/junit_case.hpp"
#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

using junit::Case;

Case case_of(std::string_view word) {
  if (word == "PASS") return Case::passed;
  if (word == "FAIL") return Case::failure;
  return word == "STOPPED" || word == "NOT RUN" ? Case::skipped : Case::error;
}

double seconds_of(const UnitRecord& unit) {
  if (!unit.ended) return 0;
  return std::max(0.0, static_cast<double>(unit.ended->unix_ms - unit.started.unix_ms) / 1e3);
}

std::string name_of(const UnitRecord& unit) {
  for (const auto* name : {"serial", "mac"})
    if (const auto found = unit.facts.find(name); found != unit.facts.end())
      return found->second + " in " + unit.slot;
  return unit.unit_id;
}

junit::Outcome outcome_of(const UnitRecord& unit, const std::string& word) {
  junit::Outcome out{.is = case_of(word), .message = word, .type = word, .text = ""};
  const auto* attempt = deciding_attempt(unit.attempts);
  if (attempt == nullptr) return out;
  out.message = word + ": " + attempt->happened;
  if (!attempt->fault_id.empty()) out.type = attempt->fault_id;
  out.text = fmt::format("step {} attempt {}, blame {}\nnext: {}", attempt->step, attempt->attempt,
                         attempt->blame, attempt->next);
  return out;
}

}  // namespace

std::string batch_junit(const BatchSummary& summary) {
  junit::Counts counts;
  double time = 0;
  std::string cases;
  for (const auto& unit : summary.units) {
    const auto word = verdict_word(unit, summary.info.not_recorded);
    const auto outcome = outcome_of(unit, word);
    counts.add(outcome.is);
    time += seconds_of(unit);
    const auto why = junit::element_of(outcome);
    cases += fmt::format("    <testcase name=\"{}\" classname=\"{}.{}\" time=\"{:.3f}\"",
                         xml_escaped(name_of(unit)), xml_escaped(unit.sequence),
                         xml_escaped(unit.slot), seconds_of(unit));
    cases += why.empty() ? "/>\n" : ">\n" + why + "    </testcase>\n";
  }
  const auto started = summary.units.empty() ? UtcTime{} : summary.units.front().started;
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites {0} time=\"{1:.3f}\">\n"
      "  <testsuite name=\"{2}\" {0} skipped=\"{3}\" time=\"{1:.3f}\" timestamp=\"{4}\" "
      "hostname=\"{5}\">\n{6}  </testsuite>\n</testsuites>\n",
      counts.text(), time, xml_escaped(summary.info.title), counts.skipped,
      to_iso8601(started).substr(0, 19),
      xml_escaped(summary.units.empty() ? "" : summary.units.front().bench), cases);
}

}  // namespace plugrig
