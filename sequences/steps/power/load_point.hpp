#pragma once

#include <optional>
#include <vector>

#include "rig/metrology/point_evaluation.hpp"
#include "sequences/steps/power/point_sampler.hpp"

namespace plugrig::steps {

/// What was measured at one load point.
struct LoadPointResult {
  std::vector<metrology::PointResult> results;  ///< one a quantity that the reference measures
  Unpaired unpaired;
  double reference_V = 0, reference_W = 0;  ///< raw means
  /// Raw readings of the reference, repeats not counted.
  std::vector<double> reference_readings_W = {}, reference_readings_A = {};
};

/// Time between two readings of the plug at a load point: its renewal of voltage and current.
Duration sample_interval(double nominal_W, double nominal_V);

/// Rules as they hold at a point: fewer readings without load, and never fewer than show a drift;
/// where a person reads, as many as are said.
SamplingRules rules_at(SamplingRules rules, double nominal_W, bool by_hand);

/// Puts the load point behind the plug (relay on), waits until it stands still, samples until the
/// scatter is small enough, evaluates. `nominal_W` 0 = no load: power and current are then held
/// against the 0 that open load relays make. Under `lease`, which is told what settling and
/// sampling take. Faults: `power.not_settled` (unit, or fixture when the reference itself does not
/// stand still), `power.mains_unsteady` (fixture), `power.unstable` (unit), `power.load_not_off`
/// and `power.load_missing` (fixture), `meter.incomplete` (instrument), those of sampler, gate,
/// meter and plug.
LoadPointResult measure_load_point(StepContext& context, double nominal_W,
                                   const ReferenceModel& model,
                                   const metrology::Constants& constants,
                                   const SamplingRules& rules, ReferenceLease& lease);

/// What the plug takes for itself: zero for a reference downstream of the plug (fact
/// `reference_place`, or read by a person, who is asked for readings at the load), else measured
/// with the relay on and the load off. Under `lease`, as above.
Tare measure_tare(StepContext& context, ReferenceLease& lease);
/// The same from what the reference read at the point without load, which needs no measurement of
/// its own.
Tare tare_of(StepContext& context, const LoadPointResult& no_load);

/// What `measure_tare` waits, and how many readings it takes.
inline constexpr Duration kTareSettles = std::chrono::seconds{2};
inline constexpr int kTareReadings = 8;

}  // namespace plugrig::steps
