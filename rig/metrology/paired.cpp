#include "rig/metrology/paired.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "rig/metrology/fits.hpp"

namespace plugrig::metrology {

bool append_fresh(std::vector<Timed>& stream, Timed next, double refresh_s) {
  if (!stream.empty()) {
    const auto& last = stream.back();
    if (next.t_s < last.t_s) throw std::domain_error("stream: time goes back");
    const bool same_refresh =
        next.t_s == last.t_s || (next.value == last.value && next.t_s - last.t_s < refresh_s);
    if (same_refresh) return false;
  }
  stream.push_back(next);
  return true;
}

std::optional<double> interpolated(std::span<const Timed> stream, double t_s, double gap_limit_s) {
  const auto after = std::lower_bound(stream.begin(), stream.end(), t_s,
                                      [](const Timed& each, double t) { return each.t_s < t; });
  if (after == stream.end()) return std::nullopt;
  if (after->t_s == t_s) return after->value;
  if (after == stream.begin()) return std::nullopt;
  const auto before = after - 1;
  const double gap = after->t_s - before->t_s;
  if (gap > gap_limit_s) return std::nullopt;
  return before->value + (after->value - before->value) * (t_s - before->t_s) / gap;
}

std::optional<std::pair<double, double>> range_around(std::span<const Timed> stream, double t_s,
                                                      double half_width_s) {
  if (stream.empty()) return std::nullopt;
  const auto at_or_after = [&](double t) {
    return std::lower_bound(stream.begin(), stream.end(), t,
                            [](const Timed& each, double limit) { return each.t_s < limit; });
  };
  auto first = at_or_after(t_s - half_width_s);
  auto last = at_or_after(t_s + half_width_s);
  if (first != stream.begin()) --first;
  if (last == stream.end()) --last;
  const auto [low, high] = std::minmax_element(
      first, last + 1, [](const Timed& a, const Timed& b) { return a.value < b.value; });
  return std::pair{low->value, high->value};
}

std::vector<double> differences(std::span<const PairedSample> samples) {
  std::vector<double> result;
  result.reserve(samples.size());
  for (const auto& sample : samples) result.push_back(sample.plug - sample.reference);
  return result;
}

std::vector<double> percent_errors(std::span<const PairedSample> samples) {
  std::vector<double> result;
  result.reserve(samples.size());
  for (const auto& sample : samples) {
    if (sample.reference == 0) throw std::domain_error("percent error: the reference is 0");
    result.push_back(100 * (sample.plug / sample.reference - 1));
  }
  return result;
}

double reference_slope(std::span<const PairedSample> samples) {
  if (samples.size() < 3) return 0;
  std::vector<double> t;
  std::vector<double> value;
  for (const auto& sample : samples) {
    t.push_back(sample.t_s);
    value.push_back(sample.reference);
  }
  return fit_line(t, value).slope;
}

int distinct_codes(std::span<const PairedSample> samples, int limit) {
  std::set<double> codes;
  for (const auto& sample : samples) {
    codes.insert(sample.plug);
    if (static_cast<int>(codes.size()) >= limit) break;
  }
  return static_cast<int>(codes.size());
}

}  // namespace plugrig::metrology
