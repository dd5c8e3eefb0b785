#include "rig/cli/commands/trials.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

namespace plugrig::cli {
namespace {

using regress::Check;
using regress::Outcome;
using regress::Reading;
using regress::Trial;

std::optional<int> number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Outcome outcome_of(const UnitRecord& record) {
  if (!record.ended) return Outcome::aborted;
  switch (record.verdict) {
    case Verdict::pass:
    case Verdict::inconclusive:
      return Outcome::passed;
    case Verdict::fail:
      return Outcome::unit_failed;
    case Verdict::aborted:
      return Outcome::aborted;
    case Verdict::not_run:
    case Verdict::error:
      break;
  }
  return Outcome::rig_fault;
}

/// The last attempt of each step of the sequence, in its order.
std::vector<const AttemptRecord*> last_attempts(const UnitRecord& record) {
  std::map<int, const AttemptRecord*> last;
  for (const auto& attempt : record.attempts)
    if (attempt.step_index >= 0) last[attempt.step_index] = &attempt;
  std::vector<const AttemptRecord*> found;
  for (const auto& [index, attempt] : last) found.push_back(attempt);
  return found;
}

/// The same step may stand in a stage more than once.
std::string name_of(const AttemptRecord& attempt, std::map<std::string, int>& seen) {
  auto name = fmt::format("{}: {}", attempt.stage, attempt.step);
  const int times = ++seen[name];
  return times == 1 ? name : fmt::format("{} ({})", name, times);
}

void read_attempts(const UnitRecord& record, Trial& trial) {
  std::map<std::string, int> seen;
  for (const auto* attempt : last_attempts(record)) {
    trial.checks.push_back({name_of(*attempt, seen), attempt->verdict == Verdict::pass,
                            attempt->fault_id, attempt->happened});
    for (const auto& each : attempt->measurements)
      trial.readings.push_back(
          {each.id, each.condition, each.value, each.unit, each.expanded_uncertainty});
  }
}

}  // namespace

std::vector<Trial> trials_of(const std::vector<UnitRecord>& records) {
  std::vector<Trial> trials;
  for (const auto& record : records) {
    const auto build = number(fact_of(record, kBuildFact));
    const auto block = number(fact_of(record, kBlockFact));
    if (!build || !block) continue;
    Trial trial;
    trial.build = *build;
    trial.repeat = *block;
    trial.slot = record.slot;
    trial.unit = fact_of(record, "mac").empty() ? record.slot : fact_of(record, "mac");
    trial.control = !fact_of(record, kControlFact).empty();
    trial.begun_s =
        static_cast<double>(record.started.unix_ms - records.front().started.unix_ms) / 1000;
    trial.outcome = outcome_of(record);
    trial.unit_id = record.unit_id;
    read_attempts(record, trial);
    trials.push_back(std::move(trial));
  }
  return trials;
}

std::string version_seen(const std::vector<UnitRecord>& records, int build) {
  for (const auto& record : records) {
    if (number(fact_of(record, kBuildFact)) != build) continue;
    for (const char* fact : {kBuildVersionFact, "firmware_version"})
      if (auto version = fact_of(record, fact); !version.empty()) return version;
  }
  return {};
}

}  // namespace plugrig::cli
