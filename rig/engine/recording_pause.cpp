#include "rig/engine/recording_pause.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig {
namespace {

constexpr Duration kFirstInterval = std::chrono::seconds{5};
constexpr Duration kLongestInterval = std::chrono::seconds{60};

std::string why(const Fault& fault, Duration until_next_try) {
  return fmt::format("Paused, nothing can be recorded ({}): {} {} Tried again within {:.0f} s.",
                     fault.id(), fault.happened(), fault.next(),
                     std::chrono::duration<double>(until_next_try).count());
}

}  // namespace

void RecordingPause::suspect() {
  const std::scoped_lock guard(lock_);
  if (!works_) return;
  works_ = false;
  since_ = again_ = clock_.now();
  interval_ = kFirstInterval;
}

bool RecordingPause::works() const {
  const std::scoped_lock guard(lock_);
  return works_;
}

RecordingPause::Look RecordingPause::look() {
  const std::scoped_lock guard(lock_);
  const bool mine = !works_ && !trying_ && clock_.now() >= again_;
  if (mine) {
    trying_ = true;
    again_ = clock_.now() + interval_;  // the others look again then, if not told before
  }
  return {.works = works_, .mine = mine, .again = again_, .fault = fault_};
}

bool RecordingPause::try_again() {
  std::optional<Fault> fault;
  try {
    recorder_.prove_writable();
  } catch (const Fault& refused) {
    fault = refused;
  } catch (const std::exception& error) {
    fault =
        Fault("store.unexpected", Blame::software,
              fmt::format("The record could not be written ({}).", error.what()), "Report this.");
  }
  const std::scoped_lock guard(lock_);
  trying_ = false;
  fault_ = fault;
  works_ = !fault.has_value();
  if (!works_) {
    again_ = clock_.now() + interval_;
    interval_ = std::min(interval_ * 2, kLongestInterval);
  }
  return works_;
}

void RecordingPause::pass(const Deadline& deadline, const Tell& tell) {
  for (;;) {
    Look now = look();
    if (now.works) return;
    if (now.mine) {
      if (try_again()) {
        clock_.notify();
        return;
      }
      now = look();
    }
    if (now.fault) {
      if (clock_.now() - since_ >= longest_) throw Fault(*now.fault);
      tell(why(*now.fault, std::max(Duration{}, now.again - clock_.now())));
    }
    const auto waited = clock_.wait([this] { return works(); }, deadline.no_later_than(now.again));
    if (waited == WaitResult::stopped) throw Stopped();
  }
}

}  // namespace plugrig
