#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::metrology {

/// Probability distribution that a contribution's limits belong to; decides the divisor.
enum class Distribution : unsigned char { normal, rectangular, triangular, u_shaped };
std::string_view to_string(Distribution distribution);

/// One row of an uncertainty budget, in the unit of the result.
struct Contribution {
  std::string name;  ///< "reference accuracy", "scatter of paired differences", …
  char type = 'B';   ///< 'A' from readings here, 'B' everything else
  Distribution distribution = Distribution::rectangular;
  double standard_uncertainty = 0;  ///< u_i, sensitivity applied
  double degrees_of_freedom = 0;    ///< 0 = infinite
};

/// What a budget comes to.
struct Uncertainty {
  std::vector<Contribution> budget;
  double standard = 0;            ///< u_c
  double degrees_of_freedom = 0;  ///< nu_eff, truncated; 0 = infinite
  double coverage_factor = 2;     ///< k
  double coverage_probability = 0.9545;
  double expanded = 0;  ///< U = k·u_c
};

/// Rule by which a result is held against its limit.
enum class DecisionRule : unsigned char {
  simple,      ///< guard band 0
  guard_band,  ///< guard band = U (ILAC-G8, r = 1)
};
std::string_view to_string(DecisionRule rule);

enum class Decision : unsigned char { pass, conditional_pass, conditional_fail, fail, none };
std::string_view to_string(Decision decision);

/// One paired reading: plug and reference at the same moment.
struct PairedSample {
  double t_s = 0;  ///< seconds since the start of the run, at the middle of the windows
  double plug = 0;
  double reference = 0;
};

/// Result of one quantity at one load point.
struct PointResult {
  std::string quantity;      ///< "voltage", "current", "power"
  std::string unit;          ///< of plug and reference: "V", "A", "W"
  double nominal_W = 0;      ///< the load point as the sequence names it; 0 = no load
  double plug = 0;           ///< mean
  double reference = 0;      ///< mean, corrections applied
  double error_percent = 0;  ///< 100·(plug/reference − 1); meaningless when `reference` is 0
  Uncertainty uncertainty;   ///< in percent of the reference (at no load: in `unit`)
  std::optional<double> limit_percent;  ///< symmetric; at no load: in `unit`
  DecisionRule rule = DecisionRule::simple;
  double guard_band_percent = 0;
  std::optional<double> test_uncertainty_ratio;  ///< limit / U
  Decision decision = Decision::none;
  double effective_samples = 0;
  std::vector<PairedSample> samples;
};

/// Constants of the plug's metering driver.
struct Constants {
  int voltage = 0, current = 0, power = 0;
  friend bool operator==(const Constants&, const Constants&) = default;
};

/// One series of points, taken with one set of constants.
struct Series {
  std::string name;     ///< "as_found", "as_left", "persistence"
  std::string started;  ///< UTC, ISO 8601
  Constants constants;
  double tare_W = 0;  ///< plug's own consumption that was subtracted from the reference
  std::vector<PointResult> points;
};

/// The reference meter as it goes into the report.
struct ReferenceMeter {
  std::string name, model, serial, profile;
  std::string certificate_number, certificate_laboratory, calibrated, due, certificate_sha256;
};

/// Everything that calibration and certification left for the report: the attachment
/// `calibration-<series>.json` of the step that made the series.
struct CalibrationRecord {
  ReferenceMeter reference;
  Series series;
  std::optional<Constants> before;  ///< of an adjustment
  std::optional<Constants> after;
};

/// JSON with full precision; `from_json` throws std::runtime_error with the place of what is wrong.
std::string to_json(const CalibrationRecord& record);
CalibrationRecord calibration_from_json(std::string_view json);

/// Name of the attachment that holds a series.
inline std::string calibration_file(std::string_view series) {
  return "calibration-" + std::string(series) + ".json";
}

}  // namespace plugrig::metrology
