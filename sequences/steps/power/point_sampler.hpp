#pragma once

#include <array>
#include <vector>

#include "rig/metrology/paired.hpp"
#include "rig/metrology/settling.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/reference_model.hpp"

namespace plugrig::steps {

/// How many samples a load point gets, and how long it may take to stand still.
struct SamplingRules {
  int first = 10;  ///< samples before anything is judged
  int batch = 5;   ///< samples after which it is judged again
  int most = 30;
  Duration settle_limit = std::chrono::seconds{60};
};

/// Plug readings of a load point that have no reference reading near them. They are in no result.
struct Unpaired {
  int dropped = 0;
  int taken = 0;  ///< all plug readings of the point

  [[nodiscard]] double share() const { return taken > 0 ? 1.0 * dropped / taken : 0; }
};

/// Takes paired readings at one load point: the plug's, with the reference before and after and in
/// between, brought to the plug's window by interpolation. Repeats of one refresh are dropped on
/// both sides. Where a person reads the reference it is the other way round: the plug is read
/// before and after each of the person's readings. Blocking; lives for one load point, on the
/// slot's thread.
class PointSampler {
 public:
  /// `model` must outlive the sampler. `interval`: between samples. `nominal_W`: of the load point;
  /// what a person reads far away from it is asked for again.
  /// `lease` is told what settling and sampling take; outlives the sampler.
  PointSampler(StepContext& context, const ReferenceModel& model, Duration interval,
               double nominal_W, ReferenceLease& lease);

  /// Waits for `duration`, following the reference in its last two seconds.
  void settle(Duration duration);
  /// Takes `count` more samples. Fault `meter.stale` (instrument) when the reference stops giving
  /// new readings, `power.stale_plug` (unit) when the plug does, `meter.does_not_fit` (operator)
  /// when what a person types stays far from the load point.
  void take(int count);

  /// Plug readings so far, repeats not counted.
  [[nodiscard]] int taken() const { return static_cast<int>(plug_.size()); }
  /// Samples of one quantity; fewer than `taken` when the reference had nothing near a reading.
  [[nodiscard]] std::vector<metrology::PairedSample> pairs(Quantity quantity) const;
  /// Of the quantity that lacks most.
  [[nodiscard]] Unpaired unpaired() const;
  /// The meter measures this quantity.
  [[nodiscard]] bool measures(Quantity quantity) const;
  /// Mean of the raw reference readings of a quantity; 0 without any.
  [[nodiscard]] double mean_reference(Quantity quantity) const;
  /// Current of the load, as the reference sees it, in the mean; 0 without any.
  [[nodiscard]] double mean_load_A() const;
  /// Raw reference readings of a quantity, repeats not counted.
  [[nodiscard]] std::vector<double> reference_readings(Quantity quantity) const;
  /// Mains stood still, as the reference sees it, in all that plug and reference may have averaged
  /// for the sample at `t_s`. When another slot's load comes or goes they see different mains, and
  /// what the plug shows is then off by that.
  [[nodiscard]] bool mains_still_at(double t_s, Quantity quantity) const;
  /// Forgets samples but the newest `count` of `quantity` at which mains stood still, and those
  /// between them.
  void keep_newest(int count, Quantity quantity);
  /// Resistance of what is behind the reference, in Ω, at each of its readings since the first
  /// sample; empty when it does not measure voltage and power. Above 1e9: nothing flows.
  [[nodiscard]] std::vector<double> load_ohms() const;
  /// Half-width by which reference and plug windows may lie apart.
  [[nodiscard]] double timing_s(Quantity quantity) const;

 private:
  void take_paired(int count);
  void take_by_hand(int count);
  /// A person's reading that can be true of this load point.
  PowerReading ask_person();
  [[nodiscard]] bool fits_load(const PowerReading& reading) const;
  void read_reference();
  void follow_reference(Duration duration);
  /// False for a repeat of the reading before.
  bool read_plug_once();

  StepContext& context_;
  PowerMeter& meter_;
  const ReferenceModel& model_;
  Duration interval_;
  double nominal_W_;
  ReferenceLease& lease_;
  Instant last_window_{};
  Instant last_new_{};
  double reference_half_width_s_ = 0;
  std::array<std::vector<metrology::Timed>, 3> reference_;
  std::vector<PlugReading> plug_;
};

/// Values of one quantity in a plug reading.
double value_of(const PlugReading& reading, Quantity quantity);

}  // namespace plugrig::steps
