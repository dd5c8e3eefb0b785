#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "rig/regress/trial.hpp"

namespace plugrig::regress::test {

/// A bench of plugs that do what a test wants, with noise from a seed.
struct SimulatedBench {
  int units = 4;
  int blocks = 4;
  int builds = 2;
  int quantities = 15;
  double level = 100;      ///< W
  double unit_offset = 1;  ///< standard deviation between units
  double noise = 0.05;     ///< standard deviation of one reading
  double rig_faults = 0;   ///< share of trials
  bool control = false;    ///< a further unit that runs the baseline
  /// What a build adds to a quantity on a unit.
  std::function<double(int build, int unit, int quantity)> effect = {};
  /// What the bench adds at a time.
  std::function<double(double t_s)> drift = {};

  /// Trials in the order in which they begin, 60 s after each other on all slots at once.
  [[nodiscard]] std::vector<Trial> run(unsigned seed) const;
};

/// "q00", "q01", …
std::string quantity_name(int quantity);

/// Builds named "baseline", "candidate 1", …
std::vector<Build> builds_named(int count);

}  // namespace plugrig::regress::test
