#include "rig/engine/turn.hpp"

namespace plugrig {

bool Turn::take(const std::string& who, const Deadline& deadline) {
  for (;;) {
    const WaitResult result = clock_.wait([this] { return holder().empty(); }, deadline);
    if (result == WaitResult::stopped) throw Stopped();
    if (result == WaitResult::timeout) return false;
    const std::scoped_lock guard(lock_);
    if (!holder_.empty()) continue;  // somebody else was quicker
    holder_ = who;
    return true;
  }
}

void Turn::give() {
  {
    const std::scoped_lock guard(lock_);
    holder_.clear();
  }
  clock_.notify();
}

std::string Turn::holder() const {
  const std::scoped_lock guard(lock_);
  return holder_;
}

}  // namespace plugrig
