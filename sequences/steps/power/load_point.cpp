#include "sequences/steps/power/load_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rig/metrology/adaptive.hpp"
#include "rig/metrology/statistics.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/certificate.hpp"
#include "sequences/steps/power/metering_grid.hpp"

namespace plugrig::steps {
namespace {

using metrology::PointResult;
using metrology::Settling;
using metrology::Timed;
using std::chrono::milliseconds;

/// Below this the plug takes 2.4 s, not 1.6 s, to renew voltage and current (Tasmota notes §12).
constexpr double kSlowCurrent_A = 0.6;
constexpr Duration kSlowRenewal = milliseconds{2500};
/// More than a plug and its relay take for themselves.
constexpr double kMostOwn_W = 5;
/// A resistive load that changes by more than this while it is measured is not fit to measure with.
constexpr double kSteadyLoad = 0.01;

double step_of(const ReadingStep& step, Quantity quantity) {
  switch (quantity) {
    case Quantity::voltage:
      return step.voltage_V;
    case Quantity::current:
      return step.current_A;
    case Quantity::power:
      break;
  }
  return step.power_W;
}

/// Neighbours that switch their loads may make it take so many times as long.
constexpr int kLongestSettling = 3;
/// Fewer cannot be judged for drift.
constexpr int kLeastSamples = 6;

class LoadPoint {
 public:
  LoadPoint(StepContext& context, double nominal_W, const ReferenceModel& model,
            const metrology::Constants& constants, const SamplingRules& rules,
            ReferenceLease& lease)
      : context_(context),
        nominal_W_(nominal_W),
        model_(model),
        constants_(constants),
        by_hand_(context.mains().reference().by_hand()),
        rules_(rules_at(rules, nominal_W, by_hand_)),
        readings_(rules.first),
        sampler_(context, model, sample_interval(nominal_W, context.mains().nominal_V()), nominal_W,
                 lease) {}

  LoadPointResult measure() {
    context_.mains().load(nominal_W_, context_.deadline());
    sampler_.settle(kPlugSettles);
    wait_until_settled();
    if (sampler_.taken() < readings_) sampler_.take(readings_ - sampler_.taken());
    auto results = evaluate();
    while (sampler_.taken() + rules_.batch <= rules_.most && !enough(results)) {
      sampler_.take(rules_.batch);
      results = evaluate();
    }
    // A late answer of the reference costs a few more readings, not the certificate.
    while (!by_hand_ && sampler_.taken() < rules_.most &&
           sampler_.unpaired().share() > kMostUnpaired) {
      sampler_.take(1);
      results = evaluate();
    }
    for (const auto& result : results) look_for_outliers(result);
    return {std::move(results),
            unpaired(),
            sampler_.mean_reference(Quantity::voltage),
            sampler_.mean_reference(Quantity::power),
            sampler_.reference_readings(Quantity::power),
            sampler_.reference_readings(Quantity::current)};
  }

 private:
  [[nodiscard]] Unpaired unpaired() const {
    const auto unpaired = sampler_.unpaired();
    if (unpaired.dropped > 0)
      context_.say(
          fmt::format("{} of {} readings at {} are left out: the reference had none near them.",
                      unpaired.dropped, unpaired.taken, point_name()));
    return unpaired;
  }

  void wait_until_settled() {
    const auto begun = context_.clock().now();
    auto end = begun + rules_.settle_limit;
    sampler_.take(rules_.first);
    check_load();
    // A person's few readings show no drift beside their own scatter; they are late enough.
    if (by_hand_) return;
    for (;;) {
      const auto judged = judge();
      if (judged.settled()) return;
      const auto now = context_.clock().now();
      settling_took_ = now - begun;
      if (now >= end) throw not_settled(judged);
      const bool moved = mains_moved();
      sampler_.take(rules_.batch);
      // Time in which mains move is not the plug's.
      if (moved || mains_moved())
        end = std::min(begun + kLongestSettling * rules_.settle_limit,
                       end + (context_.clock().now() - now));
      sampler_.keep_newest(rules_.first, judged_quantity());
    }
  }

  /// The quantity that shows best whether plug and reference stand still together.
  [[nodiscard]] Quantity judged_quantity() const {
    if (nominal_W_ > 0 && sampler_.measures(Quantity::power)) return Quantity::power;
    return sampler_.measures(Quantity::voltage) ? Quantity::voltage : Quantity::current;
  }

