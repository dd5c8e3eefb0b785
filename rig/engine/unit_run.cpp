#include "rig/engine/unit_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/attempt.hpp"
#include "rig/engine/journal.hpp"
#include "rig/engine/slot_hold.hpp"
#include "rig/engine/unit_end.hpp"
#include "rig/engine/verdict.hpp"

namespace plugrig {
namespace {

bool among(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class UnitRun {
 public:
  UnitRun(const RunParts& parts, const std::string& slot, SlotPort& port, const UnitWork& work,
          const std::stop_token& stop)
      : parts_(parts),
        slot_(slot),
        work_(work),
        stop_(stop),
        journal_(parts.clock, parts.sink, parts.recorder, Redactor(parts.sequence.secrets)),
        hold_(port, parts.gate, slot) {
    for (const SequenceStage& stage : parts.sequence.stages) {
      if (!work.stages || among(stage.name, *work.stages)) stages_.push_back(&stage);
    }
  }

  UnitResult run() {
    begin();
    if (!journal_.store_fault()) {
      if (stages_.empty() && work_.proven.empty()) touched_ = open();
      const bool done = prove_earlier() && run_stages() && !failed_ && proven_again();
      const bool off = leave_mains();
      if (other_unit()) return leave_open(UnitResult::Open::not_there);
      if (done && off && !work_.ends_here && !halted()) {
        return leave_open(UnitResult::Open::goes_on);
      }
      if (touched_) clean_up();
      hold_.close();
    }
    return finish_unit(journal_, parts_.sequence);
  }

 private:
  void begin() {
    if (work_.earlier) {
      journal_.go_on(*work_.earlier, slot_);
      journal_.fact(kContinuedIn, slot_);
      if (work_.earlier->facts.contains(kWaitsFor)) journal_.fact(kWaitsFor, "nothing");
      return;
    }
    UnitStart start;
    start.unit_id = fmt::format("{}-{}-{}", parts_.run_id, slot_, work_.number);
    if (work_.again > 0) start.unit_id += fmt::format("r{}", work_.again);
    start.run_id = parts_.run_id;
    start.slot = slot_;
    start.started = parts_.clock.utc();
    start.required = required_steps(parts_.sequence);
    journal_.begin(start, parts_.sequence.name, parts_.bench);
    if (journal_.store_fault()) return;
    for (const auto& [name, value] : parts_.facts) journal_.fact(name, value);
    if (!parts_.operator_name.empty()) journal_.fact("operator", parts_.operator_name);
  }

  /// Leaves the record without a verdict: somebody goes on with it.
  UnitResult leave_open(UnitResult::Open why) {
    hold_.close();
    if (why == UnitResult::Open::goes_on) journal_.fact(kWaitsFor, kWaitsForMains);
    if (journal_.store_fault()) return finish_unit(journal_, parts_.sequence);
    UnitResult result{journal_.record(), true, {}, {}, why};
    if (why == UnitResult::Open::not_there) {
      const AttemptRecord& last = *other_unit();
      result.record.verdict = Verdict::aborted;
      result.fault_id = last.fault_id;
      result.blame = last.blame;
    }
    return result;
  }

  /// The attempt of this go that found another unit in the slot than the record is of.
  [[nodiscard]] const AttemptRecord* other_unit() const {
    if (!work_.earlier) return nullptr;
    const auto& attempts = journal_.record().attempts;
    const auto before = static_cast<std::ptrdiff_t>(work_.earlier->attempts.size());
    const auto found =
        std::find_if(attempts.begin() + before, attempts.end(),
                     [](const AttemptRecord& a) { return a.fault_id == kOtherUnit; });
    return found == attempts.end() ? nullptr : &*found;
  }

  [[nodiscard]] int attempts_of(int index) const {
    const auto& before = journal_.record().attempts;
    return static_cast<int>(
        std::count_if(before.begin(), before.end(),
                      [&](const AttemptRecord& a) { return a.step_index == index; }));
  }

  /// Shows for each stage that passed before that it still holds. The first that cannot be shown is
  /// run again, and all that follow. False when nothing may follow.
  bool prove_earlier() {
    for (const SequenceStage& stage : parts_.sequence.stages) {
      if (!among(stage.name, work_.proven)) continue;
      std::optional<NetworkStay> stay;
      if (halted() || !enter_network(stage, stay) || !prepare(stage)) return false;
      touched_ = true;
      journal_.stage(stage.name);
      if (prove(stage)) continue;
      if (halted() || other_unit() != nullptr) return false;
      run_again_from(stage);
      return true;
    }
    return true;
  }

  bool prove(const SequenceStage& stage) {
    return run_beside(kProveIndex, "resume.prove", {Instant::max(), stop_},
                      [&](AttemptRecord& attempt) {
                        attempt.stage = stage.name;
                        for (const SequenceStep& step : stage.steps) prove_one(step, attempt);
                      });
  }

  void prove_one(const SequenceStep& step, AttemptRecord& attempt) {
    const Deadline limit{parts_.clock.now() + step.timeout, stop_};
    try {
      prove_step(step, step_setting(limit, 1), attempt);
    } catch (const Fault& fault) {
      if (fault.id() == kOtherUnit) throw;
      // Whoever is to blame for what is found now, the unit has not failed: it may have been
      // written to when the rig died.
      throw Fault("resume.not_proven", Blame::host,
                  fmt::format("Step {} passed before the rig broke off, and that cannot be shown "
                              "any more: {}",
                              step.name, fault.happened()),
                  "Nothing: the stage is run again from its begin.",
                  {{"the step said", fault.what()}});
    }
    journal_.say(attempt, fmt::format("{} still holds", step.name));
  }

  void run_again_from(const SequenceStage& stage) {
    not_proven_ = stage.name;
    stages_.clear();
    bool reached = false;
    for (const SequenceStage& each : parts_.sequence.stages) {
      reached = reached || each.name == stage.name;
      // A slot that hands the unit on has nothing to do with what comes in the next one.
      const bool here = work_.ends_here || among(each.name, work_.proven) ||
                        among(each.name, work_.stages.value_or(std::vector<std::string>{}));
      if (reached && here) stages_.push_back(&each);
    }
  }

  /// What could not be shown has been done again.
  bool proven_again() {
    if (not_proven_.empty()) return true;
    return run_beside(kProveIndex, "resume.prove", {}, [&](AttemptRecord& attempt) {
      attempt.stage = not_proven_;
      journal_.say(attempt,
                   fmt::format("stage {} and all that follow were run again", not_proven_));
    });
  }

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
      step.waited = [session, before = session->waited()] { return session->waited() - before; };
    }
    return step;
  }

