#pragma once

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {

/// What one quantity at one load point was measured with. Sizes are absolute, in `unit`.
struct PointInput {
  std::string quantity;
  std::string unit;
  double nominal_W = 0;
  /// Reference values with corrections applied and own consumption subtracted.
  std::vector<PairedSample> samples;
  double plug_step = 0;             ///< larger of display digit and pulse-length step
  double reference_half_width = 0;  ///< accuracy specification at this reading and range
  double reference_step = 0;        ///< resolution of the meter
  double certificate_U = 0;         ///< of the reference's calibration, k = 2
  double timing_s = 0;              ///< half-width by which the two windows may be apart
  double tare_u = 0;                ///< standard uncertainty of the subtracted consumption
  double tare_degrees_of_freedom = 0;
  /// Other plugs between the reference and this one, or behind it, of a chain; their consumption is
  /// part of what was subtracted.
  int chained_plugs = 0;
  double chain_half_width = 0;  ///< of what contacts and leads of the chain drop before the plug
};

/// Name of the row that more readings of the point make smaller: no other is.
inline constexpr std::string_view kScatterRow = "scatter of paired readings";
/// Names of the rows that plugs of a chain have beside others.
inline constexpr std::string_view kChainOwnRow =
    "own consumption of the plug and of those before it in the chain";
inline constexpr std::string_view kChainDropRow = "contacts and leads before it in the chain";
/// Names of the rows that all points of one reference share: they do not average out.
inline constexpr std::string_view kReferenceAccuracyRow =
    "reference accuracy (12 months, temperature band and linearity included)";
inline constexpr std::string_view kCertificateRow = "reference calibration certificate";

/// Mean error, budget and U of a point, without a decision (metrology notes §1, §2). At no load
/// (`nominal_W` 0) everything is in `unit`, else in percent of the reference. Two samples at least,
/// a mean reference that is not 0 unless at no load (std::domain_error).
PointResult evaluate_point(const PointInput& input, double coverage_probability = 0.9545);

/// Adds limit, guard band, TUR and decision. `limit`: half-width, in percent, at no load in the
/// point's unit.
void decide_point(PointResult& point, double limit, DecisionRule rule);

/// The error that is decided on: percent, at no load plug − reference in the point's unit.
double judged_error(const PointResult& point);

/// Root sum of squares of the rows that points do not share, as `PointResult::uncertainty`.
double independent_uncertainty(const PointResult& point);
/// The same of those that they do share.
double common_uncertainty(const PointResult& point);

}  // namespace plugrig::metrology
