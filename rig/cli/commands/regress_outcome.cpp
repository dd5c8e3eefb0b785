#include "rig/cli/commands/regress_outcome.hpp"

#include <algorithm>
#include <utility>

#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/regress_files.hpp"
#include "rig/cli/commands/trials.hpp"
#include "rig/core/clock.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace fs = std::filesystem;

namespace {

RegressInfo info_of(const RunRecord& run, const std::vector<UnitRecord>& records) {
  RegressInfo info;
  info.title = run.run_id;
  info.software = run.info.software;
  info.sequence = run.info.sequence;
  info.bench = run.info.bench;
  info.started = run.info.started;
  if (records.empty()) return info;
  info.simulated = fact_of(records.front(), "simulated") == "yes";
  info.started = records.front().started;
  auto last = info.started.unix_ms;
  for (const auto& record : records)
    if (record.ended) last = std::max(last, record.ended->unix_ms);
  info.duration_s = static_cast<double>(last - info.started.unix_ms) / 1000;
  return info;
}

}  // namespace

std::string today_utc() {
  constexpr std::size_t date_length = 10;
  return to_iso8601(make_real_clock()->utc()).substr(0, date_length);
}

ComparisonOutcome outcome_of(const RunRecord& run, const RegressPlan& plan, const Judge& judge,
                             const RecordStore& store) {
  const auto records = store.units_of(run.run_id);
  std::vector<regress::Build> builds;
  for (const auto& kept : plan.builds) {
    builds.push_back(kept.build);
    builds.back().version = version_seen(records, static_cast<int>(builds.size()) - 1);
  }
  return {judge.compare(trials_of(records), std::move(builds)), info_of(run, records)};
}

int report_comparison(const RunRecord& run, const std::string& margins,
                      const std::string& quarantine, const RecordStore& store,
                      const fs::path& reports, Console& console) {
  auto plan = plan_as_recorded(run.info.facts);
  if (!margins.empty()) plan.margins = margins;
  if (!quarantine.empty()) plan.quarantine = quarantine;
  Problems problems;
  const Judge judge(plan, today_utc(), problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;
  const auto outcome = outcome_of(run, plan, judge, store);
  write_comparison({.comparison = outcome.comparison,
                    .info = outcome.info,
                    .folder = reports / run.run_id,
                    .trend = {}},
                   console);
  return regress::exit_code(outcome.comparison);
}

}  // namespace plugrig::cli