  /// Samples that show whether the plug stands still: those at which mains did.
  [[nodiscard]] std::vector<metrology::PairedSample> still_samples(Quantity quantity) const {
    auto samples = sampler_.pairs(quantity);
    std::erase_if(samples, [&](const metrology::PairedSample& sample) {
      return !sampler_.mains_still_at(sample.t_s, quantity);
    });
    return samples;
  }

  [[nodiscard]] bool mains_moved() const {
    const auto quantity = judged_quantity();
    return still_samples(quantity).size() < sampler_.pairs(quantity).size();
  }

  [[nodiscard]] Settling judge() const {
    const auto quantity = judged_quantity();
    const auto samples = still_samples(quantity);
    if (samples.size() < kLeastSamples) return unsettled();
    std::vector<Timed> window;
    double level = 0;
    for (const auto& sample : samples) {
      if (sample.reference <= 0) return unsettled();
      window.push_back({sample.t_s, sample.plug / sample.reference});
      level += window.back().value / static_cast<double>(samples.size());
    }
    if (level <= 0) return dead();
    metrology::SettlingLimits limits;
    // Mains that drift by a part of the plug's step look like a drift of its error by a whole one.
    const double step = step_of(reading_steps(), quantity) / sampler_.mean_reference(quantity);
    limits.drift = std::max(limits.drift, step);
    limits.largest_scatter = std::max(limits.largest_scatter, 2 * step);
    return metrology::judge_settling(window, level, limits);
  }

  /// What cannot be judged is not settled.
  [[nodiscard]] static Settling unsettled() { return {}; }
  /// A plug that shows nothing at all stands still; what that means is for others to judge.
  [[nodiscard]] static Settling dead() {
    Settling still;
    still.steady = still.halves_agree = still.quiet = true;
    return still;
  }

  [[nodiscard]] ReadingStep reading_steps() const {
    return reading_step(
        ratios_of(context_.plug().metering), constants_, sampler_.mean_reference(Quantity::voltage),
        sampler_.mean_reference(Quantity::current), sampler_.mean_reference(Quantity::power));
  }

  /// How far the load itself moved, as the reference alone sees it: its resistance, or what there
  /// is.
  [[nodiscard]] double load_movement() const {
    const auto ohms = sampler_.load_ohms();
    if (nominal_W_ <= 0 || ohms.size() < 2) return 0;
    const auto [low, high] = std::minmax_element(ohms.begin(), ohms.end());
    const double volts = sampler_.mean_reference(Quantity::voltage);
    if (*high > 2 * volts * volts / nominal_W_) return 1;  // it is gone
    return (*high - *low) / *low;
  }

  [[nodiscard]] Fault not_settled(const Settling& judged) const {
    const auto samples = sampler_.pairs(judged_quantity()).size();
    const auto still = still_samples(judged_quantity()).size();
    if (still < kLeastSamples && still < samples) return mains_unsteady(samples - still, samples);
    const double moved = load_movement();
    const bool load_moves = moved > kSteadyLoad;
    return {"power.not_settled",
            load_moves ? Blame::fixture : Blame::unit,
            fmt::format("{} at {} did not stand still within {:.0f} s: {}.",
                        load_moves ? "The load" : "The plug's error", point_name(),
                        std::chrono::duration<double>(settling_took_).count(),
                        load_moves ? "the reference alone sees it move"
                                   : "the reference is steady, the plug is not"),
            load_moves ? "Look at the load's contacts and let it warm up; then run the unit again."
                       : "Run the unit again; set it aside when this repeats.",
            {{"drift over the window", fmt::format("{:.4f} %", 100 * judged.drift)},
             {"what scatter makes of it", fmt::format("± {:.4f} %", 100 * judged.u_drift)},
             {"second half less first", fmt::format("{:.4f} %", 100 * judged.half_step)},
             {"scatter", fmt::format("{:.4f} %", 100 * judged.scatter)},
             {"load, as the reference sees it", fmt::format("moved {:.3f} %", 100 * moved)}}};
  }

  [[nodiscard]] Fault mains_unsteady(std::size_t moved, std::size_t of) const {
    return {"power.mains_unsteady", Blame::fixture,
            fmt::format("Mains moved beside {} of the last {} readings at {}: whether the plug "
                        "stands still cannot be judged.",
                        moved, of, point_name()),
            "Keep other loads off this bench's line, or let fewer slots measure at once; then run "
            "the unit again."};
  }

