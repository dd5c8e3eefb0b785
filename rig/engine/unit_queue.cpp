#include "rig/engine/unit_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace plugrig {
namespace {

bool needs_contacts(const SequenceStage& stage) {
  return std::any_of(stage.steps.begin(), stage.steps.end(),
                     [](const SequenceStep& step) { return step.type->needs_loader; });
}

Fault no_mains(const std::string& slot) {
  return {"bench.no_mains", Blame::config,
          fmt::format("The sequence has a stage with 'mains: on', and slot {} has no mains.", slot),
          "Choose slots with a mains relay, or the other stages with --stages."};
}

}  // namespace

template <typename Wanted>
bool UnitQueue::any(Wanted wanted) const {
  return std::any_of(places_.begin(), places_.end(),
                     [&](const auto& entry) { return wanted(entry.second); });
}

UnitQueue::UnitQueue(const Sequence& sequence, const std::vector<SlotPlace>& slots) {
  bool late_contacts = false;  // a stage that needs contacts, behind one with mains on
  for (const SequenceStage& stage : sequence.stages) {
    const bool late = !late_.empty() || stage.mains_on;
    const bool contacts = !stage.mains_on && needs_contacts(stage);
    early_contacts_ = early_contacts_ || (!late && contacts);
    late_contacts = late_contacts || (late && contacts);
    (late ? late_ : early_).push_back(stage.name);
  }
  for (const SlotPlace& slot : slots) assign(slot, late_contacts);
  refuse_idle(slots);
}

void UnitQueue::assign(const SlotPlace& slot, bool late_contacts) {
  Place place;
  const bool contacts = slot.contacts || !(early_contacts_ || late_contacts);
  place.whole = contacts && (slot.mains || late_.empty());
  place.begins = place.whole || (contacts && early_contacts_ && !late_contacts);
  place.takes = !place.begins && slot.mains && !late_.empty() && !late_contacts;
  places_.emplace(slot.name, std::move(place));
}

/// A slot that no stage could run in is a mistake; so is a stage that has no slot.
void UnitQueue::refuse_idle(const std::vector<SlotPlace>& slots) const {
  const bool taken = any([](const Place& place) { return place.takes; });
  for (const SlotPlace& slot : slots) {
    const Place& place = places_.at(slot.name);
    const bool stuck = place.begins && !place.whole && !taken;
    if (stuck || (!place.begins && !place.takes && !late_.empty() && !slot.mains)) {
      throw no_mains(slot.name);
    }
  }
  if (slots.empty() || any([](const Place& place) { return place.begins; })) return;
  throw Fault("bench.no_contacts", Blame::config,
              fmt::format("Stage {} works through a slot's contacts, and slot {} has none.",
                          early_.empty() ? late_.front() : early_.front(), slots.front().name),
              "Choose slots with UART contacts, or the other stages with --stages.");
}

void UnitQueue::left_over(const std::string& slot, UnitWork work) {
  Place& place = places_.at(slot);
  if (place.begins && !place.whole) {
    std::erase_if(*work.stages, [this](const std::string& stage) {
      return std::find(early_.begin(), early_.end(), stage) == early_.end();
    });
    work.ends_here = false;
  }
  place.first.push_back(std::move(work));
}

void UnitQueue::left_waiting(const std::string& slot, UnitRecord record) {
  waiting_.push_back({slot, std::move(record)});
}

std::optional<UnitOrder> UnitQueue::first(const std::string& slot) {
  Place& place = places_.at(slot);
  if (place.first.empty()) return std::nullopt;
  UnitOrder order{std::move(place.first.front())};
  place.first.pop_front();
  return order;
}

bool UnitQueue::has_room(const std::string& slot) const {
  const bool on_its_way = any([&](const Place& place) {
    return place.taken && !place.arrived && place.taken->slot == slot;
  });
  return !on_its_way && std::none_of(waiting_.begin(), waiting_.end(),
                                     [&](const Waiting& unit) { return unit.slot == slot; });
}

bool UnitQueue::can_move() const {
  return any([](const Place& place) { return place.takes && !place.closed; });
}

UnitWork UnitQueue::begin(const std::string& slot, int number) const {
  UnitWork work{.number = number};
  if (places_.at(slot).whole) return work;
  work.stages = early_;
  work.ends_here = false;
  return work;
}

bool UnitQueue::ready(const std::string& slot) const {
  const Place& place = places_.at(slot);
  return !place.closed && place.takes && !waiting_.empty();
}

bool UnitQueue::over(const std::string& slot) const {
  const Place& place = places_.at(slot);
  if (place.closed || !place.takes) return true;
  return waiting_.empty() && !any([](const Place& other) {
           // Another slot may still send one here, or give one back that it could not find.
           return !other.closed && ((other.begins && !other.whole) || other.taken.has_value());
         });
}

UnitOrder UnitQueue::take(const std::string& slot) {
  Place& place = places_.at(slot);
  place.taken = std::move(waiting_.front());
  waiting_.pop_front();
  place.arrived = false;
  UnitOrder order;
  order.from = place.taken->slot;
  order.work.stages = late_;
  order.work.earlier = place.taken->record;
  return order;
}

void UnitQueue::arrived(const std::string& slot) { places_.at(slot).arrived = true; }

std::optional<UnitRecord> UnitQueue::ended(const std::string& slot, const UnitResult& result) {
  std::optional<Waiting> taken = std::exchange(places_.at(slot).taken, std::nullopt);
  if (result.open == UnitResult::Open::goes_on) {
    waiting_.push_back({slot, result.record});
  } else if (result.open == UnitResult::Open::not_there && taken) {
    if (++taken->missed >= kTakeTries) return result.record;
    taken->record = result.record;
    taken->slot = slot;  // where it was last looked for
    waiting_.push_front(std::move(*taken));
  }
  return std::nullopt;
}

void UnitQueue::close(const std::string& slot) {
  Place& place = places_.at(slot);
  place.closed = true;
  if (std::optional<Waiting> taken = std::exchange(place.taken, std::nullopt)) {
    waiting_.push_front(std::move(*taken));
  }
}

}  // namespace plugrig
