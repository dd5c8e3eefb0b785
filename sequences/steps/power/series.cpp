#include "sequences/steps/power/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "rig/core/unit_table.hpp"
#include "rig/metrology/decision.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/chain_series.hpp"

namespace plugrig::steps {
namespace {

using metrology::Decision;
using metrology::PointResult;

/// The limit in percent of the reference; at no load in the result's unit. In a chain the plugs
/// behind it draw a watt each at no load, of which a plug may show all, or nothing: a pulse-type
/// meter has hardly begun to count there.
std::optional<double> limit_of(const PointResult& result, const SeriesLimits& limits) {
  const auto quantity = quantity_of(result);
  if (result.nominal_W == 0 && quantity == Quantity::power)
    return limits.no_load_W + result.reference;
  if (result.nominal_W == 0 && quantity == Quantity::current)
    return limits.no_load_A + result.reference;
  const auto& fraction = quantity == Quantity::power     ? limits.power
                         : quantity == Quantity::voltage ? limits.voltage
                                                         : limits.current;
  if (!fraction) return std::nullopt;
  return result.nominal_W == 0 ? *fraction * result.reference : 100 * *fraction;
}

void decide(PointResult& result, const SeriesLimits& limits) {
  const auto limit = limit_of(result, limits);
  if (!limit) return;
  const bool nothing = result.nominal_W == 0 && quantity_of(result) != Quantity::voltage;
  metrology::decide_point(result, *limit, nothing ? metrology::DecisionRule::simple : limits.rule);
}

std::string condition_of(const PointResult& result, double nominal_V) {
  const auto load =
      result.nominal_W == 0 ? "no load" : print_quantity(result.nominal_W, power_dimension);
  return fmt::format("{}, {}", print_quantity(nominal_V, voltage_dimension), load);
}

std::string instrument_of(const MeterInfo& info) {
  return info.serial.empty() ? info.model : fmt::format("{} {}", info.model, info.serial);
}

/// Errors of the single readings, in the unit of the judged error.
std::vector<double> errors_of(const PointResult& result) {
  std::vector<double> errors;
  for (const auto& sample : result.samples) {
    const bool absolute = result.nominal_W == 0 || sample.reference == 0;
    errors.push_back(absolute ? sample.plug - sample.reference
                              : 100 * (sample.plug / sample.reference - 1));
  }
  return errors;
}

Measurement measurement_of(StepContext& context, const std::string& series,
                           const PointResult& result) {
  Measurement measurement;
  measurement.id = fmt::format("power.{}.{}", series, names_of(quantity_of(result)).letter);
  measurement.condition = condition_of(result, context.mains().nominal_V());
  measurement.value = metrology::judged_error(result);
  measurement.expanded_uncertainty = result.uncertainty.expanded;
  measurement.unit = result.nominal_W == 0 ? result.unit : "%";
  if (result.limit_percent) {
    const double accepted = std::max(0.0, *result.limit_percent - result.guard_band_percent);
    measurement.low = -accepted;
    measurement.high = accepted;
    measurement.verdict = result.decision == Decision::pass ? Verdict::pass : Verdict::fail;
  }
  measurement.instrument = instrument_of(context.mains().reference().info());
  measurement.samples = errors_of(result);
  return measurement;
}

void say_point(StepContext& context, const std::string& series,
               const std::vector<PointResult>& results) {
  std::string text;
  for (const auto& result : results)
    text += fmt::format("{}{} {:+.2f} {} ± {:.2f}", text.empty() ? "" : ", ",
                        names_of(quantity_of(result)).letter, metrology::judged_error(result),
                        result.nominal_W == 0 ? result.unit : "%", result.uncertainty.expanded);
  context.say(fmt::format("{}, {}: {}", series,
                          condition_of(results.front(), context.mains().nominal_V()), text));
}

std::optional<metrology::Constants> constants_fact(StepContext& context, const char* name) {
  const auto found = context.facts().find(name);
  return found == context.facts().end() ? std::nullopt : parse_constants(found->second);
}

}  // namespace

std::string constants_text(const metrology::Constants& constants) {
  return fmt::format("VoltageCal {}, CurrentCal {}, PowerCal {}", constants.voltage,
                     constants.current, constants.power);
}

std::optional<metrology::Constants> parse_constants(const std::string& text) {
  metrology::Constants constants;
  const int found = std::sscanf(text.c_str(), "VoltageCal %d, CurrentCal %d, PowerCal %d",
                                &constants.voltage, &constants.current, &constants.power);
  if (found != 3 || constants_text(constants) != text) return std::nullopt;
  return constants;
}

namespace {

/// What is known before the first point.
void begin_series(StepContext& context, const SeriesPlan& plan, metrology::Series& series) {
  set_display_resolution(context, context.deadline());
  series.name = plan.name;
  series.started = to_iso8601(context.clock().utc());
  series.constants = read_constants(context, context.deadline());
}

using MeasurePoint = std::function<LoadPointResult(double nominal_W)>;

void measure_points(StepContext& context, const SeriesPlan& plan, const MeasurePoint& measure,
                    const std::optional<ReferenceModel>& model, MeasuredSeries& measured) {
  auto points = plan.points_W;
  if (plan.no_load) points.insert(points.begin(), 0.0);
  for (std::size_t i = 0; i < points.size(); ++i) {
    context.counted("measuring", "points", static_cast<std::uint32_t>(i),
                    static_cast<std::uint32_t>(points.size()));
    auto point = measure(points[i]);
    measured.series.tare_W = model->tare().power_W;
    measured.unpaired_share = std::max(measured.unpaired_share, point.unpaired.share());
    for (auto& result : point.results)
      if (plan.limits) decide(result, *plan.limits);
    say_point(context, plan.name, point.results);
    for (auto& result : point.results) measured.series.points.push_back(std::move(result));
  }
}

MeasuredSeries measure_in_chain(StepContext& context, const SeriesPlan& plan) {
  auto share = enter_chain(context, plan);
  MeasuredSeries measured;
  begin_series(context, plan, measured.series);
  std::optional<ReferenceModel> model;
  const auto measure = [&](double nominal_W) {
    return measure_chained_point(context, nominal_W, model, measured.series.constants, plan.rules,
                                 *share);
  };
  measure_points(context, plan, measure, model, measured);
  leave_chain(context, std::move(share));
  return measured;
}

}  // namespace

bool can_share_chain(StepContext& context) {
  const auto place = context.facts().find(kReferencePlaceFact);
  const bool in_front = place != context.facts().end() && place->second == "upstream";
  return in_front && context.mains().shares_chain();
}

MeasuredSeries measure_series(StepContext& context, const SeriesPlan& plan) {
  if (plan.shares_chain) return measure_in_chain(context, plan);
  auto& mains = context.mains();
  mains.energise(context.deadline());
  switch_relay(context, true, context.deadline());
  MeasuredSeries measured;
  begin_series(context, plan, measured.series);
  // All that needs neither reference nor load is done: other slots wait for them from here on.
  const auto lease = take_reference(context, "power." + plan.name);
  std::optional<ReferenceModel> model;
  const auto& info = mains.reference().info();
  // The point without load shows the plug's own consumption as well.
  model.emplace(info, plan.no_load ? Tare{} : measure_tare(context, *lease));
  const auto measure = [&](double nominal_W) {
    auto point = measure_load_point(context, nominal_W, *model, measured.series.constants,
                                    plan.rules, *lease);
    if (nominal_W == 0) model.emplace(info, tare_of(context, point));
    return point;
  };
  measure_points(context, plan, measure, model, measured);
  put_load_off(context, context.deadline());
  return measured;
}

void record_measurements(StepContext& context, const metrology::Series& series) {
  for (const auto& result : series.points)
    context.measure(measurement_of(context, series.name, result));
}

void attach_series(StepContext& context, const metrology::Series& series) {
  metrology::CalibrationRecord record;
  record.reference = reference_of(context.mains().reference().info());
  record.series = series;
  record.before = constants_fact(context, kBeforeFact);
  record.after = constants_fact(context, kAfterFact);
  const auto text = metrology::to_json(record);
  context.attach(metrology::calibration_file(series.name), "application/json",
                 {text.begin(), text.end()}, false);
}

}  // namespace plugrig::steps
