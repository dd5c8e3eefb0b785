#include "sequences/steps/energy_integral.hpp"

#include <algorithm>

namespace plugrig::steps {
namespace {

double hours(Duration duration) {
  return std::chrono::duration<double, std::ratio<3600>>(duration).count();
}

}  // namespace

void EnergyIntegral::add(Instant at, double power_W) {
  if (points_.empty() || at > points_.back().at) points_.push_back({at, power_W});
}

double EnergyIntegral::power_at(Instant at) const {
  const auto next = std::ranges::lower_bound(points_, at, {}, &Point::at);
  if (next == points_.begin()) return next->power_W;
  const auto before = next - 1;
  if (next == points_.end()) return before->power_W;
  const double share = hours(at - before->at) / hours(next->at - before->at);
  return before->power_W + share * (next->power_W - before->power_W);
}

std::optional<double> EnergyIntegral::between_Wh(Instant begin, Instant end,
                                                 Duration longest_gap) const {
  if (points_.size() < 2 || end <= begin) return std::nullopt;
  double sum_Wh = 0;
  Point last{begin, power_at(begin)};
  auto newest = begin;
  const auto step = [&](const Point& point) {
    sum_Wh += hours(point.at - last.at) * (point.power_W + last.power_W) / 2;
    last = point;
  };
  for (const auto& point : points_) {
    if (point.at <= begin || point.at >= end) continue;
    if (point.at - newest >= longest_gap) return std::nullopt;
    newest = point.at;
    step(point);
  }
  if (end - newest >= longest_gap) return std::nullopt;
  step({end, power_at(end)});
  return sum_Wh;
}

}  // namespace plugrig::steps
