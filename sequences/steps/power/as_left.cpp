#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/certificate.hpp"
#include "sequences/steps/power/family.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

using metrology::Decision;

/// Fact that says that an engineer overrode a check of this unit.
constexpr const char* kOverrideFact = "engineer_override";
/// Fact that says why this unit gets no certificate; the report repeats it.
constexpr const char* kRefusedFact = "certificate_refused";

std::chrono::minutes local_offset(UtcTime now) {
  const auto seconds = static_cast<std::time_t>(now.unix_ms / 1000);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return {};
  return std::chrono::minutes{local.tm_gmtoff / 60};
}

double minimum_tur(const FieldValues& params) {
  const auto& text = params.text("minimum_tur");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= 1) return value;
  throw Fault("step.parameters", Blame::config,
              fmt::format("'{}' in 'minimum_tur' is no ratio of 1 or more.", text),
              "Write a number such as 4 or 1.5.");
}

std::string fact_of(const StepContext& context, const char* name) {
  const auto found = context.facts().find(name);
  return found == context.facts().end() ? "" : found->second;
}

CertificateState state_of(StepContext& context) {
  CertificateState state;
  state.now = context.clock().utc();
  state.local_offset = local_offset(state.now);
  state.last_recorded = context.last_recorded();
  if (const auto& certificate = context.mains().reference().info().certificate) {
    state.reference_number = certificate->number;
    state.reference_due = certificate->due;
  }
  state.binding_shown = fact_of(context, kBindingFact) == "shown";
  state.overridden = !fact_of(context, kOverrideFact).empty();
  return state;
}

/// Every point has a result of every quantity that has a limit.
bool complete(const SeriesPlan& plan, const metrology::Series& series) {
  const auto has = [&](double nominal_W, Quantity quantity) {
    return std::any_of(series.points.begin(), series.points.end(), [&](const auto& point) {
      return point.nominal_W == nominal_W && point.quantity == names_of(quantity).name;
    });
  };
  return std::all_of(plan.points_W.begin(), plan.points_W.end(), [&](double nominal_W) {
    return has(nominal_W, Quantity::power) &&
           (!plan.limits->voltage || has(nominal_W, Quantity::voltage)) &&
           (!plan.limits->current || has(nominal_W, Quantity::current));
  });
}

/// Of the points under load; what the plug shows without load is held against true zero.
std::optional<double> lowest_tur(const metrology::Series& series) {
  std::optional<double> lowest;
  for (const auto& point : series.points)
    if (point.nominal_W > 0 && point.test_uncertainty_ratio &&
        (!lowest || *point.test_uncertainty_ratio < *lowest))
      lowest = point.test_uncertainty_ratio;
  return lowest;
}

/// Results are recorded first: what was measured stays, whatever is refused.
void as_left(StepContext& context) {
  auto plan = plan_of(context.params(), "as_left");
  plan.limits = limits_of(context.params());
  const double least_tur = minimum_tur(context.params());
  if (const auto warning = due_warning(state_of(context))) context.say(*warning);
  plan.shares_chain = can_share_chain(context);
  // In a share of the chain it is shown there, behind its last time without mains.
  if (!plan.shares_chain) show_binding(context, kBindingLimit, plan.points_W);
  const auto measured = measure_series(context, plan);
  record_measurements(context, measured.series);
  attach_series(context, measured.series);
  auto state = state_of(context);
  state.complete = complete(plan, measured.series);
  state.unpaired_share = measured.unpaired_share;
  state.minimum_tur = least_tur;
  state.lowest_tur = lowest_tur(measured.series);
  const bool certified = context.params().boolean("certificate");
  if (!certified) context.fact(kRefusedFact, "A certificate was not asked for.");
  const auto refusals = certified ? certificate_refusals(state) : result_refusals(state);
  if (!refusals.empty()) throw refusal_fault(refusals);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  StepTime time;
  auto plan = plan_of(params, "as_left");
  plan.shares_chain = true;
  if (!facts.chained) add_binding(time, facts);
  add_series(time, plan, facts);
  return time;
}

std::vector<FieldSpec> fields() {
  auto all = plan_fields();
  for (auto& field : limit_fields(true)) all.push_back(std::move(field));
  all.push_back({.name = "minimum_tur",
                 .type = FieldType::text,
                 .fallback = "1",
                 .help = "smallest limit/U of any point for which a certificate is given"});
  all.push_back({.name = "certificate",
                 .type = FieldType::boolean,
                 .fallback = "true",
                 .help = "false: the readings are held against the limits and no certificate is "
                         "given, so the reference needs none"});
  return all;
}

}  // namespace

StepType as_left_step() {
  return {.name = "power.as_left",
          .help = "errors after adjustment, held against limits; refuses what cannot be certified",
          .fields = fields(),
          .default_timeout = std::chrono::minutes{15},
          .usual_time = std::chrono::seconds{165},
          .needs_mains = true,
          .run = as_left,
          .loads = needed_points,
          .usual = usual};
}

}  // namespace plugrig::steps