  /// Runs something beside the steps, and records it. True when it passed.
  bool run_beside(int index, const std::string& name, const Deadline& deadline,
                  const std::function<void(AttemptRecord&)>& body) {
    AttemptRecord attempt;
    attempt.step = name;
    attempt.step_index = index;
    attempt.attempt = 1 + attempts_of(index);
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
      const auto tell = [this](event::Body told) { journal_.leased(std::move(told)); };
      hold_.enter_mains({parts_.sequence.plug, say, deadline, tell});
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

  /// Stages of other slots would lose their network to one that takes it away, so that they wait
  /// for each other. Nothing that others wait for is held meanwhile: mains goes off before.
  bool enter_network(const SequenceStage& stage, std::optional<NetworkStay>& stay) {
    if (parts_.network == nullptr) return true;
    if (!leave_mains()) return false;
    const Deadline deadline{Instant::max(), stop_};
    return run_beside(kNetworkIndex, "network.enter", deadline, [&](AttemptRecord& attempt) {
      attempt.stage = stage.name;
      const bool alone = takes_network(stage);
      stay.emplace(*parts_.network, alone, deadline);
      if (alone) journal_.say(attempt, "no other slot uses the network now");
    });
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

  /// True when all of them ran to their end.
  bool run_stages() {
    for (const SequenceStage* stage : stages_) {
      std::optional<NetworkStay> stay;
      if (halted() || !enter_network(*stage, stay) || !prepare(*stage)) return false;
      touched_ = true;
      if (halted()) return false;
      journal_.stage(stage->name);
      if (!run_steps(*stage)) return false;
    }
    return true;
  }

  /// False when nothing may follow.
  bool run_steps(const SequenceStage& stage) {
    for (const SequenceStep& step : stage.steps) {
      if (halted()) return false;
      const MainsSession* session = hold_.session();
      const Verdict verdict =
          run_step(step, Instant::max(), session == nullptr ? stop_ : session->stop());
      if (verdict == Verdict::pass) continue;
      failed_ = true;
      if (step.stop_on_fail || other_unit() != nullptr) return false;
    }
    return true;
  }

  /// Runs a step with its retries, none of them beyond `end`.
  Verdict run_step(const SequenceStep& step, Instant end, const std::stop_token& stop) {
    const int attempts = 1 + step.retries;
    const int before = attempts_of(step.index);
    std::vector<Verdict> verdicts;
    for (int number = 1; number <= attempts; ++number) {
      journal_.step_started(step.name, number, attempts);
      const Instant limit = std::min(parts_.clock.now() + step.timeout, end);
      if (hold_.session() != nullptr) hold_.session()->step_ends(limit);
      AttemptRecord attempt = run_attempt(step, step_setting({limit, stop}, before + number));
      if (hold_.session() != nullptr) hold_.session()->step_ends(Instant::max());
      verdicts.push_back(attempt.verdict);
      const bool again = attempt.verdict != Verdict::pass && number < attempts &&
                         !stop.stop_requested() && parts_.clock.now() < end &&
                         attempt.fault_id != kOtherUnit && !journal_.store_fault();
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

  const RunParts& parts_;
  const std::string slot_;
  const UnitWork& work_;
  std::vector<const SequenceStage*> stages_;  ///< to be run
  std::string not_proven_;                    ///< stage that had to be run again
  std::stop_token stop_;
  Journal journal_;
  SlotHold hold_;         ///< its session tells the journal
  bool failed_ = false;   ///< a step did not pass
  bool touched_ = false;  ///< the slot was opened, or its mains entered
};

SlotLamps lamps_of(const UnitResult& result) {
  if (!result.recorded) return SlotLamps::both;
  // Done here: it may be taken out.
  if (result.open == UnitResult::Open::goes_on) return SlotLamps::pass;
  if (result.record.verdict == Verdict::pass) return SlotLamps::pass;
  return result.record.verdict == Verdict::fail ? SlotLamps::fail : SlotLamps::both;
}

}  // namespace

UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port,
                    const UnitWork& work, const std::stop_token& stop) {
  port.show(SlotLamps::off);
  auto result = UnitRun(parts, slot, port, work, stop).run();
  port.show(lamps_of(result));
  return result;
}

UnitResult run_unit(const RunParts& parts, const std::string& slot, SlotPort& port, int number,
                    const std::stop_token& stop) {
  return run_unit(parts, slot, port, UnitWork{.number = number}, stop);
}

}  // namespace plugrig
