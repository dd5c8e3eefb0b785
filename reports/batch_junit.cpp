#include <fmt/format.h>

#include "reports/batch_summary.hpp"
#include "reports/clean_text.hpp"
#include "rig/record/attempts.hpp"

namespace plugrig {
namespace {

enum class Case : std::uint8_t { passed, failure, error, skipped };

Case case_of(std::string_view word) {
  if (word == "PASS") return Case::passed;
  if (word == "FAIL") return Case::failure;
  return word == "STOPPED" || word == "NOT RUN" ? Case::skipped : Case::error;
}

/// XML 1.0 has no place for U+FFFE and U+FFFF, escaped or not; `html_escaped` takes care of the
/// rest.
std::string xml(std::string_view text) {
  auto out = html_escaped(text);
  for (const auto* none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (auto at = out.find(none); at != std::string::npos; at = out.find(none))
      out.replace(at, 3, "?");
  return out;
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

/// What went wrong, as an element of a test case.
std::string reason(const UnitRecord& unit, Case is, const std::string& word) {
  if (is == Case::passed) return "";
  const auto* attempt = deciding_attempt(unit.attempts);
  const auto id = attempt == nullptr || attempt->fault_id.empty() ? word : attempt->fault_id;
  const auto happened = attempt == nullptr ? word : word + ": " + attempt->happened;
  if (is == Case::skipped) return fmt::format("      <skipped message=\"{}\"/>\n", xml(happened));
  const auto* element = is == Case::failure ? "failure" : "error";
  std::string text;
  if (attempt != nullptr)
    text = fmt::format("step {} attempt {}, blame {}\nnext: {}", attempt->step, attempt->attempt,
                       attempt->blame, attempt->next);
  return fmt::format("      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n", element, xml(happened),
                     xml(id), xml(text));
}

}  // namespace

std::string batch_junit(const BatchSummary& summary) {
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  double time = 0;
  std::string cases;
  for (const auto& unit : summary.units) {
    const auto word = verdict_word(unit, summary.info.not_recorded);
    const auto is = case_of(word);
    failures += is == Case::failure ? 1 : 0;
    errors += is == Case::error ? 1 : 0;
    skipped += is == Case::skipped ? 1 : 0;
    time += seconds_of(unit);
    const auto why = reason(unit, is, word);
    cases += fmt::format("    <testcase name=\"{}\" classname=\"{}.{}\" time=\"{:.3f}\"",
                         xml(name_of(unit)), xml(unit.sequence), xml(unit.slot), seconds_of(unit));
    cases += why.empty() ? "/>\n" : ">\n" + why + "    </testcase>\n";
  }
  const auto counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"",
                                  summary.units.size(), failures, errors);
  const auto started = summary.units.empty() ? UtcTime{} : summary.units.front().started;
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites {0} time=\"{1:.3f}\">\n"
      "  <testsuite name=\"{2}\" {0} skipped=\"{3}\" time=\"{1:.3f}\" timestamp=\"{4}\" "
      "hostname=\"{5}\">\n{6}  </testsuite>\n</testsuites>\n",
      counts, time, xml(summary.info.title), skipped, to_iso8601(started).substr(0, 19),
      xml(summary.units.empty() ? "" : summary.units.front().bench), cases);
}

}  // namespace plugrig
