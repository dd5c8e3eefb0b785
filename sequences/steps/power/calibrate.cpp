#include <fmt/format.h>

#include "sequences/steps/power/constants_fit.hpp"
#include "sequences/steps/power/earlier_series.hpp"
#include "sequences/steps/power/family.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

using metrology::Constants;

/// Fewer points show no linearity and no offset (metrology notes §5).
constexpr std::size_t kLeastPoints = 3;
constexpr int kMostAdjustments = 3;

void check_points(const FieldValues& params, const SeriesPlan& plan) {
  if (plan.points_W.size() >= kLeastPoints || params.boolean("single_point")) return;
  throw Fault("power.too_few_points", Blame::config,
              fmt::format("{} load points are too few to calibrate with.", plan.points_W.size()),
              "Name three or more, from low to high, or say 'single_point: true'.");
}

void keep_constants(StepContext& context, const char* fact, const Constants& constants,
                    bool replace) {
  if (replace || !context.facts().contains(fact)) context.fact(fact, constants_text(constants));
}

Fault unstable(const ConstantsFit& fit, double left, const Constants& now) {
  return {"power.unstable",
          Blame::unit,
          fmt::format("After an adjustment the plug still asks for a correction {:.2f} % larger "
                      "than its grid explains.",
                      100 * left),
          "Run the unit again; set it aside when this repeats.",
          {{"constants now", constants_text(now)},
           {"constants asked for", constants_text(fit.wanted)}}};
}

void say_fit(StepContext& context, const ConstantsFit& fit) {
  for (const auto quantity : kQuantities) {
    const auto& gain = fit.gains[static_cast<std::size_t>(quantity)];
    if (!gain) continue;
    context.say(fmt::format(
        "{} gain {:.5f} ± {:.5f} (k = 2), chi-square {:.1f} for {:g} degrees of freedom",
        names_of(quantity).name, gain->slope, 2 * gain->u_slope, gain->chi_square,
        gain->degrees_of_freedom));
  }
}

/// As-found readings that were just taken with these constants need no repetition; every later
/// series is new data.
MeasuredSeries first_series(StepContext& context, const SeriesPlan& plan) {
  if (context.params().boolean("use_as_found")) {
    context.mains().energise(context.deadline());
    const auto now = read_constants(context, context.deadline());
    if (auto earlier = earlier_series(context, "as_found", plan, now)) {
      context.say("The as-found readings are the ones to fit.");
      earlier->name = plan.name;
      return {std::move(*earlier), 0};
    }
  }
  return measure_series(context, plan);
}

/// Measures, fits, writes, and measures again with new data until no more correction is asked for.
/// Nothing when the last constants written were not measured with: the sequence left that to a
/// later step.
std::optional<MeasuredSeries> adjust(StepContext& context, const SeriesPlan& plan) {
  auto measured = first_series(context, plan);
  keep_constants(context, kBeforeFact, measured.series.constants, false);
  double left_before = 0;
  for (int adjustment = 0;; ++adjustment) {
    const auto& now = measured.series.constants;
    const auto fit = fit_constants(measured.series);
    say_fit(context, fit);
    if (const auto fault = implausible(fit, measured.series, context.plug())) throw Fault(*fault);
    const double left = unexplained_correction(fit, now);
    const bool first = adjustment == 0;
    if (fit.wanted == now || (!first && left <= 0)) return measured;
    if (adjustment == kMostAdjustments || (adjustment > 1 && left >= left_before))
      throw unstable(fit, left, now);
    left_before = left;
    write_constants(context, now, fit.wanted, context.deadline());
    keep_constants(context, kAfterFact, fit.wanted, true);
    context.say(
        fmt::format("{} written, were {}", constants_text(fit.wanted), constants_text(now)));
    if (!context.params().boolean("verify")) return std::nullopt;
    measured = measure_series(context, plan);
  }
}

void calibrate(StepContext& context) {
  auto plan = plan_of(context.params(), "calibrated");
  plan.shares_chain = can_share_chain(context);
  check_points(context.params(), plan);
  const auto measured = adjust(context, plan);
  if (!measured) return;
  keep_constants(context, kAfterFact, measured->series.constants, true);
  record_measurements(context, measured->series);
  attach_series(context, measured->series);
}

/// Of a unit whose as-found readings can be used, and which one adjustment is enough for.
StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  constexpr int reads_and_writes = 9;
  auto plan = plan_of(params, "calibrated");
  plan.shares_chain = true;
  StepTime time;
  if (!params.boolean("use_as_found")) add_series(time, plan, facts);
  add_time(time, kPlugAnswers * reads_and_writes + kSettingsSaved);
  if (params.boolean("verify")) add_series(time, plan, facts);
  return time;
}

std::vector<FieldSpec> fields() {
  // More readings than ten would sharpen a fit that the plug's grid keeps blunt.
  auto all = plan_fields("10");
  all.push_back({.name = "single_point",
                 .type = FieldType::boolean,
                 .fallback = "false",
                 .help = "accept fewer than three load points: linearity is then not seen"});
  all.push_back({.name = "use_as_found",
                 .type = FieldType::boolean,
                 .fallback = "true",
                 .help = "start from the readings of power.as_found when they have these points"});
  all.push_back({.name = "verify",
                 .type = FieldType::boolean,
                 .fallback = "true",
                 .help = "measure again with the new constants; false: written once, and left to "
                         "power.as_left to measure"});
  return all;
}

}  // namespace

StepType calibrate_step() {
  return {.name = "power.calibrate",
          .help = "fit the metering constants over the load points, write them, measure again",
          .fields = fields(),
          .default_timeout = std::chrono::minutes{30},
          .usual_time = std::chrono::seconds{150},
          .needs_mains = true,
          .run = calibrate,
          .loads = needed_points,
          .usual = usual};
}

}  // namespace plugrig::steps
