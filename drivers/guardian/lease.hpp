#pragma once

#include <mutex>

#include "rig/core/clock.hpp"

namespace plugrig::guardian {

/// The rig's right to switch on: renewed by the rig, lost for good when something may be on and
/// the renewal did not come in time. Any thread.
class Lease {
 public:
  explicit Lease(Duration length) : length_(length) {}

  /// The rig says that it is well. False when the lease was lost before: then it says so too late.
  bool renew(Instant now);
  /// Something is about to be switched on. False when there is no lease, or it has run out.
  bool take_for_on(Instant now);
  /// Something may be on, and the lease has run out: it is lost from now on.
  bool run_out(Instant now);
  /// Told to switch off, or the rig is gone.
  void lose();
  [[nodiscard]] bool lost() const;
  /// Something was switched on since the start.
  [[nodiscard]] bool used() const;
  /// When to ask `run_out` again if no renewal comes; Instant::max() when there is no lease that
  /// could run out. Something may be switched on while somebody waits for this.
  [[nodiscard]] Instant due(Instant now) const;

 private:
  const Duration length_;
  mutable std::mutex mutex_;
  Instant until_ = Instant::min();  ///< guarded by mutex_, as all below
  bool used_ = false;
  bool lost_ = false;
};

}  // namespace plugrig::guardian
