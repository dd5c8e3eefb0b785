#pragma once

#include "reports/regress_report.hpp"
#include "rig/regress/comparison.hpp"

namespace plugrig::regress::test {

/// Two builds on four units: q03 and the check `boot.wait` are worse, q02 is worse in quarantine,
/// the others are the same. An entry of the quarantine is over.
Comparison sample_comparison();

/// Every trial ended by the rig.
Comparison bench_comparison();

RegressInfo sample_info();

}  // namespace plugrig::regress::test
