#include "rig/engine/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <span>
#include <utility>

#include "rig/engine/arbiter.hpp"
#include "rig/engine/mains_chain.hpp"

namespace plugrig {
namespace {

/// What a slot does one after the other with a unit.
struct Action {
  enum class Kind : std::uint8_t { tell, spend, ask, join, taken, give } kind = Kind::tell;
  event::Body body = {};         ///< tell
  Duration takes{};              ///< spend
  bool by_turn = true;           ///< taken, give: false when the turn is the slot's anyway
  event::LeaseGiven lease = {};  ///< ask, taken: purpose; give: all but `held`
  Duration builds{};             ///< join: in the slot's turn to be built into the chain
};

constexpr const char* kReference = "reference";

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
    tell(event::StageStarted{stage.name});
    if (!stage.mains_on) leave_mains();
    const bool enters = stage.mains_on && !live_;
    live_ = stage.mains_on;
    for (std::size_t i = 0; i < stage.steps.size(); ++i) {
      tell(event::StepStarted{stage.steps[i].name, 1, 1});
      if (i == 0 && enters && by_stage_) ask_for_stage(stage.name);
      add(stage.steps[i]);
    }
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

/// What a slot does of the stages.
enum class Part : std::uint8_t {
  whole,
  early,  ///< the leading ones with mains off; its unit waits in it for a slot of the other part
  late,
};

struct SlotState {
  const PlanSlot* slot = nullptr;
  Part part = Part::whole;
  std::vector<Action> script;
  std::size_t next = 0;
  Instant due{};
  bool waits = false;  ///< for its turn, or for a unit, or for its own to be taken
  bool over = false;
  int unit = 0;         ///< 0: the next one is not there yet
  bool starts = false;  ///< its unit came from another slot
  Arbiter::Ticket ticket = 0;
  Instant asked{}, taken{};
  bool waited_alone = false;  ///< for its turn in the chain
  bool joined = false;        ///< a round
  int wants_round = 0;
  std::size_t together = 1;  ///< that measure in its round
};

/// The slots of a chain that measure together next, or now.
struct Round {
  int number = 1;
  std::optional<Instant> begun;  ///< when the first joined
  std::vector<std::size_t> members = {};
  std::size_t left = 0;
};

class Simulation {
 public:
  explicit Simulation(const ForecastInput& input) : input_(input) {
    const std::span<const ForecastStage> all(input.unit);
    const auto late = std::find_if(input.unit.begin(), input.unit.end(),
                                   [](const ForecastStage& stage) { return stage.mains_on; });
    const auto early = static_cast<std::size_t>(late - input.unit.begin());
    for (const PlanSlot& slot : input.slots) {
      SlotState state;
      state.slot = &slot;
      if (early > 0 && early < all.size() && slot.contacts != slot.mains)
        state.part = slot.contacts ? Part::early : Part::late;
      const auto stages = state.part == Part::early  ? all.first(early)
                          : state.part == Part::late ? all.subspan(early)
                                                     : all;
      state.script = Script(slot, stages).actions();
      slots_.push_back(std::move(state));
    }
  }

  std::vector<Event> run() {
    event::RunStarted started;
    for (const PlanSlot& slot : input_.slots) started.slots.push_back(slot.name);
    started.units = input_.units;
    tell("", std::move(started));
    now_ = hands_free_ = Instant{} + input_.start_up;
    for (SlotState& slot : slots_) load_next(slot);
    while (SlotState* slot = earliest()) {
      now_ = slot->due;
      go_on(*slot);
    }
    event::RunEnded ended;
    ended.passed = input_.units;
    tell("", ended);
    return std::move(events_);
  }

 private:
  void tell(const std::string& slot, event::Body body) {
    events_.push_back({now_, {}, slot, std::move(body)});
  }

  SlotState* earliest() {
    SlotState* found = nullptr;
    for (SlotState& slot : slots_) {
      if (slot.over || slot.waits) continue;
      if (found == nullptr || slot.due < found->due) found = &slot;
    }
    return found;
  }

  void load_next(SlotState& slot) {
    slot.next = 0;
    slot.unit = 0;
    if (slot.part == Part::late) {
      slot.waits = true;
      hand_on();
      return;
    }
    slot.over = taken_ == input_.units;
    if (slot.over) return;
    ++taken_;
    handle(slot);
  }

  void handle(SlotState& slot) {
    hands_free_ = std::max(hands_free_, now_) + input_.handling;
    slot.due = hands_free_;
  }

  /// Units that wait in their slots are carried to slots that wait for one.
  void hand_on() {
    while (!done_early_.empty()) {
      const auto taker = std::find_if(slots_.begin(), slots_.end(), [](const SlotState& slot) {
        return slot.part == Part::late && slot.waits && slot.unit == 0;
      });
      if (taker == slots_.end()) return;
      SlotState& from = slots_[done_early_.front()];
      done_early_.pop_front();
      taker->unit = from.unit;
      taker->starts = true;
      taker->waits = false;
      handle(*taker);
      from.waits = false;
      load_next(from);
    }
  }

