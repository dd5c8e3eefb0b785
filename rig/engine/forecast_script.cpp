#include "rig/engine/forecast_script.hpp"

#include <utility>

namespace plugrig::planned {
namespace {

/// The actions of one unit in a slot.
class Script {
 public:
  Script(const PlanSlot& slot, std::span<const ForecastStage> unit)
      : by_lease_(!slot.shared.empty() && !slot.turn_is_stage && !slot.chained),
        by_stage_(!slot.shared.empty() && slot.turn_is_stage),
        in_chain_(!slot.shared.empty() && slot.chained) {
    for (const ForecastStage& stage : unit) add(stage);
    leave_mains();
  }
  [[nodiscard]] std::vector<Action> actions() && { return std::move(actions_); }

 private:
  void add(const ForecastStage& stage) {
    if (stage.network_alone) {
      // Nothing that others wait for is held meanwhile.
      leave_mains();
      actions_.push_back({.kind = Action::Kind::enter_network, .alone = *stage.network_alone});
    }
    tell(event::StageStarted{stage.name});
    if (!stage.mains_on) leave_mains();
    const bool enters = stage.mains_on && !live_;
    live_ = stage.mains_on;
    for (std::size_t i = 0; i < stage.steps.size(); ++i) {
      tell(event::StepStarted{stage.steps[i].name, 1, 1});
      if (i == 0 && enters && by_stage_) ask_for_stage(stage.name);
      add(stage.steps[i]);
    }
    if (stage.network_alone)
      actions_.push_back({.kind = Action::Kind::leave_network, .alone = *stage.network_alone});
  }

  void ask_for_stage(const std::string& stage) {
    Action ask{.kind = Action::Kind::ask};
    ask.lease.purpose = stage;
    actions_.push_back(std::move(ask));
  }

  void leave_mains() {
    if (live_ && by_stage_) actions_.push_back({.kind = Action::Kind::give});
    leave_chain();
    live_ = false;
  }

  /// Live alone, from here until mains is off again.
  void enter_chain(const std::string& purpose) {
    if (!in_chain_ || alone_ || !live_) return;
    alone_ = true;
    Action ask{.kind = Action::Kind::ask};
    ask.lease.purpose = purpose;
    actions_.push_back(std::move(ask));
  }

  void leave_chain() {
    if (std::exchange(alone_, false)) actions_.push_back({.kind = Action::Kind::give});
  }

  void add(const ForecastStep& step) {
    for (const StepPhase& phase : step.time.phases) {
      if (phase.chain && in_chain_) {
        add_round(phase, step.name);
        continue;
      }
      if (phase.off) leave_chain();
      // What the engine does beside the steps is done without mains.
      if (!phase.off && step.needs_mains) enter_chain(step.name);
      add(phase, step.name);
    }
    event::StepEnded ended;
    ended.step = step.name;
    ended.verdict = Verdict::pass;
    ended.took = step.time.total();
    tell(std::move(ended));
  }

  /// Together with all that measure then.
  void add_round(const StepPhase& phase, const std::string& purpose) {
    leave_chain();
    Action join{.kind = Action::Kind::join};
    join.lease = {kReference, purpose, {}, phase.settling, phase.sampling};
    join.builds = phase.builds;
    actions_.push_back(join);
    join.kind = Action::Kind::taken;
    join.by_turn = false;
    actions_.push_back(join);
    Action spend{.kind = Action::Kind::spend};
    spend.takes = phase.takes;
    actions_.push_back(std::move(spend));
    join.kind = Action::Kind::give;
    join.by_turn = true;
    actions_.push_back(std::move(join));
  }

  void add(const StepPhase& phase, const std::string& purpose) {
    Action spend{.kind = Action::Kind::spend};
    spend.takes = phase.takes;
    if (!phase.lease) {
      actions_.push_back(std::move(spend));
      return;
    }
    Action lease{.kind = Action::Kind::ask};
    lease.by_turn = by_lease_;
    lease.lease = {kReference, purpose, {}, phase.settling, phase.sampling};
    if (by_lease_) actions_.push_back(lease);
    lease.kind = Action::Kind::taken;
    actions_.push_back(lease);
    actions_.push_back(std::move(spend));
    lease.kind = Action::Kind::give;
    actions_.push_back(std::move(lease));
  }

  void tell(event::Body body) {
    Action action;
    action.body = std::move(body);
    actions_.push_back(std::move(action));
  }

  const bool by_lease_, by_stage_, in_chain_;
  bool live_ = false;
  bool alone_ = false;
  std::vector<Action> actions_;
};

}  // namespace

std::vector<Action> script_of(const PlanSlot& slot, std::span<const ForecastStage> unit) {
  return Script(slot, unit).actions();
}

}  // namespace plugrig::planned
