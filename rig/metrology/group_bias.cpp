#include "rig/metrology/group_bias.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "rig/metrology/statistics.hpp"

namespace plugrig::metrology {
namespace {

constexpr double kSignificant = 0.01;

/// Of the mean, squared.
double variance_of_mean(std::span<const double> values, double middle) {
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  const auto n = static_cast<double>(values.size());
  return sum / (n - 1) / n;
}

std::vector<double> others(std::span<const Group> groups, const Group& without) {
  std::vector<double> all;
  for (const auto& group : groups)
    if (&group != &without) all.insert(all.end(), group.values.begin(), group.values.end());
  return all;
}

/// Welch's test; not tested when there is no spread to compare with.
void test(GroupBias& bias, std::span<const double> here, std::span<const double> there,
          double mean_there) {
  const double a = variance_of_mean(here, bias.mean);
  const double b = variance_of_mean(there, mean_there);
  if (!(a + b > 0)) return;
  const double t = bias.difference / std::sqrt(a + b);
  const double freedom = (a + b) * (a + b) /
                         (a * a / static_cast<double>(here.size() - 1) +
                          b * b / static_cast<double>(there.size() - 1));
  const boost::math::students_t distribution(freedom);
  bias.p = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)));
  bias.tested = true;
}

}  // namespace

std::vector<GroupBias> group_bias(std::span<const Group> groups) {
  std::vector<GroupBias> found;
  for (const auto& group : groups) {
    if (group.values.empty()) continue;
    GroupBias bias;
    bias.name = group.name;
    bias.n = group.values.size();
    bias.mean = mean(group.values);
    const auto rest = others(groups, group);
    if (!rest.empty()) {
      const double mean_there = mean(rest);
      bias.difference = bias.mean - mean_there;
      if (bias.n >= kBiasLeast && rest.size() >= kBiasLeast)
        test(bias, group.values, rest, mean_there);
    }
    found.push_back(std::move(bias));
  }
  const auto tests = static_cast<double>(
      std::count_if(found.begin(), found.end(), [](const GroupBias& b) { return b.tested; }));
  for (auto& bias : found) {
    bias.p = bias.tested ? std::min(1.0, bias.p * tests) : 1;
    bias.significant = bias.tested && bias.p < kSignificant;
  }
  return found;
}

}  // namespace plugrig::metrology