  void check_load() const {
    const double watts = sampler_.mean_reference(Quantity::power);
    if (!sampler_.measures(Quantity::power)) return;
    if (nominal_W_ == 0 && watts > kMostOwn_W * (1 + model_.chain().plugs)) {
      throw Fault("power.load_not_off", Blame::fixture,
                  fmt::format("The reference still reads {:.1f} W with the load off.", watts),
                  "Look for a load relay that sticks, or another consumer on this reference.");
    }
    if (nominal_W_ > 0 && watts < nominal_W_ / 2) throw load_missing(watts, "W");
  }

  [[nodiscard]] Fault load_missing(double read, std::string_view unit) const {
    return {"power.load_missing", Blame::fixture,
            fmt::format("The reference reads {:.1f} {} at {}.", read, unit, point_name()),
            "Look at the load's fuses, relays and contacts."};
  }

  [[nodiscard]] std::string point_name() const {
    return nominal_W_ == 0 ? "no load" : fmt::format("{:g} W", nominal_W_);
  }

  [[nodiscard]] std::vector<PointResult> evaluate() const {
    std::vector<PointResult> results;
    for (const auto quantity : kQuantities)
      if (sampler_.measures(quantity)) results.push_back(evaluate(quantity));
    if (results.empty()) {
      throw Fault("meter.incomplete", Blame::instrument,
                  "The reference gives neither voltage nor current nor power.",
                  "Look at the meter's profile and its wiring.");
    }
    return results;
  }

  [[nodiscard]] PointResult evaluate(Quantity quantity) const {
    const auto& names = names_of(quantity);
    metrology::PointInput input;
    input.quantity = names.name;
    input.unit = names.unit;
    input.nominal_W = nominal_W_;
    input.samples = sampler_.pairs(quantity);
    if (input.samples.size() < 2) {
      throw Fault(
          "meter.stale", Blame::instrument,
          fmt::format("The reference has no {} readings beside those of the plug.", names.name),
          "Look at the meter's bus and refresh time; then run the unit again.");
    }
    input.plug_step = step_of(reading_steps(), quantity);
    input.chained_plugs = model_.chain().plugs;
    if (nominal_W_ == 0 && quantity != Quantity::voltage) {
      for (auto& sample : input.samples) sample.reference = model_.at_no_load(quantity);
      input.tare_u = model_.no_load_u(quantity);
      return metrology::evaluate_point(input);
    }
    for (const auto& sample : input.samples)
      if (sample.reference <= 0) throw load_missing(sample.reference, names.unit);
    const double level = sampler_.mean_reference(quantity);
    const auto range = context_.mains().reference().range_at(
        sampler_.mean_reference(Quantity::voltage), sampler_.mean_reference(Quantity::current));
    input.reference_half_width = model_.half_width(quantity, level, range);
    input.reference_step = model_.resolution(quantity);
    input.certificate_U = model_.certificate_U(quantity, level);
    input.timing_s = sampler_.timing_s(quantity);
    input.tare_u = model_.tare_u(quantity);
    input.tare_degrees_of_freedom = model_.tare().degrees_of_freedom;
    input.chain_half_width = model_.drop_half_width(quantity, sampler_.mean_load_A());
    return metrology::evaluate_point(input);
  }

  /// Power decides where it is measured: what scatters in voltage and current is mostly the plug's
  /// slow cycle against a moving mains, and their U says so.
  [[nodiscard]] bool enough(const std::vector<PointResult>& results) const {
    if (nominal_W_ == 0) return true;
    const bool has_power = sampler_.measures(Quantity::power);
    return std::all_of(results.begin(), results.end(), [&](const PointResult& result) {
      return (has_power && quantity_of(result) != Quantity::power) ||
             metrology::enough_samples(result.uncertainty);
    });
  }

  /// Outliers stay in the result; a plug that makes them again and again is not fit to be judged.
  void look_for_outliers(const PointResult& result) const {
    const bool absolute = nominal_W_ == 0;
    const auto errors = absolute ? metrology::differences(result.samples)
                                 : metrology::percent_errors(result.samples);
    const double one_step =
        step_of(reading_steps(), quantity_of(result)) * (absolute ? 1 : 100 / result.reference);
    const auto flags = metrology::outliers(errors, one_step);
    std::size_t count = 0;
    std::size_t own = 0;
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if (!flags[i]) continue;
      ++count;
      if (sampler_.mains_still_at(result.samples[i].t_s, quantity_of(result))) ++own;
    }
    if (count == 0) return;
    const auto text = fmt::format("{} of {} {} readings at {} lie far from the others", count,
                                  flags.size(), result.quantity, point_name());
    context_.say(text + "; they are kept.");
    // What plugs behind it in a chain draw is near a plug's threshold: it shows it or nothing.
    const bool at_threshold = absolute && result.reference > 0 && result.quantity != "voltage";
    if (own < 3 || at_threshold) return;
    throw Fault("power.unstable", Blame::unit, text + ".",
                "Run the unit again; set it aside when this repeats.");
  }

