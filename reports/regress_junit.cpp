#include <fmt/format.h>

#include "reports/clean_text.hpp"
#include "reports/regress_report.hpp"
#include "reports/regress_rows.hpp"

namespace plugrig {
namespace {

using regress::Change;

/// XML 1.0 has no place for U+FFFE and U+FFFF, escaped or not; `html_escaped` takes care of the
/// rest.
std::string xml(std::string_view text) {
  auto out = html_escaped(text);
  for (const auto* none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (auto at = out.find(none); at != std::string::npos; at = out.find(none))
      out.replace(at, 3, "?");
  return out;
}

enum class Case : std::uint8_t { passed, failure, error, skipped };

/// One test case before it is written.
struct TestCase {
  std::string name;
  std::string group;  ///< "checks", "quantities", "bench"
  Case is = Case::passed;
  std::string message;
  std::string type;
  std::string text;
};

Case case_of(Change change, bool quarantined) {
  if (quarantined) return Case::skipped;
  if (change == Change::worse) return Case::failure;
  return change == Change::inconclusive || change == Change::not_decided ? Case::skipped
                                                                         : Case::passed;
}

std::string quarantine_text(const regress::Quarantine& entry) {
  return fmt::format("quarantined by {} until {}: {}", entry.owner, entry.expires, entry.reason);
}

TestCase case_of(const regress::CheckDecision& check) {
  TestCase out{check.step, "checks", case_of(check.change, check.quarantine.has_value()),
               "",         "",       ""};
  out.message = check.quarantine ? quarantine_text(*check.quarantine)
                                 : fmt::format("{}: {}", to_string(check.change), check.reason);
  out.type = check.fault_id.empty() ? "check" : check.fault_id;
  out.text = fmt::format(
      "baseline {}, candidate {}\n{}", passes_text(check.baseline_passed, check.baseline_failed),
      passes_text(check.candidate_passed, check.candidate_failed), check.happened);
  return out;
}

TestCase case_of(const RegressRow& row) {
  const auto& quantity = *row.quantity;
  const auto change = quantity.difference.change;
  TestCase out{row.name, "quantities", case_of(change, quantity.quarantine.has_value()),
               "",       "",           ""};
  if (out.is == Case::skipped && !quantity.quarantine &&
      quantity.bench == regress::BenchState::too_fast)
    out.is = Case::error;
  out.message = fmt::format("{}: {}, margin {}", to_string(change), row.difference, row.margin);
  if (change == Change::not_decided) out.message = "no margin, so it is not decided";
  if (quantity.quarantine) out.message = quarantine_text(*quantity.quarantine);
  if (out.is == Case::error) out.message = quantity.difference.reason;
  out.type = out.is == Case::error ? "bench" : "difference";
  out.text = fmt::format("baseline {}, candidate {}, interval {}, {} pairs\n{}", row.baseline,
                         row.candidate, row.interval, quantity.difference.pairs, row.reason);
  return out;
}

std::vector<TestCase> cases_of(const regress::CandidateResult& candidate,
                               const regress::TrialCounts& counts) {
  std::vector<TestCase> cases;
  for (const auto& check : candidate.checks) cases.push_back(case_of(check));
  for (const auto& row : rows_of(candidate)) cases.push_back(case_of(row));
  if (candidate.category == regress::Category::bench)
    cases.push_back({"bench", "bench", Case::error, verdict_text(candidate), "bench",
                     fmt::format("{} of {} trials ended by the rig, {} by a stop", counts.rig_fault,
                                 counts.all(), counts.aborted)});
  return cases;
}

std::string text_of(const TestCase& test, const std::string& build) {
  auto out = fmt::format("    <testcase name=\"{}\" classname=\"{}.{}\"", xml(test.name),
                         xml(build), test.group);
  if (test.is == Case::passed) return out + "/>\n";
  out += ">\n";
  if (test.is == Case::skipped) {
    out += fmt::format("      <skipped message=\"{}\"/>\n", xml(test.message));
  } else {
    out += fmt::format("      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n",
                       test.is == Case::failure ? "failure" : "error", xml(test.message),
                       xml(test.type), xml(test.text));
  }
  return out + "    </testcase>\n";
}

struct Counts {
  std::size_t tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  void add(const TestCase& test) {
    ++tests;
    failures += test.is == Case::failure ? 1 : 0;
    errors += test.is == Case::error ? 1 : 0;
    skipped += test.is == Case::skipped ? 1 : 0;
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
  }
};

std::string property(const std::string& name, const std::string& value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, xml(value));
}

std::string properties_of(const regress::Comparison& comparison, std::size_t build) {
  const auto& counts = comparison.counts.at(build);
  return "    <properties>\n" + property("build", build_text(comparison.builds.at(build))) +
         property("sha256", comparison.builds.at(build).digest) +
         property("baseline", build_text(comparison.builds.front())) +
         property("trials", std::to_string(counts.all())) +
         property("rig_faults", std::to_string(counts.rig_fault)) +
         property("aborted", std::to_string(counts.aborted)) + "    </properties>\n";
}

}  // namespace

std::string regress_junit(const regress::Comparison& comparison, const RegressInfo& info) {
  Counts all;
  std::string suites;
  for (const auto& candidate : comparison.candidates) {
    const auto at = static_cast<std::size_t>(candidate.build);
    const auto& name = comparison.builds.at(at).name;
    Counts counts;
    std::string cases;
    for (const auto& test : cases_of(candidate, comparison.counts.at(at))) {
      counts.add(test);
      all.add(test);
      cases += text_of(test, name);
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" {} skipped=\"{}\" time=\"{:.3f}\" timestamp=\"{}\" "
        "hostname=\"{}\">\n{}{}  </testsuite>\n",
        xml(name), counts.text(), counts.skipped, info.duration_s,
        to_iso8601(info.started).substr(0, 19), xml(info.bench), properties_of(comparison, at),
        cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" {} time=\"{:.3f}\">\n{}</testsuites>\n",
      xml(info.title), all.text(), info.duration_s, suites);
}

}  // namespace plugrig
