#include "rig/engine/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <span>
#include <utility>

#include "rig/engine/arbiter.hpp"
#include "rig/engine/forecast_script.hpp"
#include "rig/engine/mains_chain.hpp"

namespace plugrig {
namespace {

using planned::Action;
using planned::kReference;

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

/// As `NetworkRoom`: many side by side, or one alone, whose wish goes before all others'.
class Network {
 public:
  /// False: `slot` is among those who wait.
  bool enter(std::size_t slot, bool alone) {
    if (!open(alone)) {
      (alone ? wait_alone_ : wait_).push_back(slot);
      return false;
    }
    ++inside_;
    alone_ = alone;
    return true;
  }
  /// Who has waited and is inside now.
  std::vector<std::size_t> leave() {
    --inside_;
    alone_ = false;
    std::vector<std::size_t> admitted;
    if (!wait_alone_.empty()) {
      if (inside_ > 0) return {};
      admitted.push_back(wait_alone_.front());
      wait_alone_.pop_front();
      alone_ = true;
    } else {
      admitted.assign(wait_.begin(), wait_.end());
      wait_.clear();
    }
    inside_ += admitted.size();
    return admitted;
  }

 private:
  [[nodiscard]] bool open(bool alone) const {
    return alone ? inside_ == 0 : !alone_ && wait_alone_.empty();
  }

  std::size_t inside_ = 0;
  bool alone_ = false;
  std::deque<std::size_t> wait_, wait_alone_;
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
      state.script = planned::script_of(slot, stages);
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
        case Action::Kind::enter_network:
          slot.waits = !network_.enter(index_of(slot), action.alone);
          if (slot.waits) return;
          break;
        case Action::Kind::leave_network:
          for (const std::size_t other : network_.leave()) {
            slots_[other].waits = false;
            slots_[other].due = now_;
          }
          break;
      }
    }
    if (slot.part == Part::early) {
      slot.waits = true;
      done_early_.push_back(index_of(slot));
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
    round_.members.push_back(index_of(slot));
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

  [[nodiscard]] std::size_t index_of(const SlotState& slot) const {
    return static_cast<std::size_t>(&slot - slots_.data());
  }
  static std::string unit_id(const SlotState& slot) { return fmt::format("unit {}", slot.unit); }

  const ForecastInput& input_;
  std::vector<SlotState> slots_;
  std::vector<Event> events_;
  std::deque<std::size_t> done_early_;  ///< slots whose unit waits in them, longest first
  Arbiter arbiter_;
  Round round_;
  Network network_;
  Instant now_{};
  Instant hands_free_{};
  int taken_ = 0;  ///< units that are in a slot or on their way into one
  int begun_ = 0;
};

}  // namespace

std::vector<Event> forecast(const ForecastInput& input) { return Simulation(input).run(); }

}  // namespace plugrig
