#include "rig/metrology/gauge_rr.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>
#include <stdexcept>

namespace plugrig::metrology {
namespace {

struct Shape {
  std::size_t appraisers, trials, parts;
};

Shape shape_of(const GaugeStudy& study) {
  const auto bad = [] { return std::domain_error("gauge study: too small, or readings missing"); };
  if (study.size() < 2 || study.front().size() < 2 || study.front().front().size() < 2) throw bad();
  const Shape shape{study.size(), study.front().size(), study.front().front().size()};
  for (const auto& appraiser : study) {
    if (appraiser.size() != shape.trials) throw bad();
    for (const auto& trial : appraiser)
      if (trial.size() != shape.parts) throw bad();
  }
  return shape;
}

struct Means {
  double grand = 0;
  std::vector<double> appraiser, part;
  std::vector<std::vector<double>> cell;  ///< [appraiser][part]
};

Means means_of(const GaugeStudy& study, const Shape& shape) {
  Means means;
  means.appraiser.assign(shape.appraisers, 0);
  means.part.assign(shape.parts, 0);
  means.cell.assign(shape.appraisers, std::vector<double>(shape.parts, 0));
  const auto o = static_cast<double>(shape.appraisers);
  const auto r = static_cast<double>(shape.trials);
  const auto p = static_cast<double>(shape.parts);
  for (std::size_t a = 0; a < shape.appraisers; ++a)
    for (const auto& trial : study[a])
      for (std::size_t i = 0; i < shape.parts; ++i) {
        means.cell[a][i] += trial[i] / r;
        means.appraiser[a] += trial[i] / (r * p);
        means.part[i] += trial[i] / (r * o);
        means.grand += trial[i] / (r * o * p);
      }
  return means;
}

double squares(const std::vector<double>& values, double about) {
  double sum = 0;
  for (const double value : values) sum += (value - about) * (value - about);
  return sum;
}

GaugeAnova sums_of_squares(const GaugeStudy& study, const Shape& shape, const Means& means) {
  const auto o = static_cast<double>(shape.appraisers);
  const auto r = static_cast<double>(shape.trials);
  const auto p = static_cast<double>(shape.parts);
  GaugeAnova anova;
  anova.ss_appraiser = p * r * squares(means.appraiser, means.grand);
  anova.ss_part = o * r * squares(means.part, means.grand);
  for (std::size_t a = 0; a < shape.appraisers; ++a)
    for (const auto& trial : study[a])
      for (std::size_t i = 0; i < shape.parts; ++i) {
        anova.ss_equipment += std::pow(trial[i] - means.cell[a][i], 2);
        anova.ss_total += std::pow(trial[i] - means.grand, 2);
      }
  anova.ss_interaction =
      std::max(0.0, anova.ss_total - anova.ss_appraiser - anova.ss_part - anova.ss_equipment);
  return anova;
}

double root(double variance) { return std::sqrt(std::max(0.0, variance)); }

void complete(GaugeResult& result) {
  result.grr = std::hypot(result.equipment, result.appraiser);
  result.total = std::hypot(result.grr, result.part);
  result.percent_grr = result.total > 0 ? 100 * result.grr / result.total : 0;
  result.distinct_categories = result.grr > 0 ? 1.41 * result.part / result.grr : 0;
}

double range_of(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low;
}

double mean_range(const GaugeStudy& study, const Shape& shape) {
  double sum = 0;
  for (const auto& appraiser : study)
    for (std::size_t i = 0; i < shape.parts; ++i) {
      std::vector<double> readings;
      readings.reserve(appraiser.size());
      for (const auto& trial : appraiser) readings.push_back(trial[i]);
      sum += range_of(readings);
    }
  return sum / static_cast<double>(shape.appraisers * shape.parts);
}

}  // namespace

GaugeResult gauge_rr_anova(const GaugeStudy& study, double pooling_p) {
  const auto shape = shape_of(study);
  const auto o = static_cast<double>(shape.appraisers);
  const auto r = static_cast<double>(shape.trials);
  const auto p = static_cast<double>(shape.parts);
  GaugeResult result;
  auto& anova = result.anova;
  anova = sums_of_squares(study, shape, means_of(study, shape));
  const double dof_interaction = (o - 1) * (p - 1);
  const double dof_equipment = o * p * (r - 1);
  double ms_equipment = anova.ss_equipment / dof_equipment;
  double ms_interaction = anova.ss_interaction / dof_interaction;
  if (ms_equipment > 0) {
    anova.f_interaction = ms_interaction / ms_equipment;
    const boost::math::fisher_f distribution(dof_interaction, dof_equipment);
    anova.p_interaction =
        boost::math::cdf(boost::math::complement(distribution, anova.f_interaction));
  } else {
    anova.p_interaction = ms_interaction > 0 ? 0 : 1;
  }
  anova.pooled = anova.p_interaction > pooling_p;
  if (anova.pooled) {
    ms_equipment = (anova.ss_equipment + anova.ss_interaction) / (dof_equipment + dof_interaction);
    ms_interaction = ms_equipment;
  }
  const double ms_appraiser = anova.ss_appraiser / (o - 1);
  const double ms_part = anova.ss_part / (p - 1);
  result.equipment = root(ms_equipment);
  const double interaction = root((ms_interaction - ms_equipment) / r);
  result.appraiser = std::hypot(root((ms_appraiser - ms_interaction) / (p * r)), interaction);
  result.part = root((ms_part - ms_interaction) / (o * r));
  complete(result);
  return result;
}

GaugeRanges gauge_rr_range(const GaugeStudy& study) {
  // AIAG MSA: K1 by trials, K2 by appraisers, K3 by parts (reciprocals of d2*).
  constexpr std::array k1{0.8862, 0.5908};
  constexpr std::array k2{0.7071, 0.5231};
  constexpr std::array k3{0.7071, 0.5231, 0.4467, 0.4030, 0.3742, 0.3534, 0.3375, 0.3249, 0.3146};
  const auto shape = shape_of(study);
  if (shape.trials > k1.size() + 1 || shape.appraisers > k2.size() + 1 ||
      shape.parts > k3.size() + 1)
    throw std::domain_error("gauge study: no tabled constants for so many");
  const auto means = means_of(study, shape);
  GaugeRanges ranges;
  ranges.mean_range = mean_range(study, shape);
  ranges.appraiser_spread = range_of(means.appraiser);
  ranges.part_range = range_of(means.part);
  auto& result = ranges.result;
  result.equipment = ranges.mean_range * k1[shape.trials - 2];
  const double repeats = static_cast<double>(shape.parts * shape.trials);
  const double between = ranges.appraiser_spread * k2[shape.appraisers - 2];
  result.appraiser = root(between * between - result.equipment * result.equipment / repeats);
  result.part = ranges.part_range * k3[shape.parts - 2];
  complete(result);
  return ranges;
}

double percent_of_tolerance(double grr, double tolerance_width) {
  if (!(tolerance_width > 0)) throw std::domain_error("tolerance width: not positive");
  return 100 * 6 * grr / tolerance_width;
}

}  // namespace plugrig::metrology
