#include "rig/metrology/point_evaluation.hpp"

#include <cmath>
#include <stdexcept>

#include "rig/metrology/budget.hpp"
#include "rig/metrology/decision.hpp"
#include "rig/metrology/paired.hpp"
#include "rig/metrology/statistics.hpp"
#include "rig/metrology/type_b.hpp"

namespace plugrig::metrology {
namespace {

/// Readings that dither over this many codes carry the display's resolution in their scatter
/// (metrology notes §2 row 6).
constexpr int kDither = 3;

bool shared(const Contribution& row) {
  return row.name == kReferenceAccuracyRow || row.name == kCertificateRow;
}

double root_sum(const PointResult& point, bool of_shared) {
  double variance = 0;
  for (const auto& row : point.uncertainty.budget)
    if (shared(row) == of_shared) variance += row.standard_uncertainty * row.standard_uncertainty;
  return std::sqrt(variance);
}

/// Sensitivities of the judged error to plug and reference.
struct Sensitivity {
  double plug = 1, reference = 1;
};

std::vector<Contribution> budget_of(const PointInput& input, const SeriesStatistics& scatter,
                                    const Sensitivity& to) {
  using enum Distribution;
  std::vector<Contribution> budget;
  budget.push_back(contribution(std::string(kScatterRow), 'A', normal, scatter.mean_uncertainty,
                                degrees_of_freedom(scatter)));
  budget.push_back(contribution(std::string(kReferenceAccuracyRow), 'B', rectangular,
                                u_from_half_width(input.reference_half_width, rectangular), 0,
                                to.reference));
  budget.push_back(contribution(std::string(kCertificateRow), 'B', normal,
                                u_from_expanded(input.certificate_U, 2), 0, to.reference));
  budget.push_back(contribution("reference resolution", 'B', rectangular,
                                u_from_resolution(input.reference_step), 0, to.reference));
  const bool dithers = distinct_codes(input.samples, kDither) >= kDither;
  budget.push_back(contribution(
      dithers ? "plug resolution (in the scatter: readings dither)" : "plug resolution", 'B',
      rectangular, dithers ? 0 : u_from_resolution(input.plug_step), 0, to.plug));
  const double apart = std::abs(reference_slope(input.samples)) * input.timing_s;
  budget.push_back(contribution("synchronisation", 'B', rectangular,
                                u_from_half_width(apart, rectangular), 0, to.reference));
  const bool chained = input.chained_plugs > 0;
  budget.push_back(contribution(chained ? std::string(kChainOwnRow) : "plug's own consumption", 'A',
                                normal, input.tare_u, input.tare_degrees_of_freedom, to.reference));
  if (chained) {
    budget.push_back(contribution(std::string(kChainDropRow), 'B', rectangular,
                                  u_from_half_width(input.chain_half_width, rectangular), 0,
                                  to.reference));
  }
  return budget;
}

}  // namespace

PointResult evaluate_point(const PointInput& input, double coverage_probability) {
  const bool no_load = input.nominal_W == 0;
  const auto scatter =
      describe(no_load ? differences(input.samples) : percent_errors(input.samples));
  std::vector<double> plug;
  std::vector<double> reference;
  for (const auto& sample : input.samples) {
    plug.push_back(sample.plug);
    reference.push_back(sample.reference);
  }
  PointResult point;
  point.quantity = input.quantity;
  point.unit = input.unit;
  point.nominal_W = input.nominal_W;
  point.samples = input.samples;
  point.effective_samples = scatter.effective_n;
  point.plug = mean(plug);
  point.reference = mean(reference);
  if (point.reference != 0) point.error_percent = 100 * (point.plug / point.reference - 1);
  Sensitivity to;
  if (!no_load) {
    to.plug = 100 / point.reference;
    to.reference = 100 * point.plug / (point.reference * point.reference);
  }
  point.uncertainty = evaluate(budget_of(input, scatter, to), coverage_probability);
  return point;
}

double judged_error(const PointResult& point) {
  return point.nominal_W == 0 ? point.plug - point.reference : point.error_percent;
}

void decide_point(PointResult& point, double limit, DecisionRule rule) {
  point.limit_percent = limit;
  point.rule = rule;
  point.guard_band_percent = guard_band(rule, point.uncertainty.expanded);
  point.test_uncertainty_ratio = test_uncertainty_ratio(limit, point.uncertainty.expanded);
  point.decision = decide(rule, judged_error(point), limit, point.uncertainty.expanded);
}

double independent_uncertainty(const PointResult& point) { return root_sum(point, false); }
double common_uncertainty(const PointResult& point) { return root_sum(point, true); }

}  // namespace plugrig::metrology
