#pragma once

#include <optional>
#include <vector>

#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::steps {

/// What the plug showed after the load behind it was changed at once.
struct StepResponse {
  Instant asked{}, done{};            ///< between these the load changed
  std::vector<PlugReading> readings;  ///< in order, from `done` on
};

/// How long its power readings took to stay where they stayed.
struct SettlingTime {
  double seconds = 0;  ///< middle of what is possible
  /// The true time is not further from it than this: the load changed somewhere in its command, and
  /// the plug settled somewhere between the last reading outside and the first that stayed inside.
  double half_width_s = 0;
  double final_W = 0;
};

/// The time after which every power reading is within ± `band` (0.02: 2 %) of the mean of the last
/// third of the watched time. Nothing when a reading of that third is not, when the third has fewer
/// than three readings, or when the plug shows no power.
std::optional<SettlingTime> settling_time(const StepResponse& response, double band);

}  // namespace plugrig::steps
