#include "rig/engine/start_signal.hpp"

#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

/// A hand needs longer to open a guard and close it again than this to be seen.
constexpr Duration kLookAgain = std::chrono::milliseconds{200};
/// A contact that bounces while the guard falls shut is no closed guard.
constexpr int kSameLooks = 2;

}  // namespace

std::string GuardStart::asks(const std::string& slot) const {
  return fmt::format("Slot {}: take the unit out, put the next one in, close the guard.", slot);
}

void GuardStart::wait_for(bool closed, const std::string& slot, const Deadline& deadline) {
  for (int seen = 0; seen < kSameLooks;) {
    const std::optional<bool> reads = read_(slot);
    seen = reads == closed ? seen + 1 : 0;
    if (seen == kSameLooks) return;
    if (clock_.now() >= deadline.at) {
      throw Fault("operator.no_answer", Blame::operator_,
                  fmt::format("The guard of slot {} was not {} in time.", slot,
                              closed ? "closed" : "opened"),
                  "Load a unit and close the guard.");
    }
    clock_.sleep_for(kLookAgain, deadline);
  }
}

ReadyUnit GuardStart::wait(const std::string& slot, const Deadline& deadline) {
  wait_for(false, slot, deadline);
  wait_for(true, slot, deadline);
  return {};
}

struct ConfirmedStart::State {
  std::mutex lock;
  std::set<std::string> loaded;
};

ConfirmedStart::ConfirmedStart(Operator& person, std::set<std::string> loaded)
    : person_(person), state_(std::make_unique<State>()) {
  state_->loaded = std::move(loaded);
}

ConfirmedStart::~ConfirmedStart() = default;

std::string ConfirmedStart::asks(const std::string& slot) const {
  const std::scoped_lock guard(state_->lock);
  if (state_->loaded.contains(slot)) return {};
  return fmt::format("Slot {}: put the next unit in and confirm.", slot);
}

ReadyUnit ConfirmedStart::wait(const std::string& slot, const Deadline& deadline) {
  {
    const std::scoped_lock guard(state_->lock);
    if (state_->loaded.erase(slot) > 0) return {};
  }
  person_.confirm({slot, "Is the next unit in the slot, and may it start?", {}, {}, {}}, deadline);
  return {};
}

}  // namespace plugrig
