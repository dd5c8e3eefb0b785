#include "rig/engine/mains_lease.hpp"

#include <fmt/format.h>

#include <utility>

#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

constexpr const char* kResource = "reference";

/// A request and its answer, as slow as a meter may be.
constexpr Duration kExchange = std::chrono::milliseconds{150};

}  // namespace

Duration settles_connected(Duration meter_refresh) { return 2 * meter_refresh + kExchange; }

ReferenceTurn::ReferenceTurn(std::shared_ptr<Bench> bench, std::size_t slot,
                             LeaseDesk::Lease granted, std::string purpose, Tell tell)
    : bench_(std::move(bench)),
      slot_(slot),
      granted_(std::move(granted)),
      purpose_(std::move(purpose)),
      tell_(std::move(tell)),
      since_(bench_->clock().now()) {
  const Duration longest = bench_->by_hand(slot) ? kLongestHoldByHand : kLongestHold;
  bench_->change(slot_, [&](Slot& slot_known) {
    slot_known.leased = true;
    slot_known.lease_due = since_ + longest;
  });
  if (tell_) tell_(event::LeaseTaken{kResource, purpose_, granted_.waited()});
}

void ReferenceTurn::connect(const Deadline& deadline) {
  bench_->connect(slot_, deadline);
  const PowerMeter* meter = bench_->meter_of(slot_);
  const bool switched = bench_->hardware().slots.at(slot_).selector != nullptr;
  if (!switched || meter == nullptr || meter->by_hand()) return;
  const Duration settles = settles_connected(meter->info().refresh);
  bench_->clock().sleep_for(settles, deadline);
  settled(settles);
}

void ReferenceTurn::give_back() noexcept {
  if (!std::exchange(held_, false)) return;
  const Instant end = bench_->clock().now();
  if (const auto not_open = bench_->disconnect(slot_)) bench_->trip(slot_, not_open);
  bench_->change(slot_, [](Slot& known) {
    known.leased = false;
    known.lease_due = Instant::max();
  });
  granted_.give_back();
  if (tell_) {
    tell_(event::LeaseGiven{kResource, purpose_, end - since_, settling_, sampling_});
  }
}

PowerReading TurnsMeter::read(const Deadline& deadline) {
  const Slot known = bench_.look(slot_);
  const bool had = bench_.in_chain(slot_) ? known.live : known.leased || !known.by_turns;
  const bool has_turn = known.measuring ? known.point.has_value() : had;
  if (!has_turn && !taken_out("reference_lease")) {
    throw Fault("safety.no_lease", Blame::software,
                fmt::format("Meter {} was to be read for slot {}, which has no turn at it: it "
                            "shows another slot.",
                            info().name, known.name),
                "Report this: the step must take its turn at the reference before it reads it.");
  }
  if (!known.measuring) return meter_.read(deadline);
  require_same_chain(known);
  const PowerReading reading = meter_.read(deadline);
  require_same_chain(known);
  return reading;
}

void TurnsMeter::require_same_chain(const Slot& known) const {
  const auto changes =
      bench_.look_at_round([](const ChainRound& round) { return round.changes(); });
  if (known.point == changes) return;
  throw chain_changed(known.name);
}

Fault chain_changed(const std::string& slot) {
  return {kChainChanged, Blame::fixture,
          fmt::format("Another slot had to leave the chain while slot {} measured.", slot),
          "Nothing: the load point is measured again."};
}

}  // namespace plugrig::mains
