#include "rig/engine/unit_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/attempt.hpp"
#include "rig/engine/journal.hpp"
#include "rig/engine/verdict.hpp"

namespace plugrig {
namespace {

/// Closes the slot's port on every way out.
class PortCloser {
 public:
  explicit PortCloser(SlotPort& port) : port_(port) {}
  ~PortCloser() { port_.close(); }
  PortCloser(const PortCloser&) = delete;
  PortCloser& operator=(const PortCloser&) = delete;

 private:
  SlotPort& port_;
};

std::vector<RequiredStep> required_steps(const Sequence& sequence) {
  std::vector<RequiredStep> required;
  const auto add = [&](const std::vector<SequenceStep>& steps) {
    for (const SequenceStep& step : steps) required.push_back({step.index, step.stage, step.name});
  };
  for (const SequenceStage& stage : sequence.stages) add(stage.steps);
  add(sequence.clean_up);
  return required;
}

class UnitRun {
 public:
  UnitRun(const RunParts& parts, const std::string& slot, SlotPort& port, int number,
          const std::stop_token& stop)
      : parts_(parts),
        port_(port),
        stop_(stop),
        journal_(parts.clock, parts.sink, parts.recorder, Redactor(parts.sequence.secrets)) {
    start_.unit_id = fmt::format("{}-{}-{}", parts.run_id, slot, number);
    start_.run_id = parts.run_id;
    start_.slot = slot;
    start_.started = parts.clock.utc();
    start_.required = required_steps(parts.sequence);
  }

  UnitResult run() {
    journal_.begin(start_, parts_.sequence.name, parts_.bench);
    if (!journal_.store_fault()) {
      const PortCloser closer(port_);
      if (open()) {
        run_stages();
        clean_up();
      }
    }
    const event::UnitEnded told = journal_.finish(verdict(), first_pass());
    return {journal_.record(), told.recorded, told.fault_id, told.blame};
  }

 private:
  [[nodiscard]] AttemptSetting setting(const Deadline& deadline, int attempt) {
    return {parts_.clock,        journal_, devices_, parts_.sequence.variables,
            parts_.sequence.plug, deadline, attempt};
  }

  bool open() {
    AttemptRecord attempt;
    attempt.step = "slot.open";
    attempt.step_index = kOpenIndex;
    journal_.step_started(attempt.step, 1, 1);
    const Deadline deadline{parts_.clock.now() + kOpenLimit, stop_};
    attempt = run_guarded(std::move(attempt), setting(deadline, 1),
                          [&](AttemptRecord&) { devices_ = port_.open(deadline); });
    const bool opened = attempt.verdict == Verdict::pass;
    journal_.end_attempt(std::move(attempt), false);
    return opened;
  }

  [[nodiscard]] bool halted() const {
    return stop_.stop_requested() || journal_.store_fault().has_value();
  }

  void run_stages() {
    for (const SequenceStage& stage : parts_.sequence.stages) {
      if (halted()) return;
      journal_.stage(stage.name);
      for (const SequenceStep& step : stage.steps) {
        if (halted()) return;
        const Verdict verdict = run_step(step, Instant::max(), stop_);
        if (verdict != Verdict::pass && step.stop_on_fail) return;
      }
    }
  }

  /// Runs a step with its retries, none of them beyond `end`.
  Verdict run_step(const SequenceStep& step, Instant end, const std::stop_token& stop) {
    const int attempts = 1 + step.retries;
    std::vector<Verdict> verdicts;
    for (int number = 1; number <= attempts; ++number) {
      journal_.step_started(step.name, number, attempts);
      const Instant limit = std::min(parts_.clock.now() + step.timeout, end);
      AttemptRecord attempt = run_attempt(step, setting({limit, stop}, number));
      verdicts.push_back(attempt.verdict);
      const bool again = attempt.verdict != Verdict::pass && number < attempts &&
                         !stop.stop_requested() && parts_.clock.now() < end &&
                         !journal_.store_fault();
      journal_.end_attempt(std::move(attempt), again);
      if (!again || journal_.store_fault()) break;
    }
    return step_verdict(verdicts);
  }

  /// Runs with a time limit of its own and without a stop token: neither the first nor a second
  /// stop, nor a failed store, can skip it.
  void clean_up() {
    if (parts_.sequence.clean_up.empty()) return;
    journal_.stage("clean_up");
    const Instant end = parts_.clock.now() + parts_.sequence.clean_up_budget;
    for (const SequenceStep& step : parts_.sequence.clean_up) {
      if (parts_.clock.now() >= end) {
        report_budget_over(step);
        return;
      }
      run_step(step, end, {});
    }
  }

  void report_budget_over(const SequenceStep& step) {
    AttemptRecord attempt;
    attempt.stage = step.stage;
    attempt.step = step.name;
    attempt.step_index = step.index;
    journal_.step_started(step.name, 1, 1);
    attempt = run_guarded(std::move(attempt), setting({}, 1), [&](AttemptRecord&) {
      throw Fault(
          "engine.clean_up_budget", Blame::config,
          fmt::format("Clean-up step {} did not run: the time for clean-up was over.", step.name),
          "Check the slot by hand before the next unit; then raise 'clean_up_budget'.");
    });
    journal_.end_attempt(std::move(attempt), false);
  }

  [[nodiscard]] Verdict verdict() const {
    std::map<int, std::vector<Verdict>> seen;
    for (const RequiredStep& step : start_.required) seen[step.step_index];
    std::vector<Verdict> others;
    for (const AttemptRecord& attempt : journal_.record().attempts) {
      if (attempt.step_index == kOpenIndex) {
        others.push_back(attempt.verdict);
      } else {
        seen[attempt.step_index].push_back(attempt.verdict);
      }
    }
    std::vector<Verdict> required;
    for (const auto& [index, attempts] : seen) required.push_back(step_verdict(attempts));
    return unit_verdict(required, others);
  }

  [[nodiscard]] bool first_pass() const {
    const auto& attempts = journal_.record().attempts;
    return verdict() == Verdict::pass &&
           std::all_of(attempts.begin(), attempts.end(),
                       [](const AttemptRecord& a) { return a.verdict == Verdict::pass; });
  }

  const RunParts& parts_;
  SlotPort& port_;
  std::stop_token stop_;
  UnitStart start_;
  Journal journal_;
  SlotDevices devices_;
};

}  // namespace

UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port, int number,
                    const std::stop_token& stop) {
  return UnitRun(parts, slot, port, number, stop).run();
}

}  // namespace plugrig
