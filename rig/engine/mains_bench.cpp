#include "rig/engine/mains_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

Input known_of(const std::unique_ptr<SafetyInput>& input) {
  Input known;
  known.fitted = input != nullptr;
  known.watched = input == nullptr || !input->by_hand();
  return known;
}

/// Slots share what there is only once.
bool shares_load(const MainsHardware& hardware, const SlotMains& slot) {
  return hardware.path != LoadPath::per_slot || (slot.load == nullptr && hardware.load != nullptr);
}

Slot known_of(const MainsHardware& hardware, const SlotMains& part) {
  Slot slot;
  slot.name = part.slot;
  slot.has_switch = part.mains != nullptr;
  slot.contacts = part.contacts;
  slot.contacts_withdrawn = known_of(part.contacts_withdrawn);
  slot.guard = known_of(part.guard);
  slot.sense = known_of(part.sense);
  slot.shares_load = shares_load(hardware, part);
  slot.relay_rating_A = part.relay_rating_A;
  slot.wiring_rating_A = part.wiring_rating_A;
  const LoadBank* bank = part.load ? part.load.get() : hardware.load.get();
  slot.bank_rating_A = bank == nullptr ? 0 : bank->rating_A();
  return slot;
}

}  // namespace

Bench::Bench(MainsHardware hardware, Clock& clock, MainsGateOptions options)
    : hardware_(std::move(hardware)),
      clock_(clock),
      load_path_(clock),
      contactor_turn_(clock),
      meters_(clock),
      sessions_(hardware_.slots.size()),
      leases_(hardware_.slots.size()),
      wants_contactor_(hardware_.slots.size()),
      unplugged_by_hand_(hardware_.slots.size()) {
  state_.hardwired_interlock = hardware_.hardwired_interlock;
  state_.attended = options.attended;
  state_.chained = hardware_.path == LoadPath::chained;
  for (const SlotMains& slot : hardware_.slots) {
    state_.slots.push_back(known_of(hardware_, slot));
    meters_of_slots_.push_back(meters_.wrap(slot.reference));
  }
}

std::optional<std::size_t> Bench::find(std::string_view slot) const {
  const auto found = std::find_if(hardware_.slots.begin(), hardware_.slots.end(),
                                  [&](const SlotMains& s) { return s.slot == slot; });
  if (found == hardware_.slots.end()) return std::nullopt;
  return static_cast<std::size_t>(found - hardware_.slots.begin());
}

LoadBank* Bench::bank_of(std::size_t slot) const {
  return part(slot).load ? part(slot).load.get() : hardware_.load.get();
}

State Bench::look() const {
  const Instant now = clock_.now();
  const std::scoped_lock guard(lock_);
  State state = state_;
  state.now = now;
  return state;
}

void Bench::set_watched(bool watched) {
  const std::scoped_lock guard(lock_);
  state_.watched = watched;
}

bool Bench::any_live() const {
  const std::scoped_lock guard(lock_);
  return std::any_of(state_.slots.begin(), state_.slots.end(),
                     [](const Slot& slot) { return slot.live && !slot.locked; });
}

bool Bench::stop_is_due() const {
  const std::scoped_lock guard(lock_);
  for (std::size_t slot = 0; slot < sessions_.size(); ++slot) {
    const Session& session = sessions_[slot];
    if (state_.slots[slot].live && session.open && !session.is_tripped &&
        session.stop.stop_requested()) {
      return true;
    }
  }
  return false;
}

bool Bench::needs_looks(std::size_t slot) const {
  const auto counts = [](const std::unique_ptr<SafetyInput>& input) {
    return input != nullptr && !input->by_hand();
  };
  const auto falls_off = [](const std::unique_ptr<MainsSwitch>& relay) {
    return relay != nullptr && relay->renew_within() > Duration::zero();
  };
  if (counts(part(slot).guard) || counts(part(slot).contacts_withdrawn)) return true;
  if (falls_off(part(slot).mains) || falls_off(hardware_.contactor)) return true;
  for (std::size_t other = 0; other < size(); ++other) {
    if (other != slot && counts(part(other).sense)) return true;
  }
  return false;
}

void Bench::require(const Request& request) const {
  if (const auto refused = refusal(look(), request)) throw Fault(*refused);
}

void Bench::count_lease(std::size_t slot, int more) {
  const std::scoped_lock guard(lock_);
  leases_.at(slot) += more;
  state_.slots.at(slot).port_open = leases_.at(slot) > 0;
}

std::stop_token Bench::begin_session(std::size_t slot, const MainsStage& stage) {
  const std::scoped_lock guard(lock_);
  sessions_.at(slot) = Session{.open = true, .is_tripped = false, .why = {}, .stop = {}};
  Slot& known = state_.slots.at(slot);
  known.stage_allows = true;
  known.step_ends = Instant::max();
  known.plug_rated_A = stage.plug.rated_A;
  known.plug_rated_W = stage.plug.rated_W;
  return sessions_.at(slot).stop.get_token();
}

void Bench::end_session(std::size_t slot) {
  const std::scoped_lock guard(lock_);
  sessions_.at(slot).open = false;
  state_.slots.at(slot).stage_allows = false;
  state_.slots.at(slot).step_ends = Instant::max();
}

void Bench::trip(std::size_t slot, const std::optional<Fault>& why) {
  {
    const std::scoped_lock guard(lock_);
    Session& session = sessions_.at(slot);
    if (!session.open || session.is_tripped) return;
    session.is_tripped = true;
    session.why = why;
  }
  switch_off(slot);
  request_stop(slot);
  clock_.notify();
}

void Bench::trip_all(const Fault& why) {
  for (std::size_t slot = 0; slot < size(); ++slot) {
    if (look(slot).live) trip(slot, why);
  }
}

std::optional<Fault> Bench::tripped(std::size_t slot) const {
  const std::scoped_lock guard(lock_);
  return sessions_.at(slot).why;
}

void Bench::require_untripped(std::size_t slot) const {
  const std::scoped_lock guard(lock_);
  const Session& session = sessions_.at(slot);
  if (session.why) throw Fault(*session.why);
  if (session.is_tripped || session.stop.stop_requested()) throw Stopped();
}

void Bench::request_stop(std::size_t slot) {
  auto stop = [&] {
    const std::scoped_lock guard(lock_);
    return sessions_.at(slot).stop;
  }();
  // Outside the lock: whoever waits on the clock is woken in here.
  stop.request_stop();
}

bool Bench::stop_requested(std::size_t slot) const {
  const std::scoped_lock guard(lock_);
  return sessions_.at(slot).stop.stop_requested();
}

bool Bench::in_session(std::size_t slot) const {
  const std::scoped_lock guard(lock_);
  return sessions_.at(slot).open;
}

}  // namespace plugrig::mains
