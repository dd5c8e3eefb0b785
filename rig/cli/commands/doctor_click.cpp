#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/doctor_parts.hpp"

namespace plugrig::cli {
namespace {

using bench::BoardPin;

constexpr Duration kClickLimit = std::chrono::seconds{5};
/// Long enough to be heard, and to see which lamp of the board goes with it.
constexpr Duration kHeldFor = std::chrono::milliseconds{400};
/// A relay with a timer goes off by then, whatever becomes of this program.
constexpr Duration kTimedOn = std::chrono::seconds{2};

/// Relays behind those that switch mains, in the order in which they click: dead while contactor
/// and slots are off.
struct Clicks {
  std::string what;
  BoardPin pin;
};

void add_loads(const std::optional<bench::LoadSpec>& load, const std::string& whose,
               std::vector<Clicks>& clicks) {
  if (!load || load->board == "operator") return;
  for (const auto& element : load->elements)
    clicks.push_back(
        {whose, BoardPin{.board = load->board, .number = element.relay, .input = false}});
}

std::vector<Clicks> clicks_of(const bench::BenchSpec& bench) {
  std::vector<Clicks> clicks;
  for (const auto& slot : bench.slots)
    if (slot.selector && !slot.selector->by_person())
      clicks.push_back({"selector of slot " + slot.name, *slot.selector});
  add_loads(bench.load, "load", clicks);
  for (const auto& slot : bench.slots) add_loads(slot.load, "load of slot " + slot.name, clicks);
  return clicks;
}

/// On, read, off, read. Off in any case; the relay must not stay on because an answer was lost.
void click(RelayBoard& board, int relay, Clock& clock, const std::stop_token& stop) {
  const auto limit = [&] { return Deadline{clock.now() + kClickLimit, stop}; };
  try {
    if (board.has_timed_on() && board.longest_timed_on() >= kTimedOn) {
      board.timed_on(relay, kTimedOn, limit());
    } else {
      board.set(relay, true, limit());
    }
    if (!board.reads_on(relay, limit()))
      throw Fault("relay.stuck", Blame::instrument,
                  fmt::format("Relay {} of board {} reads off after it was switched on.", relay,
                              board.name()),
                  "Look at the board's supply and at its relay.");
    clock.sleep_for(kHeldFor, limit());
  } catch (...) {
    board.set(relay, false, {clock.now() + kClickLimit, {}});
    throw;
  }
  board.set(relay, false, {clock.now() + kClickLimit, {}});
}

}  // namespace

void click_relays(const bench::BenchSpec& bench, Console& console, const HealthReport& report) {
  const auto clicks = clicks_of(bench);
  if (clicks.empty())
    return report({Health::Is::ok, "bench", "clicks", "no load relays and no selectors", ""});
  looked("bench", "clicks", report, [&] {
    BenchSession session(bench, {.factor = 0, .answers = "", .whole_bench = true}, console);
    if (session.gate() == nullptr) return;
    // Nothing clicks before everything is off, and seen to be.
    session.gate()->start_up({.deadline = {Instant::max(), console.stop}, .for_mains = false});
    for (const auto& [what, pin] : clicks) {
      const auto name = fmt::format("{}.{}", pin.board, pin.number);
      looked(name, "click", report, [&, &what = what, &pin = pin] {
        click(*session.bench().boards.at(pin.board), pin.number, session.clock(), console.stop);
        report({Health::Is::ok, name, "click", what, ""});
      });
    }
    for (const auto& slot : bench.slots) {
      if (!slot.mains || slot.mains->by_person()) continue;
      report({Health::Is::ok, slot.name, "click",
              "its mains relay was not clicked: a run shows that it works, with a plug behind it",
              ""});
    }
  });
}

}  // namespace plugrig::cli
