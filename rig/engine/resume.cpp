#include "rig/engine/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rig/engine/verdict.hpp"

namespace plugrig {
namespace {

std::vector<Verdict> attempts_of(const UnitRecord& unit, int index) {
  std::vector<Verdict> verdicts;
  for (const AttemptRecord& attempt : unit.attempts) {
    if (attempt.step_index == index) verdicts.push_back(attempt.verdict);
  }
  return verdicts;
}

bool passed(const UnitRecord& unit, const std::vector<SequenceStep>& steps) {
  return std::all_of(steps.begin(), steps.end(), [&](const SequenceStep& step) {
    return step_verdict(attempts_of(unit, step.index)) == Verdict::pass;
  });
}

bool provable(const SequenceStage& stage) {
  return std::all_of(stage.steps.begin(), stage.steps.end(),
                     [](const SequenceStep& step) { return step.type->prove != nullptr; });
}

/// The step that failed with no attempt left, or null: the unit's end was decided.
const SequenceStep* failed_for_good(const Sequence& sequence, const UnitRecord& unit) {
  for (const SequenceStage& stage : sequence.stages) {
    for (const SequenceStep& step : stage.steps) {
      const std::vector<Verdict> verdicts = attempts_of(unit, step.index);
      if (step_verdict(verdicts) != Verdict::fail) continue;
      if (static_cast<int>(verdicts.size()) > step.retries) return &step;
    }
  }
  return nullptr;
}

/// Where the unit was last.
std::string place_of(const UnitRecord& unit) {
  const auto continued = unit.facts.find(kContinuedIn);
  if (continued != unit.facts.end()) return continued->second;
  const auto last = std::find_if(unit.attempts.rbegin(), unit.attempts.rend(),
                                 [](const AttemptRecord& a) { return !a.slot.empty(); });
  return last == unit.attempts.rend() ? unit.slot : last->slot;
}

/// The last part of `RUN-SLOT-NUMBER`; 0 when it is none.
int number_of(const UnitRecord& unit) {
  const auto dash = unit.unit_id.rfind('-');
  int number = 0;
  if (dash == std::string::npos) return number;
  const char* const end = unit.unit_id.data() + unit.unit_id.size();
  std::from_chars(unit.unit_id.data() + dash + 1, end, number);
  return number;
}

bool fact_is(const UnitRecord& unit, std::string_view name, std::string_view value) {
  const auto found = unit.facts.find(name);
  return found != unit.facts.end() && found->second == value;
}

/// Index of the stage at whose begin the unit goes on; the number of stages when all are finished.
std::size_t first_left(const Sequence& sequence, const UnitRecord& unit) {
  const auto& stages = sequence.stages;
  const auto left = std::find_if(stages.begin(), stages.end(), [&](const SequenceStage& stage) {
    return !passed(unit, stage.steps);
  });
  const auto mains = std::find_if(stages.begin(), stages.end(),
                                  [](const SequenceStage& stage) { return stage.mains_on; });
  // What a stage with mains on knew of the plug (that it is the one in the slot) went with the rig.
  const auto begin = left == stages.end() ? left : std::min(left, mains);
  return static_cast<std::size_t>(begin - stages.begin());
}

UnitWork work_of(const Sequence& sequence, const UnitRecord& unit, bool contacts) {
  UnitWork work{.number = number_of(unit), .earlier = unit};
  std::size_t begin = first_left(sequence, unit);
  if (contacts) {
    for (std::size_t i = 0; i < begin; ++i) {
      const SequenceStage& stage = sequence.stages[i];
      if (stage.mains_on) continue;
      if (provable(stage)) {
        work.proven.push_back(stage.name);
      } else {
        begin = i;
      }
    }
  }
  work.stages.emplace();
  for (std::size_t i = begin; i < sequence.stages.size(); ++i) {
    work.stages->push_back(sequence.stages[i].name);
  }
  return work;
}

}  // namespace

LeftRun what_is_left(const Sequence& sequence, const std::string& run_id,
                     const std::vector<UnitRecord>& units, const std::set<std::string>& contacts) {
  LeftRun left;
  left.run_id = run_id;
  for (const UnitRecord& unit : units) {
    left.begun.insert(number_of(unit));
    if (unit.ended) continue;
    const std::string slot = place_of(unit);
    if (const SequenceStep* step = failed_for_good(sequence, unit)) {
      left.lost.push_back(
          {slot, unit,
           Fault("resume.decided", Blame::host,
                 fmt::format("The rig broke off after step {} had failed.", step->name),
                 "Nothing: the unit has failed.")});
    } else if (!unit.facts.contains("mac")) {
      ++left.replaced;
      left.lost.push_back({slot, unit,
                           Fault(std::string(kUnknownUnit), Blame::host,
                                 "The rig broke off before the unit's MAC was read, so nothing "
                                 "shows which unit this record is of.",
                                 "Run the unit in this slot again, as a new one.")});
    } else if (fact_is(unit, kWaitsFor, kWaitsForMains)) {
      left.waiting.push_back({slot, unit});
    } else {
      left.units.push_back({slot, work_of(sequence, unit, contacts.contains(slot))});
    }
  }
  return left;
}

std::vector<std::string> changed_files(const std::map<std::string, std::string, std::less<>>& then,
                                       const std::map<std::string, std::string, std::less<>>& now) {
  std::vector<std::string> changed;
  for (const auto& [name, digest] : then) {
    if (!name.ends_with("_sha256")) continue;
    const auto found = now.find(name);
    const std::string current = found == now.end() ? "nothing" : found->second;
    if (current != digest)
      changed.push_back(fmt::format("{}: {} then, {} now", name, digest, current));
  }
  return changed;
}

}  // namespace plugrig
