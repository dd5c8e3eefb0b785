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
  too_fast,  ///< within most blocks too: only what goes beyond that can be told
};

/// The bench while one quantity was measured, and the pairs that can be used.
struct BenchView {
  BenchState state = BenchState::steady;
  std::vector<Pair> pairs;  ///< with `drifted` not yet against the controls
  int left_out = 0;         ///< pairs that lie across a jump of a control
};

/// A control counts as moved when it went further than the margin and further than the scatter of
/// single readings explains (`pairs` show that scatter, free of slow drift). Where it did so from
/// one trial to the next, pairs that were measured across that moment are left out: a bad minute
/// says nothing of a build. Where that would be most of them, none is and the state is `too_fast`.
BenchView bench_view(std::vector<Pair> pairs, std::span<const ControlSeries> controls,
                     double margin, double resolution);

/// Each candidate's value less what the controls changed (on the mean of control units, on straight
/// lines between their readings) since the baseline's value.
std::vector<Pair> against_controls(std::vector<Pair> pairs,
                                   std::span<const ControlSeries> controls);

}  // namespace plugrig::regress