  /// Runs what takes no time, until the slot works or waits.
  void go_on(SlotState& slot) {
    if (slot.unit == 0 || slot.starts) {
      if (slot.unit == 0) slot.unit = ++begun_;
      slot.starts = false;
      tell(slot.slot->name, event::SlotStarted{unit_id(slot)});
    }
    while (slot.next < slot.script.size()) {
      const Action& action = slot.script[slot.next++];
      switch (action.kind) {
        case Action::Kind::tell:
          tell(slot.slot->name, action.body);
          break;
        case Action::Kind::spend:
          slot.due = now_ + action.takes;
          return;
        case Action::Kind::ask:
          if (!ask(slot, action)) return;
          break;
        case Action::Kind::join:
          if (join(slot, action)) break;
          return;
        case Action::Kind::taken:
          slot.taken = now_;
          tell(slot.slot->name, event::LeaseTaken{kReference, action.lease.purpose,
                                                  action.by_turn ? now_ - slot.asked : Duration{}});
          break;
        case Action::Kind::give:
          give(slot, action);
          break;
      }
    }
    if (slot.part == Part::early) {
      slot.waits = true;
      done_early_.push_back(static_cast<std::size_t>(&slot - slots_.data()));
      hand_on();
      return;
    }
    event::UnitEnded ended;
    ended.unit_id = unit_id(slot);
    ended.verdict = Verdict::pass;
    ended.first_pass = ended.recorded = true;
    tell(slot.slot->name, std::move(ended));
    load_next(slot);
  }

  bool ask(SlotState& slot, const Action& action, const std::string& cohort = {}) {
    slot.asked = now_;
    LeaseRequest request{slot.slot->name, slot.slot->shared, action.lease.purpose};
    request.cohort = cohort;
    slot.ticket = arbiter_.ask(std::move(request), now_);
    if (arbiter_.granted(slot.ticket)) return true;
    const auto holders = arbiter_.in_the_way(slot.ticket);
    const LeaseParty holder = holders.empty() ? LeaseParty{} : holders.front();
    tell(slot.slot->name, event::LeaseWaits{kReference, holder.who, holder.purpose});
    slot.waits = true;
    // Whoever waited for its turn alone is told when it has it.
    slot.waited_alone = slot.slot->chained && cohort.empty();
    return false;
  }

  [[nodiscard]] bool gathers() const {
    return !round_.begun || now_ < *round_.begun + mains::kGathers;
  }

  /// True when the slot goes on with measuring; else it waits, or comes back here when it is due.
  bool join(SlotState& slot, const Action& action) {
    if (std::exchange(slot.joined, false)) return true;
    --slot.next;
    if (slot.ticket == 0) {
      slot.wants_round = gathers() ? round_.number : round_.number + 1;
      if (!ask(slot, action, fmt::format("round {}", slot.wants_round))) return false;
    }
    if (slot.wants_round != round_.number || !gathers()) {
      give_back(slot);
      slot.ticket = 0;
      slot.due = now_;
      return false;
    }
    if (!round_.begun) round_.begun = now_;
    slot.joined = true;
    round_.members.push_back(static_cast<std::size_t>(&slot - slots_.data()));
    plan_round(action.builds);
    return false;
  }

  /// All are ready when the last one is built.
  void plan_round(Duration builds) {
    const auto count = round_.members.size();
    const Instant built = *round_.begun + mains::kGathers + builds * static_cast<int>(count);
    for (const std::size_t member : round_.members) {
      slots_[member].due = built;
      slots_[member].together = count;
    }
  }

  void give(SlotState& slot, const Action& action) {
    if (!action.lease.resource.empty()) {
      event::LeaseGiven given = action.lease;
      given.held = now_ - slot.taken;
      const auto among = static_cast<Duration::rep>(std::exchange(slot.together, 1));
      given.settling /= among;
      given.sampling /= among;
      tell(slot.slot->name, std::move(given));
      if (!action.by_turn) return;
      if (slot.slot->chained && ++round_.left == round_.members.size()) {
        round_ = {.number = round_.number + 1, .begun = {}};
      }
    }
    give_back(slot);
    slot.ticket = 0;
  }

  void give_back(SlotState& slot) {
    for (const Arbiter::Ticket granted : arbiter_.give_back(slot.ticket, now_)) {
      for (SlotState& other : slots_) {
        if (!other.waits || other.ticket != granted || other.unit == 0) continue;
        other.waits = false;
        other.due = now_;
        if (!std::exchange(other.waited_alone, false)) continue;
        tell(other.slot->name, event::LeaseTaken{kReference, {}, now_ - other.asked});
        tell(other.slot->name, event::LeaseGiven{kReference, {}, {}, {}, {}});
      }
    }
  }

  static std::string unit_id(const SlotState& slot) { return fmt::format("unit {}", slot.unit); }

  const ForecastInput& input_;
  std::vector<SlotState> slots_;
  std::vector<Event> events_;
  std::deque<std::size_t> done_early_;  ///< slots whose unit waits in them, longest first
  Arbiter arbiter_;
  Round round_;
  Instant now_{};
  Instant hands_free_{};
  int taken_ = 0;  ///< units that are in a slot or on their way into one
  int begun_ = 0;
};

}  // namespace

std::vector<Event> forecast(const ForecastInput& input) { return Simulation(input).run(); }

}  // namespace plugrig
