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

Slot known_of(const MainsHardware& hardware, const SlotMains& part, const SlotSharing& sharing) {
  Slot slot;
  slot.name = part.slot;
  slot.has_switch = part.mains != nullptr;
  slot.contacts = part.contacts;
  slot.contacts_withdrawn = known_of(part.contacts_withdrawn);
  slot.guard = known_of(part.guard);
  slot.sense = known_of(part.sense);
  slot.shares_load = sharing.shared && sharing.lasts != TurnLasts::lease;
  slot.by_turns = sharing.shared && sharing.lasts == TurnLasts::lease;
  slot.selector.fitted = part.selector != nullptr;
  slot.relay_rating_A = part.relay_rating_A;
  slot.wiring_rating_A = part.wiring_rating_A;
  const LoadBank* bank = part.load ? part.load.get() : hardware.load.get();
  slot.bank_rating_A = bank == nullptr ? 0 : bank->rating_A();
  slot.load_cool = known_of(part.load ? part.load_cool : hardware.load_cool);
  return slot;
}

}  // namespace

Bench::Bench(MainsHardware hardware, Clock& clock, MainsGateOptions options)
    : hardware_(std::move(hardware)),
      clock_(clock),
      sharing_(sharing_of(hardware_)),
      desk_(clock),
      points_(clock),
      contactor_turn_(clock),
      dead_man_turn_(clock),
      start_turn_(clock),
      load_turn_(clock),
      loads_([this](std::size_t bank, double watts) {
        {
          const std::scoped_lock guard(lock_);
          state_.banks.at(bank).load_W = watts;
        }
        forget_shown([bank](const Slot& slot) { return slot.bank == bank; });
      }),
      meters_(clock,
              [this](std::size_t meter, const PowerReading& reading) { shown(meter, reading); }),
      sessions_(hardware_.slots.size()),
      leases_(hardware_.slots.size()),
      wants_contactor_(hardware_.slots.size()),
      unplugged_by_hand_(hardware_.slots.size()),
      marks_(options.marks),
      marked_(hardware_.slots.size()) {
  state_.hardwired_interlock = hardware_.hardwired_interlock;
  state_.attended = options.attended;
  state_.chained = hardware_.path == LoadPath::chained;
  state_.nominal_V = hardware_.nominal_V;
  state_.emergency_stop = known_of(hardware_.emergency_stop);
  state_.has_dead_man = hardware_.dead_man != nullptr;
  for (std::size_t i = 0; i < hardware_.slots.size(); ++i) {
    const SlotMains& part = hardware_.slots[i];
    Slot slot = known_of(hardware_, part, sharing_[i]);
    slot.meter = meters_.wrap(part.reference);
    slot.bank = loads_.wrap(part.load ? part.load.get() : hardware_.load.get());
    state_.slots.push_back(std::move(slot));
  }
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    Bank bank;
    bank.by_hand = loads_.at(i).by_hand();
    state_.banks.push_back(bank);
  }
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    Seen seen;
    seen.name = meters_.at(i).info().name;
    seen.by_hand = meters_.at(i).by_hand();
    state_.meters.push_back(std::move(seen));
  }
  meters_changed_.resize(meters_.size());
  collect_timed();
  take_over_marks();
}

std::optional<std::size_t> Bench::find(std::string_view slot) const {
  const auto found = std::find_if(hardware_.slots.begin(), hardware_.slots.end(),
                                  [&](const SlotMains& s) { return s.slot == slot; });
  if (found == hardware_.slots.end()) return std::nullopt;
  return static_cast<std::size_t>(found - hardware_.slots.begin());
}

LoadBank* Bench::bank_of(std::size_t slot) const {
  const auto bank = look(slot).bank;
  return bank ? &loads_.at(*bank) : nullptr;
}

PowerMeter* Bench::meter_of(std::size_t slot) const {
  const auto meter = look(slot).meter;
  return meter ? &meters_.at(*meter) : nullptr;
}

State Bench::look() const {
  const auto ends_of = [](const MainsSwitch* relay) {
    return relay == nullptr ? Instant::max() : relay->ends().value_or(Instant::max());
  };
  // The timers before the clock, so that none can seem to be over that was renewed in between.
  std::vector<Instant> ends;
  for (const SlotMains& slot : hardware_.slots) {
    ends.push_back(std::min(ends_of(slot.mains.get()), ends_of(slot.selector.get())));
  }
  std::vector<Instant> bank_ends;
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    bank_ends.push_back(loads_.at(i).ends().value_or(Instant::max()));
  }
  const Instant contactor_ends = ends_of(hardware_.contactor.get());
  const Instant now = clock_.now();
  const std::scoped_lock guard(lock_);
  State state = state_;
  state.now = now;
  state.contactor_ends = contactor_ends;
  for (std::size_t i = 0; i < ends.size(); ++i) state.slots[i].ends = ends[i];
  for (std::size_t i = 0; i < bank_ends.size(); ++i) state.banks[i].ends = bank_ends[i];
  return state;
}

Slot Bench::look(std::size_t slot) const {
  const std::scoped_lock guard(lock_);
  return state_.slots.at(slot);
}

SafetyInput* Bench::cool_of(std::size_t slot) const {
  return part(slot).load ? part(slot).load_cool.get() : hardware_.load_cool.get();
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

bool Bench::any_session() const {
  const std::scoped_lock guard(lock_);
  return trying_timers_ || std::any_of(sessions_.begin(), sessions_.end(),
                                       [](const Session& session) { return session.open; });
}

bool Bench::needs_looks(std::size_t slot) const {
  const auto counts = [](const SafetyInput* input) {
    return input != nullptr && !input->by_hand();
  };
  return counts(part(slot).guard.get()) || counts(part(slot).contacts_withdrawn.get()) ||
         counts(hardware_.emergency_stop.get()) || counts(cool_of(slot));
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
  const bool cut = why && contactor_first(why->id());
  switch_off(slot, cut ? OffOrder::contactor_first : OffOrder::load_first);
  request_stop(slot);
  clock_.notify();
  // Without the contactor the others have no mains either.
  if (cut && hardware_.contactor) trip_all(*why);
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
