#include "drivers/guardian/lease.hpp"

namespace plugrig::guardian {

bool Lease::renew(Instant now) {
  const std::lock_guard lock(mutex_);
  // A renewal that comes late does not make good what happened in between.
  if (used_ && now >= until_) lost_ = true;
  if (lost_) return false;
  until_ = now + length_;
  return true;
}

bool Lease::take_for_on(Instant now) {
  const std::lock_guard lock(mutex_);
  if (lost_ || now >= until_) return false;
  used_ = true;
  return true;
}

bool Lease::run_out(Instant now) {
  const std::lock_guard lock(mutex_);
  if (used_ && now >= until_) lost_ = true;
  return lost_;
}

void Lease::lose() {
  const std::lock_guard lock(mutex_);
  lost_ = true;
}

bool Lease::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

bool Lease::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

Instant Lease::due(Instant now) const {
  const std::lock_guard lock(mutex_);
  return lost_ || (!used_ && now >= until_) ? Instant::max() : until_;
}

}  // namespace plugrig::guardian
