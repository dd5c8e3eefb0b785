#include "rig/engine/verdict.hpp"

#include <algorithm>

namespace plugrig {
namespace {

bool any(std::span<const Verdict> verdicts, Verdict wanted) {
  return std::find(verdicts.begin(), verdicts.end(), wanted) != verdicts.end();
}

Verdict worst(std::span<const Verdict> verdicts, Verdict start) {
  Verdict result = start;
  for (const Verdict verdict : verdicts) result = std::max(result, verdict);
  return result;
}

}  // namespace

Verdict verdict_of(Blame blame) { return blame == Blame::unit ? Verdict::fail : Verdict::error; }

Verdict verdict_of(const Measurement& measurement) {
  const bool below = measurement.low && measurement.value < *measurement.low;
  const bool above = measurement.high && measurement.value > *measurement.high;
  return below || above ? Verdict::fail : std::max(measurement.verdict, Verdict::pass);
}

Verdict unit_verdict(std::span<const Verdict> required, std::span<const Verdict> others) {
  if (any(required, Verdict::fail) || any(others, Verdict::fail)) return Verdict::fail;
  const Verdict seen = worst(others, worst(required, Verdict::not_run));
  if (any(required, Verdict::not_run) || any(others, Verdict::not_run)) {
    return std::max(seen, Verdict::aborted);
  }
  if (required.empty() && seen == Verdict::pass) return Verdict::not_run;
  return seen;
}

}  // namespace plugrig
