#include "rig/engine/unit_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/attempt.hpp"
#include "rig/engine/journal.hpp"
#include "rig/engine/slot_hold.hpp"
#include "rig/engine/verdict.hpp"

namespace plugrig {
namespace {

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
        slot_(slot),
        hold_(port, parts.gate, slot),
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
      for (const auto& [name, value] : parts_.facts) journal_.fact(name, value);
      if (!parts_.operator_name.empty()) journal_.fact("operator", parts_.operator_name);
      run_stages();
      leave_mains();
      if (touched_) clean_up();
      hold_.close();
    }
    const event::UnitEnded told = journal_.finish(verdict(), first_pass());
    return {journal_.record(), told.recorded, told.fault_id, told.blame};
  }

 private:
  [[nodiscard]] AttemptSetting setting(const Deadline& deadline, int attempt) {
    AttemptSetting setting{
        parts_.clock,         journal_, hold_.devices(), parts_.sequence.variables,
        parts_.sequence.plug, deadline, attempt};
    setting.last_recorded = parts_.last_recorded;
    return setting;
  }

  [[nodiscard]] AttemptSetting step_setting(const Deadline& deadline, int attempt) {
    AttemptSetting step = setting(deadline, attempt);
    if (MainsSession* session = hold_.session()) {
      step.mains = &session->access();
      step.tripped = [session] { return session->tripped(); };
    }
    return step;
  }

  /// Runs something beside the steps, and records it. True when it passed.
  bool run_beside(int index, const std::string& name, const Deadline& deadline,
                  const std::function<void(AttemptRecord&)>& body) {
    const auto& before = journal_.record().attempts;
    AttemptRecord attempt;
    attempt.step = name;
    attempt.step_index = index;
    attempt.attempt = 1 + static_cast<int>(std::count_if(
                              before.begin(), before.end(),
                              [&](const AttemptRecord& a) { return a.step_index == index; }));
    journal_.step_started(name, 1, 1);
    attempt = run_guarded(std::move(attempt), setting(deadline, 1), body);
    const bool passed = attempt.verdict == Verdict::pass;
    journal_.end_attempt(std::move(attempt), false);
    return passed;
  }

  bool open() {
    const Deadline deadline{parts_.clock.now() + kOpenLimit, stop_};
    return run_beside(kOpenIndex, "slot.open", deadline,
                      [&](AttemptRecord&) { hold_.open(deadline); });
  }

  /// The wait for the load path has no limit but the stop: other slots calibrate meanwhile.
  bool enter_mains() {
    const Deadline deadline{Instant::max(), stop_};
    return run_beside(kMainsEnterIndex, "mains.enter", deadline, [&](AttemptRecord& attempt) {
      const auto say = [&](const std::string& text) { journal_.say(attempt, text); };
      hold_.enter_mains({parts_.sequence.plug, say, deadline});
      journal_.fact("attended", parts_.gate->attended() ? "yes" : "no");
      for (const std::string& line : parts_.gate->not_covered(slot_)) say("Not covered: " + line);
    });
  }

  /// Ignores every stop; the gate has its own time for it.
  bool leave_mains() {
    if (hold_.session() == nullptr) return true;
    return run_beside(kMainsOffIndex, "mains.off", {},
                      [&](AttemptRecord&) { hold_.leave_mains(); });
  }

  /// Brings the slot to the side that the stage needs.
  bool prepare(const SequenceStage& stage) {
    const bool live = hold_.session() != nullptr;
    if (stage.mains_on) return live || enter_mains();
    return leave_mains() && (hold_.port_open() || open());
  }

  [[nodiscard]] bool halted() const {
    const MainsSession* session = hold_.session();
    return stop_.stop_requested() || journal_.store_fault().has_value() ||
           (session != nullptr && session->stop().stop_requested());
  }

  void run_stages() {
    for (const SequenceStage& stage : parts_.sequence.stages) {
      if (halted() || !prepare(stage)) return;
      touched_ = true;
      if (halted()) return;
      journal_.stage(stage.name);
      if (!run_steps(stage)) return;
    }
  }

  /// False when nothing may follow.
  bool run_steps(const SequenceStage& stage) {
    for (const SequenceStep& step : stage.steps) {
      if (halted()) return false;
      const MainsSession* session = hold_.session();
      const Verdict verdict =
          run_step(step, Instant::max(), session == nullptr ? stop_ : session->stop());
      if (verdict != Verdict::pass && step.stop_on_fail) return false;
    }
    return true;
  }

  /// Runs a step with its retries, none of them beyond `end`.
  Verdict run_step(const SequenceStep& step, Instant end, const std::stop_token& stop) {
    const int attempts = 1 + step.retries;
    std::vector<Verdict> verdicts;
    for (int number = 1; number <= attempts; ++number) {
      journal_.step_started(step.name, number, attempts);
      const Instant limit = std::min(parts_.clock.now() + step.timeout, end);
      if (hold_.session() != nullptr) hold_.session()->step_ends(limit);
      AttemptRecord attempt = run_attempt(step, step_setting({limit, stop}, number));
      if (hold_.session() != nullptr) hold_.session()->step_ends(Instant::max());
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
      if (attempt.step_index < 0) {
        others.push_back(attempt.verdict);
      } else {
        seen[attempt.step_index].push_back(attempt.verdict);
      }
    }
    std::vector<Verdict> required;
    required.reserve(seen.size());
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
  const std::string slot_;
  SlotHold hold_;
  std::stop_token stop_;
  UnitStart start_;
  Journal journal_;
  bool touched_ = false;  ///< the slot was opened, or its mains entered
};

SlotLamps lamps_of(const UnitResult& result) {
  if (!result.recorded) return SlotLamps::both;
  if (result.record.verdict == Verdict::pass) return SlotLamps::pass;
  return result.record.verdict == Verdict::fail ? SlotLamps::fail : SlotLamps::both;
}

}  // namespace

UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port, int number,
                    const std::stop_token& stop) {
  port.show(SlotLamps::off);
  auto result = UnitRun(parts, slot, port, number, stop).run();
  port.show(lamps_of(result));
  return result;
}

}  // namespace plugrig
