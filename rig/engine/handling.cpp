#include "rig/engine/handling.hpp"

#include <algorithm>

namespace plugrig {

void Handling::change_unit(const Deadline& deadline) {
  Instant done;
  {
    const std::scoped_lock guard(lock_);
    done = free_at_ = std::max(free_at_, clock_.now()) + a_unit_;
  }
  clock_.sleep_until(deadline.no_later_than(done));
}

}  // namespace plugrig
