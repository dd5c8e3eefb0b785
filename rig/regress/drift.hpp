#pragma once

#include <span>
#include <string>
#include <vector>

#include "rig/regress/decision.hpp"

namespace plugrig::regress {

/// A reading of a control unit, which runs the baseline all along: what changes there is the bench.
struct ControlPoint {
  double t_s = 0;
  int repeat = 0;
  double value = 0;
};

/// One control unit, in order of time.
struct ControlSeries {
  std::string unit;
  std::vector<ControlPoint> points;
};

/// How far the control units went, in the quantity's unit; the largest of all of them.
struct Drift {
  double between_blocks = 0;  ///< from the lowest to the highest mean of a block
  double within_block = 0;    ///< largest span of one block
};
Drift drift_of(std::span<const ControlSeries> controls);

/// What the bench did to pairs that must be told apart by `margin`.
enum class BenchState : std::uint8_t {
  steady,
  drifted,   ///< between blocks: differences have to be taken against the control's change
  too_fast,  ///< within a block too: only what goes beyond that can be told
};

/// A control counts as drifted when it went further than the margin and further than the scatter of
/// single readings explains (`pairs` show that scatter, free of slow drift).
BenchState bench_state(std::span<const Pair> pairs, std::span<const ControlSeries> controls,
                       double margin, double resolution);

/// Each candidate's value less what the controls changed (on the mean of control units, on straight
/// lines between their readings) since the baseline's value.
std::vector<Pair> against_controls(std::vector<Pair> pairs,
                                   std::span<const ControlSeries> controls);

}  // namespace plugrig::regress
