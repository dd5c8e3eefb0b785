#include "rig/cli/screen/board_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

Shown shown_of(const event::UnitEnded& ended) {
  if (!ended.recorded) return Shown::not_recorded;
  switch (ended.verdict) {
    case Verdict::pass:
      return Shown::pass;
    case Verdict::fail:
      return Shown::fail;
    case Verdict::aborted:
    case Verdict::not_run:
      return Shown::stopped;
    case Verdict::error:
    case Verdict::inconclusive:
      return Shown::rig_fault;
  }
  return Shown::rig_fault;
}

/// Share of the room between target and limit that is used up; 1 = on the limit.
double used_up(const ShownError& error) {
  const double middle = (error.low + error.high) / 2;
  const double half = (error.high - error.low) / 2;
  return half > 0 ? std::abs(error.value - middle) / half : HUGE_VAL;
}

int seconds_of(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

/// Takes events into one state: one overload a kind of event. True: changed for good.
struct BoardState::Take {
  BoardState& state;
  const Event& event;

  [[nodiscard]] BoardSlot& slot() const { return state.slot(event.slot); }

  bool operator()(const event::RunStarted& e) const {
    state = {};
    state.now_ = state.started_ = event.at;
    state.run_id_ = e.run_id;
    state.sequence_ = e.sequence;
    state.bench_ = e.bench;
    state.planned_ = e.units;
    for (const auto& name : e.slots) state.slot(name);
    return true;
  }
  bool operator()(const event::SlotStarted& e) const {
    auto& row = slot();
    BoardSlot fresh;
    fresh.name = row.name;
    fresh.units = row.units;
    fresh.shown = Shown::running;
    fresh.unit_id = e.unit_id;
    fresh.started = event.at;
    row = std::move(fresh);
    return true;
  }
  bool operator()(const event::SlotWaits& e) const {
    auto& row = slot();
    // How the last unit ended stays on the board until the next one begins.
    if (row.shown == Shown::nothing || row.shown == Shown::running) row.shown = Shown::waiting;
    row.next = e.next;
    return true;
  }
  bool operator()(const event::StageStarted& e) const {
    slot().stage = e.stage;
    return true;
  }
  bool operator()(const event::StepStarted& e) const {
    auto& row = slot();
    row.step = e.step;
    row.attempt = e.attempt;
    row.progress.reset();
    row.said.clear();
    return true;
  }
  bool operator()(const event::StepProgress& e) const {
    auto& row = slot();
    if (!row.progress || row.progress->phase != e.phase)
      row.progress = ShownProgress{e.phase, e.unit, e.done, e.total, e.done, event.at};
    row.progress->done = e.done;
    row.progress->total = e.total;
    row.progress->unit = e.unit;
    return false;
  }
  bool operator()(const event::StepSaid& e) const {
    slot().said = e.text;
    return true;
  }
  bool operator()(const event::UnitFact& e) const {
    auto& row = slot();
    const bool serial = e.name == "serial";
    if (serial || (e.name == "mac" && row.identity.empty())) row.identity = e.value;
    return true;
  }
  bool operator()(const event::Measured& e) const {
    if (!e.low || !e.high) return false;
    ShownError error{e.id, e.condition, e.unit, e.value, *e.low, *e.high};
    auto& shown = slot().error;
    if (shown && shown->id == error.id && used_up(*shown) > used_up(error)) return false;
    shown = std::move(error);
    return true;
  }
  bool operator()(const event::StepEnded& e) const {
    auto& row = slot();
    row.progress.reset();
    row.wait.reset();
    if (!e.happened.empty()) row.said = e.happened;
    return true;
  }
  bool operator()(const event::UnitEnded& e) const {
    auto& row = slot();
    row.shown = shown_of(e);
    row.progress.reset();
    row.wait.reset();
    row.step.clear();
    row.fault_id = e.fault_id;
    row.blame = e.blame;
    row.happened = e.happened;
    row.next = e.next;
    row.ended = event.at;
    ++row.units;
    state.last_unit_ = event.at;
    const auto& plug = row.identity;
    state.count_.add({plug, e.verdict, e.first_pass, e.recorded, e.blame});
    return true;
  }
  bool operator()(const event::LeaseWaits& e) const {
    slot().wait = ShownWait{e.resource, e.holder, e.purpose, event.at};
    return true;
  }
  bool operator()(const event::LeaseTaken&) const {
    slot().wait.reset();
    return true;
  }
  bool operator()(const event::LeaseGiven&) const { return false; }
  bool operator()(const event::RunEnded&) const {
    state.over_ = true;
    return true;
  }
};

bool BoardState::apply(const Event& event) {
  const bool changed = std::visit(Take{*this, event}, event.body);
  now_ = event.at;
  return changed;
}

BoardSlot& BoardState::slot(const std::string& name) {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const auto& s) { return s.name == name; });
  if (found != slots_.end()) return *found;
  auto& fresh = slots_.emplace_back();
  fresh.name = name;
  return fresh;
}

const BoardSlot* BoardState::find(const std::string& name) const {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const auto& s) { return s.name == name; });
  return found == slots_.end() ? nullptr : &*found;
}

std::optional<double> BoardState::units_per_hour() const {
  const double hours =
      std::chrono::duration<double, std::ratio<3600>>(last_unit_ - started_).count();
  if (count_.records() == 0 || hours <= 0) return std::nullopt;
  return count_.records() / hours;
}

std::string BoardState::why_waiting(const std::string& name) const {
  const auto* row = find(name);
  if (row == nullptr) return fmt::format("There is no slot {}.", name);
  if (row->wait) {
    const auto& wait = *row->wait;
    std::string text = fmt::format("{} waits since {} s for the {}", name,
                                   seconds_of(now_ - wait.since), wait.resource);
    if (!wait.holder.empty()) text += fmt::format(", which {} has", wait.holder);
    if (!wait.purpose.empty()) text += fmt::format(" ({})", wait.purpose);
    return text + ".";
  }
  switch (row->shown) {
    case Shown::nothing:
      return fmt::format("{} has not begun.", name);
    case Shown::running:
      return fmt::format("{} does not wait: it is in {}.", name,
                         row->step.empty() ? "its start" : row->step);
    default:
      return fmt::format("{}: {}{}", name, row->happened.empty() ? "" : row->happened + " Next: ",
                         row->next.empty() ? "Take the unit out." : row->next);
  }
}

}  // namespace plugrig::cli
