#include "rig/cli/commands/run_plan.hpp"

#include <ostream>

#include "rig/cli/commands/plan_bench.hpp"

namespace plugrig::cli {

RunPlan::RunPlan(const Prepared& prepared, int units, Duration handling, EventSink& screen)
    : actual_(shared_by(plan_slots(prepared.bench))), screen_(screen) {
  PlanOptions options;
  options.units = units;
  options.handling = handling;
  options.facts = plan_facts(prepared.bench, prepared.sequence.plug);
  planned_ = make_plan(prepared.sequence, plan_slots(prepared.bench), options).expected;
}

void RunPlan::on(const Event& event) noexcept {
  actual_.on(event);
  screen_.on(event);
}

PlanDeviation RunPlan::deviation() const { return {planned_, actual_.result()}; }

void RunPlan::print(bool json, std::ostream& out) const {
  if (json)
    out << to_json(deviation()) << "\n";
  else
    out << "\n" << render(deviation());
}

}  // namespace plugrig::cli
