#pragma once

#include <string>

#include "rig/core/fault.hpp"
#include "rig/record/store.hpp"

namespace plugrig::test {

inline RunInfo sample_run() { return {"gosund-ep2", "line-2", "plugrig 0.1", {1'767'225'600'000}}; }

/// A unit with `steps` required steps, begun in `store`.
inline std::string begin_sample_unit(Recorder& store, const std::string& run, int steps,
                                     const std::string& slot = "F1", int number = 1) {
  UnitStart start;
  start.unit_id = run + "-" + slot + "-" + std::to_string(number);
  start.run_id = run;
  start.slot = slot;
  start.started = {1'767'225'600'500};
  for (int i = 0; i < steps; ++i) {
    start.required.push_back({i, "flash", "step." + std::to_string(i)});
  }
  store.begin_unit(start);
  return start.unit_id;
}

inline AttemptRecord sample_attempt(int step_index, int attempt, Verdict verdict) {
  AttemptRecord record;
  record.stage = "flash";
  record.step = "step." + std::to_string(step_index);
  record.step_index = step_index;
  record.attempt = attempt;
  record.verdict = verdict;
  record.started = {1'767'225'601'000};
  record.ended = {1'767'225'602'250};
  record.took_s = 1.25;
  if (verdict != Verdict::pass) {
    record.fault_id = "test.fault";
    record.blame = verdict == Verdict::fail ? "unit" : "host";
    record.happened = "It did not work.";
    record.next = "Try again.";
  }
  return record;
}

inline UnitEnd ended(Verdict verdict, bool first_pass = false) {
  return {verdict, first_pass, {1'767'225'660'000}};
}

/// The id of the fault that `body` throws, or "none".
template <typename Body>
std::string fault_of(Body&& body) {
  try {
    body();
  } catch (const Fault& fault) {
    return fault.id();
  }
  return "none";
}

}  // namespace plugrig::test
