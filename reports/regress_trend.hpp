#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/regress_report.hpp"

namespace plugrig {

/// One quantity of one build in one run.
struct TrendMean {
  std::string quantity;
  std::string condition;
  std::string unit;
  double mean = 0;  ///< of the units' means; of sizes where nearer zero is better
  int pairs = 0;
};

/// One build in one run.
struct TrendBuild {
  std::string name;
  std::string digest;
  std::string version;
  std::string category;  ///< "baseline", "good", "regression", …
  std::vector<TrendMean> means;
};

/// One comparison, as a line of the trend file.
struct TrendRun {
  std::string time;  ///< ISO 8601, when it began
  std::string title;
  std::string sequence;
  std::string bench;
  bool simulated = false;
  std::vector<TrendBuild> builds;  ///< the baseline first
};

/// What a trend file says.
struct Trend {
  std::vector<TrendRun> runs;  ///< in the order of the file
  int unreadable = 0;  ///< lines that are none, such as the torn end of a file after a power cut
};

/// The line (with its line feed) that a comparison appends to the trend file. Quantities without a
/// pair are left out. When the file does not end with a line feed, write one before it.
std::string trend_line(const regress::Comparison& comparison, const RegressInfo& info);

Trend read_trend(std::string_view text);

/// Means of one quantity over builds, in the order of the runs, as an SVG of its own: hollow marks
/// are baselines, filled ones candidates, red ones regressions. Builds that did not give it are
/// left out; a build that stands in several runs stands there several times. Empty when none gave
/// it. Where the unit differs from that of the first build, too: it is another quantity.
std::string trend_svg(const Trend& trend, std::string_view quantity, std::string_view condition);

}  // namespace plugrig
