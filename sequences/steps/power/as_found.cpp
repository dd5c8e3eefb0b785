#include "sequences/steps/power/family.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

/// Measures only: nothing is decided, and an overdue reference does not matter here.
void as_found(StepContext& context) {
  auto plan = plan_of(context.params(), "as_found");
  plan.shares_chain = can_share_chain(context);
  const auto measured = measure_series(context, plan);
  record_measurements(context, measured.series);
  attach_series(context, measured.series);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  StepTime time;
  auto plan = plan_of(params, "as_found");
  plan.shares_chain = true;
  add_series(time, plan, facts);
  return time;
}

}  // namespace

StepType as_found_step() {
  return {.name = "power.as_found",
          .help = "errors of voltage, current and power before any adjustment",
          .fields = plan_fields(),
          .default_timeout = std::chrono::minutes{12},
          .usual_time = std::chrono::seconds{150},
          .needs_mains = true,
          .run = as_found,
          .loads = needed_points,
          .usual = usual};
}

}  // namespace plugrig::steps
