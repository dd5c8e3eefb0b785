#include "sequences/steps/power/step_response.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "rig/metrology/statistics.hpp"

namespace plugrig::steps {
namespace {

constexpr std::size_t kLeastReadings = 3;

double seconds_between(Instant from, Instant to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

std::optional<SettlingTime> settling_time(const StepResponse& response, double band) {
  const auto& readings = response.readings;
  if (readings.empty()) return std::nullopt;
  const Instant third = readings.back().at - (readings.back().at - response.done) / 3;
  const auto last = std::ranges::find_if(
      readings, [&](const PlugReading& reading) { return reading.at >= third; });
  std::vector<double> final_W;
  for (auto at = last; at != readings.end(); ++at) final_W.push_back(at->power_W);
  if (final_W.size() < kLeastReadings) return std::nullopt;
  const double mean_W = metrology::mean(final_W);
  const auto outside = [&](const PlugReading& reading) {
    return std::abs(reading.power_W - mean_W) > band * mean_W;
  };
  if (mean_W <= 0 || std::any_of(last, readings.end(), outside)) return std::nullopt;
  const auto inside =
      std::find_if(readings.rbegin(), readings.rend(), outside).base();  // the first that stays
  const double latest_s = seconds_between(response.asked, inside->at + inside->half_width);
  double earliest_s = 0;
  if (inside != readings.begin()) {
    const auto& before = *std::prev(inside);
    earliest_s = std::max(0.0, seconds_between(response.done, before.at - before.half_width));
  }
  return SettlingTime{(earliest_s + latest_s) / 2, (latest_s - earliest_s) / 2, mean_W};
}

}  // namespace plugrig::steps
