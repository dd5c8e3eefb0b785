#include "rig/engine/retest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace plugrig {
namespace {

/// Where testing the same unit again can show something else.
constexpr std::array<std::string_view, 5> away_from_unit{"contact", "fixture", "instrument", "host",
                                                         "operator"};

bool points_away(const UnitResult& last) {
  if (last.record.verdict == Verdict::fail) return false;
  if (!last.recorded || last.record.verdict == Verdict::aborted) return true;
  return last.record.verdict == Verdict::error &&
         std::find(away_from_unit.begin(), away_from_unit.end(), last.blame) !=
             away_from_unit.end();
}

std::string evidence_of(const UnitResult& last) {
  if (last.record.verdict == Verdict::aborted && last.fault_id.empty()) return "it was stopped";
  if (last.fault_id.empty()) return std::string(to_display(last.record.verdict));
  return fmt::format("{}, {}", last.blame, last.fault_id);
}

RetestDecision refused(std::string why) { return {false, std::move(why)}; }

}  // namespace

RetestDecision may_retest(const UnitResult& last, int done, const RetestRule& rule,
                          const RetestDemand& demand) {
  if (last.open != UnitResult::Open::no) return refused("The unit is not finished.");
  if (last.record.verdict == Verdict::pass && last.recorded) return refused("The unit passed.");
  for (const AttemptRecord& attempt : last.record.attempts) {
    if (attempt.fault_id == "safety.off_not_confirmed")
      return refused("Off is not confirmed in this slot.");
  }
  if (done >= rule.most) {
    return refused(rule.most == 0 ? "No unit is tested again in this run."
                                  : fmt::format("The unit was tested again {} time{} already.",
                                                done, done == 1 ? "" : "s"));
  }
  const bool away = points_away(last);
  if (!demand.by_person) {
    if (!rule.by_itself || !away) return refused("Nobody asks for it.");
    return {true, evidence_of(last)};
  }
  if (!away && demand.reason.empty()) {
    return refused(last.record.verdict == Verdict::fail
                       ? "The evidence points at the unit: give a reason."
                       : "The evidence does not point away from the unit: give a reason.");
  }
  const std::string words = demand.reason.empty() ? "" : ": " + demand.reason;
  return {true, fmt::format("{}; asked for by a person{}", evidence_of(last), words)};
}

std::string RetestDesk::demand(const std::string& slot, const std::string& reason) {
  std::stop_source demanded(std::nostopstate);
  {
    const std::scoped_lock guard(lock_);
    Place& place = places_[slot];
    if (place.closed) return fmt::format("{} takes no further unit in this run.", slot);
    if (place.last) {
      const RetestDecision decision = may_retest(*place.last, place.done, rule_, {true, reason});
      if (!decision.allowed) return fmt::format("{}: {}", slot, decision.text);
    }
    place.wanted = reason;
    if (!place.last)
      return fmt::format("{} is tested again after its end, if the rule allows.", slot);
    demanded = place.demanded;
  }
  demanded.request_stop();
  return fmt::format("{} is tested again.", slot);
}

void RetestDesk::begun(const std::string& slot) {
  const std::scoped_lock guard(lock_);
  Place& place = places_[slot];
  place.last.reset();
  place.wanted.reset();
  place.done = 0;
}

void RetestDesk::ended(const std::string& slot, const UnitResult& result) {
  const std::scoped_lock guard(lock_);
  Place& place = places_[slot];
  place.last = result;
  place.demanded = std::stop_source();
}

void RetestDesk::closed(const std::string& slot) {
  const std::scoped_lock guard(lock_);
  places_[slot].closed = true;
}

std::optional<Retest> RetestDesk::take(const std::string& slot) {
  const std::scoped_lock guard(lock_);
  Place& place = places_[slot];
  if (!place.last) return std::nullopt;
  const std::optional<std::string> wanted = std::exchange(place.wanted, std::nullopt);
  const RetestDemand demand{wanted.has_value(), wanted.value_or("")};
  const RetestDecision decision = may_retest(*place.last, place.done, rule_, demand);
  if (!decision.allowed) return std::nullopt;
  Retest retest{place.last->record.unit_id, decision.text, ++place.done};
  place.last.reset();
  return retest;
}

std::stop_token RetestDesk::demanded(const std::string& slot) {
  const std::scoped_lock guard(lock_);
  return places_[slot].demanded.get_token();
}

}  // namespace plugrig
