#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "fixtures/build/mains_relays.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/doctor_parts.hpp"

namespace plugrig::cli {
namespace {

constexpr Duration kClickLimit = std::chrono::seconds{5};
/// Long enough to be heard, and to see which lamp of the board goes with it.
constexpr Duration kHeldFor = std::chrono::milliseconds{400};
/// A relay with a timer goes off by then, whatever becomes of this program.
constexpr Duration kTimedOn = std::chrono::seconds{2};

using Is = build::MainsRelay::Is;

/// Selectors and load relays: dead while contactor and slots are off.
bool may_click(const build::MainsRelay& relay) {
  return relay.is == Is::selector || relay.is == Is::load;
}

std::string text_of(const build::MainsRelay& relay) {
  const std::string what = relay.is == Is::selector ? "selector" : "load";
  return relay.slot.empty() ? what : what + " of slot " + relay.slot;
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
  const auto relays = build::mains_relays(bench);
  if (std::none_of(relays.begin(), relays.end(), may_click))
    return report({Health::Is::ok, "bench", "clicks", "no load relays and no selectors", ""});
  looked("bench", "clicks", report, [&] {
    BenchSession session(bench, {.factor = 0, .answers = "", .whole_bench = true}, console);
    if (session.gate() == nullptr) return;
    // Nothing clicks before everything is off, and seen to be.
    session.gate()->start_up({.deadline = {Instant::max(), console.stop}, .for_mains = false});
    for (const auto& relay : relays) {
      if (!may_click(relay)) continue;
      const auto name = fmt::format("{}.{}", relay.pin.board, relay.pin.number);
      looked(name, "click", report, [&] {
        click(*session.bench().boards.at(relay.pin.board), relay.pin.number, session.clock(),
              console.stop);
        report({Health::Is::ok, name, "click", text_of(relay), ""});
      });
    }
    for (const auto& relay : relays)
      if (relay.is == Is::slot)
        report({Health::Is::ok, relay.slot, "click",
                "its mains relay was not clicked: a run shows that it works, with a plug behind it",
                ""});
  });
}

}  // namespace plugrig::cli
