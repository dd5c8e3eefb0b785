#include "rig/record/attempts.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace plugrig {
namespace {

bool any(std::span<const Verdict> verdicts, Verdict wanted) {
  return std::find(verdicts.begin(), verdicts.end(), wanted) != verdicts.end();
}

std::map<int, std::vector<Verdict>> by_step(std::span<const AttemptRecord> attempts) {
  std::map<int, std::vector<Verdict>> steps;
  for (const AttemptRecord& attempt : attempts) {
    steps[attempt.step_index].push_back(attempt.verdict);
  }
  return steps;
}

}  // namespace

Verdict step_verdict(std::span<const Verdict> attempts) {
  if (attempts.empty()) return Verdict::not_run;
  if (attempts.back() == Verdict::pass) return Verdict::pass;
  if (any(attempts, Verdict::fail)) return Verdict::fail;
  // A pass before something else is not the step's result: only the last attempt may pass it.
  Verdict result = Verdict::not_run;
  for (const Verdict verdict : attempts) {
    if (verdict != Verdict::pass) result = std::max(result, verdict);
  }
  return result;
}

const AttemptRecord* deciding_attempt(std::span<const AttemptRecord> attempts) {
  const auto steps = by_step(attempts);
  const auto first = [&](auto wanted) -> const AttemptRecord* {
    for (const AttemptRecord& attempt : attempts) {
      if (attempt.verdict == Verdict::pass || !wanted(attempt.verdict)) continue;
      if (step_verdict(steps.at(attempt.step_index)) != Verdict::pass) return &attempt;
    }
    return nullptr;
  };
  if (const auto* fail = first([](Verdict v) { return v == Verdict::fail; })) return fail;
  if (const auto* error = first([](Verdict v) { return v == Verdict::error; })) return error;
  return first([](Verdict) { return true; });
}

}  // namespace plugrig
