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

/// Values of all groups but this one and those that are known to differ.
std::vector<double> others(std::span<const Group> groups, const std::vector<GroupBias>& found,
                           std::size_t without) {
  std::vector<double> all;
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (i != without && !found[i].significant)
      all.insert(all.end(), groups[i].values.begin(), groups[i].values.end());
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

/// Every group that is not yet known to differ against the others of that kind. Returns how many
/// could be tested.
std::size_t test_all(std::span<const Group> groups, std::vector<GroupBias>& found) {
  std::size_t tests = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto& bias = found[i];
    if (bias.significant || groups[i].values.empty()) continue;
    bias.tested = false;
    bias.difference = 0;
    bias.p = 1;
    const auto rest = others(groups, found, i);
    if (rest.empty()) continue;
    const double mean_there = mean(rest);
    bias.difference = bias.mean - mean_there;
    if (bias.n >= kBiasLeast && rest.size() >= kBiasLeast)
      test(bias, groups[i].values, rest, mean_there);
    tests += bias.tested ? 1 : 0;
  }
  for (auto& bias : found)
    if (bias.tested && !bias.significant)
      bias.p = std::min(1.0, bias.p * static_cast<double>(tests));
  return tests;
}

}  // namespace

std::vector<GroupBias> group_bias(std::span<const Group> groups) {
  std::vector<GroupBias> found(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    found[i].name = groups[i].name;
    found[i].n = groups[i].values.size();
    if (found[i].n > 0) found[i].mean = mean(groups[i].values);
  }
  // The one that differs most is found first and left out: it would make the others look biased.
  while (const auto tests = test_all(groups, found)) {
    const auto smallest =
        std::min_element(found.begin(), found.end(), [](const GroupBias& a, const GroupBias& b) {
          return (a.significant ? 2 : a.p) < (b.significant ? 2 : b.p);
        });
    if (smallest->significant || !smallest->tested || smallest->p >= kSignificant) break;
    // Of two nobody can say which one is off.
    const double p = smallest->p;
    for (auto& bias : found)
      if (&bias == &*smallest || (tests == 2 && bias.tested && bias.p <= p))
        bias.significant = true;
  }
  std::erase_if(found, [](const GroupBias& bias) { return bias.n == 0; });
  return found;
}

}  // namespace plugrig::metrology
