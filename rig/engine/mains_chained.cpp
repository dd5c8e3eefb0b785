// Which slots of a chain are live together, as the gate keeps it.
#include <algorithm>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {

bool Bench::in_chain(std::size_t slot) const {
  return sharing(slot).shared && sharing(slot).lasts == TurnLasts::live;
}

bool Bench::chain_stands_still() const {
  const std::scoped_lock guard(lock_);
  return std::none_of(state_.slots.begin(), state_.slots.end(),
                      [](const Slot& slot) { return slot.leaving && slot.live; });
}

double Bench::load_on(std::size_t slot) const {
  const std::scoped_lock guard(lock_);
  const auto bank = state_.slots.at(slot).bank;
  return bank ? state_.banks.at(*bank).load_W : 0;
}

int Bench::count_point(int more) {
  const std::scoped_lock guard(lock_);
  return point_holders_ += more;
}

void Bench::begin_leaving(std::size_t slot) {
  {
    const std::scoped_lock guard(lock_);
    Slot& known = state_.slots.at(slot);
    if (!known.together || known.leaving) return;
    known.leaving = true;
    if (!taken_out("chain_changes")) round_.leave(slot);
  }
  clock_.notify();
}

void Bench::leave_round(std::size_t slot) noexcept {
  {
    const std::scoped_lock guard(lock_);
    Slot& known = state_.slots.at(slot);
    known.measuring = false;
    known.point.reset();
    // One that is not proven off stays in the way of the load.
    if (!known.live) known.together = known.leaving = false;
    round_.leave(slot);
  }
  clock_.notify();
}

}  // namespace plugrig::mains
