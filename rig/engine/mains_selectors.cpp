// Which slot the shared meter and load are connected to, and that it is never two.
#include <fmt/format.h>

#include <utility>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

/// True when `what` did not throw.
template <typename What>
bool worked(What&& what) noexcept {
  try {
    std::forward<What>(what)();
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

void Bench::read_selector(std::size_t slot) {
  MainsSwitch& selector = *part(slot).selector;
  std::optional<bool> closed;
  worked([&] { closed = selector.reads_on(soon(kBusLimit)); });
  if (look(slot).selector.closed != closed) {
    const auto meter = look(slot).meter;
    forget_shown([meter](const Slot& known) { return known.meter == meter; });
  }
  change(slot, [&](Slot& known) { known.selector.closed = closed; });
}

bool Bench::open_selector(std::size_t slot) noexcept {
  MainsSwitch* selector = part(slot).selector.get();
  if (selector == nullptr) return true;
  return worked([&] {
    forget_shown([&](const Slot& known) { return known.name == part(slot).slot; });
    // One that is open stays so while it is commanded open once more: another slot that is just
    // being connected need not take it for unknown.
    change(slot, [](Slot& known) {
      if (!known.selector.is_open()) known.selector.closed.reset();
    });
    selector->set(false, soon(kBusLimit));
    read_selector(slot);
    if (look(slot).selector.closed != std::optional(false)) {
      throw Fault("relay.not_open", Blame::fixture, "The selector reads back as closed.",
                  "Look at the relay board of this slot.");
    }
    change(slot, [](Slot& known) { known.selector.asked = false; });
  });
}

void Bench::connect(std::size_t slot, const Deadline& deadline) {
  MainsSwitch* selector = part(slot).selector.get();
  if (selector == nullptr) return;
  // Selectors switch without load.
  LoadBank* bank = bank_of(slot);
  if (bank != nullptr && !bank->by_hand()) bank->off(deadline);
  for (std::size_t other = 0; other < size(); ++other) {
    if (other == slot || part(other).selector == nullptr) continue;
    read_selector(other);
    // One that did not open when it was asked to, or whose answer was lost: once more.
    if (look(other).selector.is_open()) continue;
    open_selector(other);
  }
  require({.ask = Ask::connect, .slot = slot});
  forget_shown([&](const Slot& known) { return known.name == part(slot).slot; });
  change(slot, [](Slot& known) {
    known.selector.asked = true;
    known.selector.closed.reset();
  });
  selector->set(true, deadline);
  read_selector(slot);
  if (taken_out("selector_read_back")) {
    change(slot, [](Slot& known) { known.selector.closed = true; });
  }
  if (look(slot).selector.closed == std::optional(true)) return;
  throw Fault("relay.not_closed", Blame::fixture,
              fmt::format("The selector of slot {} was closed and does not read back as closed.",
                          part(slot).slot),
              "Look at the relay board of this slot's selector.");
}

std::optional<Fault> Bench::disconnect(std::size_t slot) noexcept {
  if (taken_out("lease_off")) return std::nullopt;
  try {
    LoadBank* bank = bank_of(slot);
    std::string not_done;
    if (bank != nullptr && !bank->by_hand() && look(slot).loaded) {
      const auto off = [&] { bank->off(soon(kBusLimit)); };
      if (worked(off) || worked(off)) {
        change(slot, [](Slot& known) { known.loaded = false; });
      } else {
        not_done = "its load could not be switched off";
      }
    }
    if (!open_selector(slot) && !open_selector(slot)) {
      not_done += not_done.empty() ? "" : ", and ";
      not_done += "its selector does not read back as open";
    }
    if (not_done.empty()) return std::nullopt;
    return Fault(
        "safety.load_shared", Blame::fixture,
        fmt::format("Slot {} gave reference and load back, and {}.", part(slot).slot, not_done),
        "Look at the relay boards of load and selectors; no other slot gets the load "
        "before this selector reads open.");
  } catch (const std::exception& error) {
    return Fault("safety.load_shared", Blame::software,
                 fmt::format("Giving reference and load back broke off: {}.", error.what()),
                 "Report this.");
  }
}

bool Bench::load_is_of_another(std::size_t slot) const {
  const State state = look();
  const Slot& own = state.slots.at(slot);
  if (!own.by_turns || own.leased || own.selector.asked) return false;
  for (const Slot& other : state.slots) {
    if (&other != &own && other.leased) return true;
  }
  return false;
}

bool Bench::by_hand(std::size_t slot) const {
  const LoadBank* bank = bank_of(slot);
  const PowerMeter* meter = meter_of(slot);
  return (bank != nullptr && bank->by_hand()) || (meter != nullptr && meter->by_hand());
}

}  // namespace plugrig::mains
