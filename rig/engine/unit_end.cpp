#include "rig/engine/unit_end.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "rig/engine/verdict.hpp"

namespace plugrig {
namespace {

/// What its attempts make of the unit, wherever and in how many goes they were made.
Verdict verdict_over(const Sequence& sequence, const std::vector<AttemptRecord>& attempts) {
  std::map<int, std::vector<Verdict>> seen;
  for (const RequiredStep& step : required_steps(sequence)) seen[step.step_index];
  std::map<int, std::vector<Verdict>> beside;
  std::vector<Verdict> others;
  for (const AttemptRecord& attempt : attempts) {
    // A slot that was not shown to be dead stays so in the record, however often it was later.
    if (attempt.step_index == kMainsOffIndex) others.push_back(attempt.verdict);
    (attempt.step_index < 0 ? beside : seen)[attempt.step_index].push_back(attempt.verdict);
  }
  for (const auto& [index, verdicts] : beside) others.push_back(step_verdict(verdicts));
  std::vector<Verdict> required;
  required.reserve(seen.size());
  for (const auto& [index, verdicts] : seen) required.push_back(step_verdict(verdicts));
  return unit_verdict(required, others);
}

AttemptRecord given_up(const Clock& clock, const Fault& reason, int attempt) {
  AttemptRecord record;
  record.step = "unit.move";
  record.step_index = kMoveIndex;
  record.attempt = attempt;
  record.verdict = Verdict::aborted;
  record.started = record.ended = clock.utc();
  record.fault_id = reason.id();
  record.blame = to_string(reason.blame());
  record.happened = reason.happened();
  record.next = reason.next();
  return record;
}

}  // namespace

std::vector<RequiredStep> required_steps(const Sequence& sequence) {
  std::vector<RequiredStep> required;
  const auto add = [&](const std::vector<SequenceStep>& steps) {
    for (const SequenceStep& step : steps) required.push_back({step.index, step.stage, step.name});
  };
  for (const SequenceStage& stage : sequence.stages) add(stage.steps);
  add(sequence.clean_up);
  return required;
}

UnitResult finish_unit(Journal& journal, const Sequence& sequence) {
  const auto& attempts = journal.record().attempts;
  const Verdict verdict = verdict_over(sequence, attempts);
  const bool first_pass = verdict == Verdict::pass &&
                          std::all_of(attempts.begin(), attempts.end(), [](const AttemptRecord& a) {
                            return a.verdict == Verdict::pass;
                          });
  const event::UnitEnded told = journal.finish(verdict, first_pass);
  return {journal.record(), told.recorded, told.fault_id, told.blame};
}

UnitResult give_up_unit(const RunParts& parts, const std::string& slot, const UnitRecord& earlier,
                        const Fault& reason) {
  Journal journal(parts.clock, parts.sink, parts.recorder, Redactor(parts.sequence.secrets));
  journal.go_on(earlier, slot);
  const auto before =
      std::count_if(earlier.attempts.begin(), earlier.attempts.end(),
                    [](const AttemptRecord& a) { return a.step_index == kMoveIndex; });
  journal.step_started("unit.move", 1, 1);
  journal.end_attempt(given_up(parts.clock, reason, 1 + static_cast<int>(before)), false);
  return finish_unit(journal, parts.sequence);
}

}  // namespace plugrig
