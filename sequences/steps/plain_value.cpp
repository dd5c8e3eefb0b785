#include "sequences/steps/plain_value.hpp"

#include <algorithm>

#include "rig/metrology/statistics.hpp"

namespace plugrig::steps {

void record_value(StepContext& context, PlainValue value) {
  Measurement measurement;
  measurement.id = std::move(value.id);
  measurement.condition = std::move(value.condition);
  measurement.value = value.value;
  measurement.unit = std::move(value.unit);
  measurement.instrument = std::move(value.instrument);
  measurement.samples = std::move(value.samples);
  context.measure(std::move(measurement));
}

void record_mean_and_worst(StepContext& context, const std::string& id,
                           const std::string& condition, const std::string& unit,
                           const std::vector<double>& samples, const std::string& instrument) {
  if (samples.empty()) return;
  record_value(context, {.id = id,
                         .condition = condition,
                         .value = metrology::mean(samples),
                         .unit = unit,
                         .instrument = instrument,
                         .samples = samples});
  record_value(context, {.id = id + "_worst",
                         .condition = condition,
                         .value = *std::max_element(samples.begin(), samples.end()),
                         .unit = unit,
                         .instrument = instrument});
}

double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double in_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace plugrig::steps
