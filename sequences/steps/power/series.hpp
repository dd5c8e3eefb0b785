#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/metrology/point_result.hpp"
#include "sequences/steps/power/load_point.hpp"

namespace plugrig::steps {

/// Limits that results are held against; half-widths, as fractions of the reference. At no load the
/// plug must show nothing: absolute limits, by the simple rule.
struct SeriesLimits {
  std::optional<double> power, voltage, current;
  metrology::DecisionRule rule = metrology::DecisionRule::simple;
  double no_load_W = 0.5;
  /// Below about 12 mA a pulse-type plug reads anything up to that (Tasmota notes §12).
  double no_load_A = 0.02;
};

/// What a series of load points is to be.
struct SeriesPlan {
  std::string name;  ///< "as_found": attachment and measurement ids come from it
  std::vector<double> points_W;
  bool no_load = true;
  SamplingRules rules;
  std::optional<SeriesLimits> limits;  ///< none = nothing is decided
  /// In a chain: measured together with other slots that want to measure.
  bool shares_chain = false;
};

struct MeasuredSeries {
  metrology::Series series;
  double unpaired_share = 0;  ///< the largest of any point
};

/// The series can be measured in a share of the slot's chain, by what is known of bench and plug.
bool can_share_chain(StepContext& context);

/// Switches mains and the plug's relay on, sets the display and reads the constants; then takes its
/// turn at reference and load, measures tare, no load and every point in the order given, and puts
/// the load off. Decides where limits are given. In a share of a chain the plug is bound anew
/// first, and the slot is live alone again afterwards.
MeasuredSeries measure_series(StepContext& context, const SeriesPlan& plan);

/// Puts every result into the record as a measurement (`power.as_left.P`, condition `230 V, 1 kW`).
/// `low` and `high` are the acceptance limits of the rule; the decision sets the verdict.
void record_measurements(StepContext& context, const metrology::Series& series);

/// Attaches the series with reference and constants before and after, as `calibration-NAME.json`.
void attach_series(StepContext& context, const metrology::Series& series);

/// Facts that keep the constants from before and after the adjustment.
inline constexpr const char* kBeforeFact = "constants.before";
inline constexpr const char* kAfterFact = "constants.after";

/// "VoltageCal 1950, CurrentCal 3500, PowerCal 12530", and back; nothing for another text.
std::string constants_text(const metrology::Constants& constants);
std::optional<metrology::Constants> parse_constants(const std::string& text);

}  // namespace plugrig::steps
