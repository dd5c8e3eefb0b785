#include "rig/engine/network_room.hpp"

#include <algorithm>

namespace plugrig {

void NetworkRoom::enter(bool alone, const Deadline& deadline) {
  const auto wish = [&](int more) {
    if (!alone) return;
    const std::scoped_lock guard(lock_);
    wish_alone_ += more;
  };
  wish(1);
  for (;;) {
    const auto result =
        clock_.wait([this, alone] { return may_enter(alone); }, {Instant::max(), deadline.stop});
    const bool stopped = result == WaitResult::stopped;
    if (!stopped && !try_enter(alone)) continue;  // somebody else was quicker
    wish(-1);
    if (!stopped) return;
    clock_.notify();  // who waited behind this wish
    throw Stopped();
  }
}

void NetworkRoom::leave(bool alone) {
  {
    const std::scoped_lock guard(lock_);
    --inside_;
    if (alone) alone_ = false;
  }
  clock_.notify();
}

bool NetworkRoom::may_enter(bool alone) const {
  const std::scoped_lock guard(lock_);
  return alone ? inside_ == 0 : !alone_ && wish_alone_ == 0;
}

bool NetworkRoom::try_enter(bool alone) {
  const std::scoped_lock guard(lock_);
  if (alone ? inside_ != 0 : alone_ || wish_alone_ != 0) return false;
  ++inside_;
  alone_ = alone;
  return true;
}

bool takes_network(const SequenceStage& stage) {
  return std::any_of(stage.steps.begin(), stage.steps.end(),
                     [](const SequenceStep& step) { return step.type->takes_network; });
}

bool takes_network(const Sequence& sequence) {
  return std::any_of(sequence.stages.begin(), sequence.stages.end(),
                     [](const SequenceStage& stage) { return takes_network(stage); });
}

}  // namespace plugrig
