#include "rig/engine/arbiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace plugrig {
namespace {

/// The name's place in the list, which it is added to when it is new.
std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto place = static_cast<std::size_t>(found - names.begin());
  if (found == names.end()) names.push_back(name);
  return place;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string listed(const std::set<std::string>& names) {
  return listed(std::vector<std::string>(names.begin(), names.end()));
}

std::string slots(const std::vector<std::string>& names) {
  return (names.size() == 1 ? "slot " : "slots ") + listed(names);
}

std::string seconds(Duration duration) {
  return fmt::format("{:.0f} s", std::chrono::duration<double>(duration).count());
}

}  // namespace

bool Arbiter::collide(const Entry& one, const Entry& other) {
  if ((one.resources & other.resources).none()) return false;
  return one.cohort == kExclusive || one.cohort != other.cohort;
}

bool Arbiter::may_have(std::size_t index, Instant now) const {
  const Entry& entry = entries_[index];
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& other = entries_[i];
    if (i == index || !collide(entry, other)) continue;
    const bool goes_before = i < index && now - other.asked >= aged_;
    if (other.granted || goes_before) return false;
  }
  return true;
}

std::vector<Arbiter::Ticket> Arbiter::grant(Instant now) {
  std::vector<Ticket> granted;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].granted || !may_have(i, now)) continue;
    entries_[i].granted = now;
    granted.push_back(entries_[i].ticket);
  }
  return granted;
}

const Arbiter::Entry* Arbiter::find(Ticket ticket) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.ticket == ticket; });
  return found == entries_.end() ? nullptr : &*found;
}

Arbiter::Resources Arbiter::resources_of(const std::set<std::string>& names) {
  Resources resources;
  for (const std::string& name : names) resources.set(place_of(resource_names_, name));
  return resources;
}

Arbiter::Ticket Arbiter::ask(LeaseRequest request, Instant now) {
  const bool asks_twice = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.request.who == request.who;
  });
  if (asks_twice) {
    throw std::logic_error(
        fmt::format("slot {} asks for a lease while it has or awaits one", request.who));
  }
  if (request.resources.empty()) {
    throw std::logic_error(fmt::format("slot {} asks for a lease of nothing", request.who));
  }
  Entry entry;
  entry.ticket = ++last_;
  entry.resources = resources_of(request.resources);
  if (!request.cohort.empty()) {
    entry.cohort = static_cast<int>(place_of(cohort_names_, request.cohort));
  }
  entry.request = std::move(request);
  entry.asked = now;
  entries_.push_back(std::move(entry));
  grant(now);
  return last_;
}

std::vector<Arbiter::Ticket> Arbiter::give_back(Ticket ticket, Instant now) {
  const Entry* entry = find(ticket);
  if (entry == nullptr) return {};
  entries_.erase(entries_.begin() + (entry - entries_.data()));
  return grant(now);
}

bool Arbiter::granted(Ticket ticket) const {
  const Entry* entry = find(ticket);
  return entry != nullptr && entry->granted.has_value();
}

std::vector<OverdueLease> Arbiter::expired(Instant now) const {
  std::vector<OverdueLease> overdue;
  for (const Entry& entry : entries_) {
    if (!entry.granted || now - *entry.granted <= entry.request.longest_hold) continue;
    overdue.push_back({entry.ticket,
                       {entry.request.who, entry.request.purpose, *entry.granted},
                       entry.request.longest_hold});
  }
  return overdue;
}

Instant Arbiter::overdue_at(Ticket ticket) const {
  Instant first = Instant::max();
  const Entry* waiting = find(ticket);
  if (waiting == nullptr || waiting->granted) return first;
  for (const Entry& other : entries_) {
    const Duration longest = other.request.longest_hold;
    if (!other.granted || longest == Duration::max() || !collide(*waiting, other)) continue;
    first = std::min(first, *other.granted + longest);
  }
  return first;
}

std::vector<LeaseParty> Arbiter::in_the_way(Ticket ticket) const {
  std::vector<LeaseParty> parties;
  const Entry* waiting = find(ticket);
  if (waiting == nullptr || waiting->granted) return parties;
  for (const Entry& other : entries_) {
    if (!other.granted || !collide(*waiting, other)) continue;
    parties.push_back({other.request.who, other.request.purpose, *other.granted});
  }
  return parties;
}

std::string Arbiter::explain(std::string_view who, Instant now) const {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& each) { return each.request.who == who; });
  if (entry == entries_.end()) {
    return fmt::format("Slot {} has nothing that is shared, and waits for nothing.", who);
  }
  return entry->granted ? explain_hold(*entry, now) : explain_wait(*entry, now);
}

std::string Arbiter::explain_hold(const Entry& entry, Instant now) const {
  std::vector<std::string> waiting;
  std::vector<std::string> beside;
  for (const Entry& other : entries_) {
    if (&other == &entry || (other.resources & entry.resources).none()) continue;
    (other.granted ? beside : waiting).push_back(other.request.who);
  }
  std::string text = fmt::format("Slot {} has {} for {}, since {}", entry.request.who,
                                 listed(entry.request.resources), entry.request.purpose,
                                 seconds(now - *entry.granted));
  if (now - *entry.granted > entry.request.longest_hold) {
    text += fmt::format(" ({} are allowed)", seconds(entry.request.longest_hold));
  }
  if (!beside.empty()) text += fmt::format(", together with {}", slots(beside));
  text += ".";
  if (!waiting.empty()) {
    text += fmt::format(" For it {} {}.", waiting.size() == 1 ? "waits" : "wait", slots(waiting));
  }
  return text;
}

std::string Arbiter::explain_wait(const Entry& entry, Instant now) const {
  std::string text = fmt::format("Slot {} waits for {} for {}, since {}.", entry.request.who,
                                 listed(entry.request.resources), entry.request.purpose,
                                 seconds(now - entry.asked));
  for (const LeaseParty& holder : in_the_way(entry.ticket)) {
    text += fmt::format(" Slot {} has it for {}, since {}.", holder.who, holder.purpose,
                        seconds(now - holder.since));
  }
  std::vector<std::string> before;
  for (const Entry& other : entries_) {
    if (&other == &entry) break;
    if (!other.granted && (other.resources & entry.resources).any()) {
      before.push_back(other.request.who);
    }
  }
  text += before.empty() ? std::string(" It is next.")
                         : fmt::format(" It is number {} in the queue, behind {}.",
                                       before.size() + 1, slots(before));
  return text;
}

}  // namespace plugrig
