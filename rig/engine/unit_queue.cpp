#include "rig/engine/unit_queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace plugrig {
namespace {

std::string mac_of(const UnitRecord& record) {
  const auto found = record.facts.find("mac");
  return found == record.facts.end() ? std::string() : found->second;
}

Fault no_slot(const char* id, const std::string& stage, const char* lacking, const char* next) {
  return {id, Blame::config, fmt::format("Stage {} {}.", stage, lacking), next};
}

}  // namespace

UnitQueue::UnitQueue(const Sequence& sequence, std::vector<SlotPlace> slots, int units_per_slot) {
  bool late = false;
  bool late_contacts = false;  // a stage with mains off behind one with mains on
  for (const SequenceStage& stage : sequence.stages) {
    late = late || stage.mains_on;
    late_contacts = late_contacts || (late && !stage.mains_on);
    (late ? late_ : early_).push_back(stage.name);
  }
  bool split = false;
  for (const SlotPlace& slot : slots) {
    Place place;
    place.whole = (early_.empty() || slot.contacts) && (late_.empty() || slot.mains) &&
                  (!late_contacts || slot.contacts);
    place.begins = place.whole || (slot.contacts && !early_.empty());
    place.takes = !place.whole && slot.mains && !late_.empty() && !late_contacts;
    place.left = place.begins ? units_per_slot : 0;
    split = split || (place.begins && !place.whole);
    places_.emplace(slot.name, std::move(place));
  }
  const auto any = [&](auto wanted) {
    return std::any_of(places_.begin(), places_.end(),
                       [&](const auto& entry) { return wanted(entry.second); });
  };
  if (split && !any([](const Place& place) { return place.takes; })) {
    throw no_slot("bench.no_mains", late_.front(),
                  "says 'mains: on', and no slot of this run has mains",
                  "Choose slots with a mains relay, or the other stages with --stages.");
  }
  if (!any([](const Place& place) { return place.begins; })) {
    throw no_slot(early_.empty() ? "bench.no_mains" : "bench.no_contacts",
                  early_.empty() ? late_.front() : early_.front(),
                  "has no slot of this run that it could begin in",
                  "Choose slots of the kind that the stage needs, or other stages with --stages.");
  }
}

void UnitQueue::first(const std::string& slot, UnitOrder order) {
  Place& place = places_.at(slot);
  // A record that exists keeps its number: the next new unit must not take it.
  place.number = std::max(place.number, order.work.number);
  place.first.push_back(std::move(order));
}

bool UnitQueue::ready(const std::string& slot) const {
  const Place& place = places_.at(slot);
  if (place.closed || place.busy || place.occupied) return false;
  if (!place.first.empty() || place.left > 0) return true;
  return place.takes && !waiting_.empty();
}

bool UnitQueue::more_to_take() const {
  return !waiting_.empty() || std::any_of(places_.begin(), places_.end(), [](const auto& entry) {
    const Place& place = entry.second;
    if (place.whole || place.takes) return false;
    return place.busy || (!place.closed && (place.left > 0 || !place.first.empty()));
  });
}

bool UnitQueue::over(const std::string& slot) const {
  const Place& place = places_.at(slot);
  if (place.closed) return true;
  if (place.busy || place.left > 0 || !place.first.empty()) return false;
  return !place.takes || !more_to_take();
}

UnitOrder UnitQueue::next(const std::string& slot) {
  Place& place = places_.at(slot);
  place.busy = true;
  if (!place.first.empty()) {
    UnitOrder order = std::move(place.first.front());
    place.first.pop_front();
    return order;
  }
  UnitOrder order;
  if (place.left > 0) {
    --place.left;
    order.work.number = ++place.number;
    if (!place.whole) {
      order.work.stages = early_;
      order.work.ends_here = false;
    }
    return order;
  }
  place.taken = std::move(waiting_.front());
  waiting_.pop_front();
  order.from = place.taken->slot;
  order.mac = mac_of(place.taken->record);
  order.work.stages = late_;
  order.work.earlier = place.taken->record;
  places_.at(order.from).occupied = false;
  return order;
}

std::optional<UnitRecord> UnitQueue::ended(const std::string& slot, const UnitResult& result) {
  Place& place = places_.at(slot);
  place.busy = false;
  std::optional<Waiting> taken = std::exchange(place.taken, std::nullopt);
  if (result.open == UnitResult::Open::goes_on) {
    place.occupied = true;
    waiting_.push_back({slot, result.record});
  } else if (result.open == UnitResult::Open::not_there && taken) {
    // It may sit in the slot where it was, or on the table: whoever takes it is told its MAC.
    if (++taken->missed >= kTakeTries) return result.record;
    taken->record = result.record;
    waiting_.push_front(std::move(*taken));
  }
  return std::nullopt;
}

void UnitQueue::close(const std::string& slot) {
  Place& place = places_.at(slot);
  place.closed = true;
  place.busy = false;
  if (std::optional<Waiting> taken = std::exchange(place.taken, std::nullopt)) {
    waiting_.push_front(std::move(*taken));
  }
}

}  // namespace plugrig
