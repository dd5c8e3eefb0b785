#pragma once

#include <vector>

namespace plugrig::metrology {

/// A crossed study: [appraiser][trial][part]. On the rig, slots are the appraisers.
using GaugeStudy = std::vector<std::vector<std::vector<double>>>;

struct GaugeAnova {
  double ss_appraiser = 0, ss_part = 0, ss_interaction = 0, ss_equipment = 0, ss_total = 0;
  double f_interaction = 0;
  double p_interaction = 1;
  bool pooled = false;  ///< the interaction went into the equipment's variance
};

/// Standard deviations of a gauge study, and their shares.
struct GaugeResult {
  double equipment = 0;  ///< EV, repeatability
  double appraiser = 0;  ///< AV, reproducibility (with the interaction when not pooled)
  double grr = 0;
  double part = 0;  ///< PV
  double total = 0;
  double percent_grr = 0;          ///< of the total
  double distinct_categories = 0;  ///< 1.41·PV/GRR, not cut to whole
  GaugeAnova anova;                ///< of `gauge_rr_anova` only
};

/// By analysis of variance. The interaction is pooled into the repeatability when its p-value is
/// above `pooling_p` (common thresholds: 0.05 and 0.25; state which was used). Two or more each of
/// parts, appraisers and trials, none missing (std::domain_error).
GaugeResult gauge_rr_anova(const GaugeStudy& study, double pooling_p = 0.05);

struct GaugeRanges {
  double mean_range = 0;        ///< of the trials
  double appraiser_spread = 0;  ///< largest less smallest mean of an appraiser
  double part_range = 0;        ///< largest less smallest mean of a part
  GaugeResult result;
};

/// By average and range: 2 or 3 trials, 2 or 3 appraisers, 2 to 10 parts (std::domain_error
/// otherwise: the constants are tabled for these).
GaugeRanges gauge_rr_range(const GaugeStudy& study);

/// 100·6·GRR / tolerance width.
double percent_of_tolerance(double grr, double tolerance_width);

}  // namespace plugrig::metrology
