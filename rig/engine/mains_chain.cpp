#include "rig/engine/mains_chain.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace plugrig::mains {
namespace {

/// So many standard uncertainties below zero are no plug.
constexpr double kSure = 4;

/// The parts are of the same phase: supplies of the same kind behind one voltage.
OwnConsumption difference(const OwnConsumption& all, const OwnConsumption& part) {
  return {.power_W = all.power_W - part.power_W,
          .active_A = all.active_A - part.active_A,
          .reactive_A = all.reactive_A - part.reactive_A,
          .u_power_W = std::hypot(all.u_power_W, part.u_power_W),
          .u_current_A = std::hypot(all.u_current_A, part.u_current_A)};
}

/// Nothing that is no number, or was not measured, may be subtracted from a reference.
bool is_known(const OwnConsumption& own) {
  const std::array<double, 5> values{own.power_W, own.active_A, own.reactive_A, own.u_power_W,
                                     own.u_current_A};
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::isfinite(value) && value >= 0; }) &&
         own.power_W > 0 && own.u_power_W > 0 && own.u_current_A > 0;
}

}  // namespace

int ChainRound::open_round(Instant now) const { return now < gathered_at() ? round_ : round_ + 1; }

bool ChainRound::join(int round, std::size_t place, std::string slot, Instant now) {
  if (round != round_ || now >= gathered_at() || has(place)) return false;
  if (!begun_) begun_ = now;
  const auto behind = std::find_if(members_.begin(), members_.end(),
                                   [&](const Member& other) { return other.place > place; });
  Member member;
  member.place = place;
  member.slot = std::move(slot);
  members_.insert(behind, std::move(member));
  return true;
}

Instant ChainRound::gathered_at() const { return begun_ ? *begun_ + kGathers : Instant::max(); }

bool ChainRound::may_build(std::size_t place, Instant now) const {
  if (now < gathered_at() || !has(place)) return false;
  return std::all_of(members_.begin(), members_.end(), [&](const Member& other) {
    return other.place >= place || other.stage == Stage::ready;
  });
}

void ChainRound::build(std::size_t place) { set(place, Stage::building); }

bool ChainRound::ready(std::size_t place, const OwnConsumption& through_here) {
  const Member* before = last_before(place);
  const OwnConsumption own =
      before == nullptr ? through_here : difference(through_here, through(before->place));
  if (!is_known(through_here) || own.power_W < -kSure * own.u_power_W) return false;
  for (Member& member : members_) {
    if (member.place != place) continue;
    member.through_here = through_here;
    member.own = own;
    member.measured = changes_;
  }
  set(place, Stage::ready);
  return true;
}

bool ChainRound::built(Instant now) const {
  return now >= gathered_at() &&
         std::all_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.stage == Stage::ready; });
}

void ChainRound::leave(std::size_t place) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.place == place; });
  if (found == members_.end()) return;
  found->left = ++changes_;
  left_.push_back(*found);
  members_.erase(found);
  if (!members_.empty()) return;
  left_.clear();
  ++round_;
  begun_.reset();
}

OwnConsumption ChainRound::through(std::size_t place) const {
  const Member* here = find(place);
  if (here == nullptr) return {};
  OwnConsumption all = here->through_here;
  for (const Member& gone : left_) {
    const bool was_measured_with = gone.stage == Stage::ready && gone.left > here->measured;
    if (gone.place < place && was_measured_with) all = difference(all, gone.own);
  }
  return all;
}

OwnConsumption ChainRound::behind(std::size_t place) const {
  if (members_.empty() || members_.back().place <= place) return {};
  return difference(through(members_.back().place), through(place));
}

std::vector<std::string> ChainRound::slots_before(std::size_t place) const {
  std::vector<std::string> names;
  for (const Member& member : members_) {
    if (member.place < place) names.push_back(member.slot);
  }
  return names;
}

std::vector<std::string> ChainRound::slots_behind(std::size_t place) const {
  std::vector<std::string> names;
  for (const Member& member : members_) {
    if (member.place > place) names.push_back(member.slot);
  }
  return names;
}

const ChainRound::Member* ChainRound::find(std::size_t place) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.place == place; });
  return found == members_.end() ? nullptr : &*found;
}

const ChainRound::Member* ChainRound::last_before(std::size_t place) const {
  const Member* last = nullptr;
  for (const Member& member : members_) {
    if (member.place < place) last = &member;
  }
  return last;
}

void ChainRound::set(std::size_t place, Stage stage) {
  for (Member& member : members_) {
    if (member.place == place) member.stage = stage;
  }
}

}  // namespace plugrig::mains
