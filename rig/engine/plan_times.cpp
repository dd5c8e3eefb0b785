#include "rig/engine/plan_times.hpp"

#include <stdexcept>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

StepTime with_turns(StepTime time, const PlanFacts& facts) {
  for (StepPhase& phase : time.phases) {
    if (!phase.lease) continue;
    phase.settling += facts.turn_settles;
    phase.takes += facts.turn_settles;
  }
  return time;
}

}  // namespace

StepTime usual_time_of(const SequenceStep& step, const Variables& variables,
                       const PlanFacts& facts) {
  const StepTime usual{{{step.type->usual_time, false, {}, {}}}};
  if (!step.type->usual) return usual;
  // What is wrong with the parameters was told when the sequence was read.
  Problems told_before;
  const FieldValues values =
      read_fields(step.params, step.type->fields, step.name, "", told_before, variables);
  try {
    return with_turns(step.type->usual(values, facts), facts);
  } catch (const std::logic_error&) {
    return usual;  // a value that only a running unit knows
  } catch (const Fault&) {
    return usual;
  }
}

}  // namespace plugrig
