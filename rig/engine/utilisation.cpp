#include "rig/engine/utilisation.hpp"

#include <algorithm>
#include <variant>

namespace plugrig {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// The part of `used` that lies in a window, where it is spread evenly over [from, to].
double part_in(Instant from, Instant to, Duration used, Instant begin, Instant end) {
  const auto inside = std::min(to, end) - std::max(from, begin);
  if (inside <= Duration{} || to <= from) return 0;
  return seconds(used) * (seconds(inside) / seconds(to - from));
}

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

double Utilisation::units_per_hour() const {
  return total() > Duration{} ? units * 3600 / seconds(total()) : 0;
}

void UtilisationCollector::on(const Event& event) noexcept {
  try {
    const std::scoped_lock guard(lock_);
    take(event);
  } catch (const std::exception&) {
    // Out of memory: the run goes on, its figures have a hole.
    return;
  }
}

UtilisationCollector::Slot& UtilisationCollector::slot(const std::string& name, Instant now) {
  const auto [found, is_new] = slots_.try_emplace(name);
  if (is_new) {
    found->second.use.slot = name;
    found->second.span_from = begun_ ? so_far_.from : now;
    slot_order_.push_back(name);
  }
  return found->second;
}

UtilisationCollector::Load& UtilisationCollector::load_of(const std::string& slot_name) {
  const auto shared = shared_.find(slot_name);
  const std::string name = shared == shared_.end() ? "slot " + slot_name : shared->second;
  const auto found = std::find_if(loads_.begin(), loads_.end(),
                                  [&](const Load& load) { return load.use.name == name; });
  if (found != loads_.end()) return *found;
  loads_.emplace_back();
  loads_.back().use.name = name;
  return loads_.back();
}

/// Ends the span that the slot is in.
void UtilisationCollector::turn(Slot& slot, SlotSpan::Kind kind, Instant now) {
  if (now > slot.span_from) {
    so_far_.spans.push_back(
        {slot.use.slot, slot.unit_id, slot.stage, slot.span, slot.span_from, now});
    if (slot.span == SlotSpan::Kind::empty) slot.use.empty += now - slot.span_from;
  }
  slot.span = kind;
  slot.span_from = now;
}

void UtilisationCollector::stop_waiting(Slot& slot, Instant now) {
  if (!slot.waits_from) return;
  const Duration waited = now - *slot.waits_from;
  slot.use.waiting += waited;
  slot.step_waited += waited;
  slot.waits_from.reset();
}

void UtilisationCollector::step_ended(Slot& slot, Instant now) {
  stop_waiting(slot, now);
  auto found = std::find_if(so_far_.steps.begin(), so_far_.steps.end(),
                            [&](const StepUse& use) { return use.step == slot.step; });
  if (found == so_far_.steps.end()) {
    so_far_.steps.push_back({slot.step, 0, {}});
    found = so_far_.steps.end() - 1;
  }
  ++found->attempts;
  found->total += now - slot.step_from - slot.step_waited;
}

void UtilisationCollector::lease_given(Slot& slot, const event::LeaseGiven& given, Instant now) {
  Load& load = load_of(slot.use.slot);
  ++load.use.leases;
  load.use.held += given.held;
  load.use.settling += given.settling;
  load.use.sampling += given.sampling;
  load.leases.push_back({now - given.held, now, given.settling, given.sampling});
  auto& users = load.use.slots;
  if (std::find(users.begin(), users.end(), slot.use.slot) == users.end())
    users.push_back(slot.use.slot);
  turn(slot, SlotSpan::Kind::work, now);
}

void UtilisationCollector::unit_ended(Slot& slot, const event::UnitEnded& ended, Instant now) {
  stop_waiting(slot, now);
  turn(slot, SlotSpan::Kind::empty, now);
  ++so_far_.units;
  if (ended.verdict == Verdict::pass && ended.recorded) ++so_far_.passed;
  ++slot.use.units;
  slot.use.working += now - slot.unit_from;
  slot.unit_id.clear();
  slot.stage.clear();
}

void UtilisationCollector::take(const Event& event) {
  const Instant now = event.at;
  if (!begun_) so_far_.from = now;
  begun_ = true;
  so_far_.to = std::max(so_far_.to, now);
  if (const auto* run = std::get_if<event::RunStarted>(&event.body)) {
    for (const std::string& name : run->slots) slot(name, now);
  }
  if (event.slot.empty()) return;
  Slot& s = slot(event.slot, now);
  std::visit(
      Overloaded{[&](const event::SlotStarted& e) {
                   turn(s, SlotSpan::Kind::work, now);
                   s.unit_id = e.unit_id;
                   s.unit_from = now;
                   load_of(event.slot).last_unit = now;
                 },
                 [&](const event::StageStarted& e) {
                   turn(s, s.span, now);
                   s.stage = e.stage;
                 },
                 [&](const event::StepStarted& e) {
                   s.step = e.step;
                   s.step_from = now;
                   s.step_waited = {};
                 },
                 [&](const event::StepEnded&) { step_ended(s, now); },
                 [&](const event::LeaseWaits&) {
                   if (!s.waits_from) s.waits_from = now;
                   turn(s, SlotSpan::Kind::waits, now);
                 },
                 [&](const event::LeaseTaken&) {
                   stop_waiting(s, now);
                   turn(s, SlotSpan::Kind::load, now);
                 },
                 [&](const event::LeaseGiven& e) { lease_given(s, e, now); },
                 [&](const event::UnitEnded& e) { unit_ended(s, e, now); }, [](const auto&) {}},
      event.body);
}

Utilisation UtilisationCollector::result() const {
  const std::scoped_lock guard(lock_);
  Utilisation result = so_far_;
  for (const std::string& name : slot_order_) {
    SlotUse use = slots_.at(name).use;
    use.working -= std::min(use.working, use.waiting);
    result.slots.push_back(std::move(use));
  }
  for (const Load& load : loads_) {
    if (load.leases.empty()) continue;
    LoadUse use = load.use;
    const auto first = std::min_element(
        load.leases.begin(), load.leases.end(),
        [](const Lease& one, const Lease& other) { return one.from < other.from; });
    Instant last{};
    for (const Lease& lease : load.leases) last = std::max(last, lease.to);
    const auto share_until = [&](Instant end) {
      double used = 0;
      for (const Lease& lease : load.leases)
        used += part_in(lease.from, lease.to, lease.settling + lease.sampling, first->from, end);
      return end > first->from ? used / seconds(end - first->from) : 0;
    };
    use.share = share_until(last);
    const bool steady = load.last_unit > first->from;
    use.steady = (steady ? load.last_unit : last) - first->from;
    use.steady_share = steady ? share_until(load.last_unit) : use.share;
    result.loads.push_back(std::move(use));
  }
  return result;
}

}  // namespace plugrig