  StepContext& context_;
  double nominal_W_;
  const ReferenceModel& model_;
  metrology::Constants constants_;
  bool by_hand_;
  SamplingRules rules_;
  const int readings_;  ///< that a mean is made of, at least
  PointSampler sampler_;
  Duration settling_took_{};
};

}  // namespace

LoadPointResult measure_load_point(StepContext& context, double nominal_W,
                                   const ReferenceModel& model,
                                   const metrology::Constants& constants,
                                   const SamplingRules& rules, ReferenceLease& lease) {
  return LoadPoint(context, nominal_W, model, constants, rules, lease).measure();
}

Duration sample_interval(double nominal_W, double nominal_V) {
  return nominal_W / nominal_V < kSlowCurrent_A ? kSlowRenewal : kPlugRenews;
}

/// Without load voltage alone tells whether plug and reference stand still, in steps so coarse that
/// a longer look sees movement where there is none. A person is not asked once more than is said.
SamplingRules rules_at(SamplingRules rules, double nominal_W, bool by_hand) {
  if (by_hand) {
    rules.batch = 1;
    return rules;
  }
  rules.first = std::max(rules.first, kLeastSamples);
  if (nominal_W == 0) rules.first = std::min(rules.first, kLeastSamples);
  return rules;
}

namespace {

/// The reference sees what the plug takes for itself.
bool sees_own_consumption(StepContext& context) {
  const auto place = context.facts().find(kReferencePlaceFact);
  if (place != context.facts().end() && place->second == "downstream") return false;
  return !context.mains().reference().by_hand();
}

Tare tare_from(const std::vector<double>& watts, const std::vector<double>& amperes, double volts,
               const MeterInfo& info) {
  Tare tare;
  if (watts.size() >= 2) {
    const auto power = metrology::describe(watts);
    tare.power_W = power.mean;
    tare.u_power_W = std::hypot(power.mean_uncertainty, info.power_resolution_W / 3.46);
    tare.degrees_of_freedom = metrology::degrees_of_freedom(power);
  }
  if (amperes.size() >= 2 && volts > 0) {
    const auto current = metrology::describe(amperes);
    tare.active_A = tare.power_W / volts;
    const double reactive = current.mean * current.mean - tare.active_A * tare.active_A;
    tare.reactive_A = reactive > 0 ? std::sqrt(reactive) : 0;
    tare.u_current_A = std::hypot(current.mean_uncertainty, tare.u_power_W / volts);
  }
  return tare;
}

}  // namespace

Tare tare_of(StepContext& context, const LoadPointResult& no_load) {
  if (!sees_own_consumption(context)) return {};
  const double volts = no_load.reference_V > 0 ? no_load.reference_V : context.mains().nominal_V();
  return tare_from(no_load.reference_readings_W, no_load.reference_readings_A, volts,
                   context.mains().reference().info());
}

Tare measure_tare(StepContext& context, ReferenceLease& lease) {
  if (!sees_own_consumption(context)) return {};
  auto& mains = context.mains();
  auto& meter = mains.reference();
  mains.load(0, context.deadline());
  const auto refresh = std::max<Duration>(meter.info().refresh, milliseconds{200});
  const auto settling = std::max<Duration>(3 * refresh, kTareSettles);
  context.clock().sleep_for(settling, context.deadline());
  lease.settled(settling);
  const auto began = context.clock().now();
  std::vector<double> watts;
  std::vector<double> amperes;
  double volts = mains.nominal_V();
  for (int i = 0; i < kTareReadings; ++i) {
    const auto reading = meter.read(context.deadline());
    if (reading.power_W) watts.push_back(*reading.power_W);
    if (reading.current_A) amperes.push_back(*reading.current_A);
    if (reading.voltage_V) volts = *reading.voltage_V;
    context.clock().sleep_for(refresh + milliseconds{50}, context.deadline());
  }
  lease.sampled(context.clock().now() - began);
  return tare_from(watts, amperes, volts, meter.info());
}

}  // namespace plugrig::steps
