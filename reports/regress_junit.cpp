#include <fmt/format.h>

#include "reports/clean_text.hpp"
#include "reports/junit_case.hpp"
#include "reports/regress_report.hpp"
#include "reports/regress_rows.hpp"

namespace plugrig {
namespace {

using junit::Case;
using regress::Change;

/// One test case before it is written.
struct TestCase {
  std::string name;
  std::string group;  ///< "checks", "quantities", "bench"
  junit::Outcome outcome;
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
  junit::Outcome out{.is = case_of(check.change, check.quarantine.has_value())};
  out.message = check.quarantine ? quarantine_text(*check.quarantine)
                                 : fmt::format("{}: {}", to_string(check.change), check.reason);
  out.type = check.fault_id.empty() ? "check" : check.fault_id;
  out.text = fmt::format(
      "baseline {}, candidate {}\n{}", passes_text(check.baseline_passed, check.baseline_failed),
      passes_text(check.candidate_passed, check.candidate_failed), check.happened);
  return {check.step, "checks", out};
}

TestCase case_of(const RegressRow& row) {
  const auto& quantity = *row.quantity;
  const auto change = quantity.difference.change;
  junit::Outcome out{.is = case_of(change, quantity.quarantine.has_value())};
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
  return {row.name, "quantities", out};
}

std::vector<TestCase> cases_of(const regress::CandidateResult& candidate,
                               const regress::TrialCounts& counts) {
  std::vector<TestCase> cases;
  for (const auto& check : candidate.checks) cases.push_back(case_of(check));
  for (const auto& row : rows_of(candidate)) cases.push_back(case_of(row));
  if (candidate.category == regress::Category::bench)
    cases.push_back({"bench", "bench",
                     junit::Outcome{Case::error, verdict_text(candidate), "bench",
                                    fmt::format("{} of {} trials ended by the rig, {} by a stop",
                                                counts.rig_fault, counts.all(), counts.aborted)}});
  return cases;
}

std::string text_of(const TestCase& test, const std::string& build) {
  auto out = fmt::format("    <testcase name=\"{}\" classname=\"{}.{}\"", xml_escaped(test.name),
                         xml_escaped(build), test.group);
  const auto why = junit::element_of(test.outcome);
  return out + (why.empty() ? "/>\n" : ">\n" + why + "    </testcase>\n");
}

std::string property(const std::string& name, const std::string& value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, xml_escaped(value));
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
  junit::Counts all;
  std::string suites;
  for (const auto& candidate : comparison.candidates) {
    const auto at = static_cast<std::size_t>(candidate.build);
    const auto& name = comparison.builds.at(at).name;
    junit::Counts counts;
    std::string cases;
    for (const auto& test : cases_of(candidate, comparison.counts.at(at))) {
      counts.add(test.outcome.is);
      all.add(test.outcome.is);
      cases += text_of(test, name);
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" {} skipped=\"{}\" time=\"{:.3f}\" timestamp=\"{}\" "
        "hostname=\"{}\">\n{}{}  </testsuite>\n",
        xml_escaped(name), counts.text(), counts.skipped, info.duration_s,
        to_iso8601(info.started).substr(0, 19), xml_escaped(info.bench),
        properties_of(comparison, at), cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" {} time=\"{:.3f}\">\n{}</testsuites>\n",
      xml_escaped(info.title), all.text(), info.duration_s, suites);
}

}  // namespace plugrig
