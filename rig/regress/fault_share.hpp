#pragma once

#include <vector>

#include "rig/regress/trial.hpp"

namespace plugrig::regress {

/// Chance of calling a fault of the bench the build's, for one step and candidate.
inline constexpr double kFaultRisk = 2e-3;

/// A build that never joins looks like a network that is down: the rig blames network, contacts or
/// meter, and such trials do not count. But a network that fails under one build only, again and
/// again, on the same slots where the baseline does well in between, is not what fails.
///
/// For each candidate and step: when all the trials that ended there by a rig fault are the
/// candidate's, and chance alone (Fisher's exact test, one-sided: `k` faults among `c` trials of
/// the candidate and `b` of the baseline) would have it so with kFaultRisk at most, those trials
/// become `unit_failed`. Controls count with the baseline. At least three faults are needed.
std::vector<Trial> with_faults_of_builds(std::vector<Trial> trials);

/// C(c, k)/C(c + b, k): that all of `k` faults hit `c` trials and none of `b` others.
double chance_of_all_there(int k, int c, int b);

}  // namespace plugrig::regress
