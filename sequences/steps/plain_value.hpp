#pragma once

#include <string>
#include <vector>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Name of the instrument of times that the rig takes itself.
inline constexpr const char* kHostClock = "host clock";

/// A measurement that nothing is decided by here: who compares runs decides.
struct PlainValue {
  std::string id;
  std::string condition;
  double value = 0;
  std::string unit;
  std::string instrument = kHostClock;
  std::vector<double> samples = {};
};
void record_value(StepContext& context, PlainValue value);

/// Mean of `samples` as `id` and the largest of them as `id`_worst. Nothing without samples.
void record_mean_and_worst(StepContext& context, const std::string& id,
                           const std::string& condition, const std::string& unit,
                           const std::vector<double>& samples,
                           const std::string& instrument = kHostClock);

double in_seconds(Duration duration);
double in_milliseconds(Duration duration);

}  // namespace plugrig::steps
