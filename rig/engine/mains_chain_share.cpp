// Slots of a chain that measure together: in, on a load point, and out again.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/mains_session.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

constexpr const char* kLoadPoint = "load point";
constexpr const char* kChain = "chain";

Fault own_unknown(const std::string& slot) {
  return {
      "power.own_unknown", Blame::fixture,
      fmt::format("What the plug in slot {} takes for itself could not be measured, so it "
                  "cannot be left out of what the plugs of its chain are held against.",
                  slot),
      "Use a reference in front of the chain that measures power and current without load; then "
      "run the unit again."};
}

std::string cohort_of(double watts) { return fmt::format("{:g} W", watts); }

}  // namespace

/// What a step holds of it.
class SlotChainShare final : public ChainShare {
 public:
  SlotChainShare(std::weak_ptr<SlotSession*> session, std::string purpose)
      : session_(std::move(session)), purpose_(std::move(purpose)) {}
  ~SlotChainShare() override {
    try {
      leave();
    } catch (...) {
      // Stopped, or off is not proven, and the slot is locked then; the session ends it.
      end_at_once();
    }
  }
  SlotChainShare(const SlotChainShare&) = delete;
  SlotChainShare& operator=(const SlotChainShare&) = delete;

  [[nodiscard]] OwnConsumption through_here() const override {
    return in_round(&ChainRound::through);
  }
  [[nodiscard]] OwnConsumption behind() const override { return in_round(&ChainRound::behind); }
  [[nodiscard]] std::vector<std::string> slots_before() const override {
    return in_round(&ChainRound::slots_before);
  }
  [[nodiscard]] std::vector<std::string> slots_behind() const override {
    return in_round(&ChainRound::slots_behind);
  }

  void ready(const OwnConsumption& through_here, const Deadline& deadline) override {
    with([&](SlotSession& s) {
      Bench& bench = *s.bench_;
      bench.require_untripped(s.slot_);
      const bool known =
          bench.change_round([&](ChainRound& round) { return round.ready(s.slot_, through_here); });
      if (!known) throw own_unknown(bench.look(s.slot_).name);
      const Instant now = bench.clock().now();
      const auto built = [&](const ChainRound& round) { return round.built(now); };
      s.wait_until([&] { return bench.look_at_round(built); }, deadline);
      bench.change(s.slot_, [](Slot& slot) { slot.measuring = true; });
      since_ = bench.clock().now();
      together_ = bench.look_at_round([](const ChainRound& round) { return round.size(); });
      measuring_ = true;
      if (s.tell_) s.tell_(event::LeaseTaken{"reference", purpose_, {}});
      return true;
    });
  }

  void leave() override {
    const auto session = session_.lock();
    if (std::exchange(left_, true) || session == nullptr) return;
    SlotSession& s = **session;
    tell_end(s);
    s.give_point_back();
    if (s.bench_->look(s.slot_).live) {
      LeaseDesk::Lease alone;
      s.wait_beside([&] {
        alone = s.bench_->points().take({.who = s.bench_->look(s.slot_).name,
                                         .resources = {kLoadPoint},
                                         .purpose = "leaves the chain",
                                         .longest_hold = kLongestHold},
                                        {Instant::max(), s.stop_});
      });
      s.off_and_proven();
    }
    s.leave_chain();
  }

  void settled(Duration spent) override { settling_ += spent; }
  void sampled(Duration spent) override { sampling_ += spent; }

 private:
  template <typename Value>
  [[nodiscard]] Value in_round(Value (ChainRound::*value)(std::size_t) const) const {
    return with([&](SlotSession& s) {
      return s.bench_->look_at_round(
          [&](const ChainRound& round) { return (round.*value)(s.slot_); });
    });
  }

  template <typename What>
  auto with(What&& what) const -> decltype(what(std::declval<SlotSession&>())) {
    const auto session = session_.lock();
    if (session != nullptr && !left_) return what(**session);
    throw Fault("safety.no_lease", Blame::software, "A share of the chain was used after its end.",
                "Report this with the name of the step.");
  }

  /// As many as measured together used the load at once.
  void tell_end(SlotSession& s) {
    if (!std::exchange(measuring_, false) || !s.tell_) return;
    const auto among = static_cast<Duration::rep>(std::max<std::size_t>(together_, 1));
    s.tell_(event::LeaseGiven{"reference", purpose_, s.bench_->clock().now() - since_,
                              settling_ / among, sampling_ / among});
  }

  void end_at_once() noexcept {
    const auto session = session_.lock();
    if (session == nullptr) return;
    try {
      (*session)->give_point_back();
      (*session)->off_and_proven();
    } catch (...) {
      // Locked, and told to everybody.
    }
    (*session)->leave_chain();
  }

  const std::weak_ptr<SlotSession*> session_;
  const std::string purpose_;
  bool left_ = false;
  bool measuring_ = false;
  Instant since_{};
  std::size_t together_ = 1;
  Duration settling_{};
  Duration sampling_{};
};

bool SlotSession::shares_chain() const {
  if (!bench_->in_chain(slot_) || bench_->by_hand(slot_)) return false;
  for (std::size_t other = 0; other < bench_->size(); ++other) {
    if (other != slot_ && bench_->in_session(other)) return true;
  }
  return false;
}

void SlotSession::wait_until(const std::function<bool()>& ready, const Deadline& deadline) {
  WaitResult result = WaitResult::ready;
  wait_beside([&] { result = bench_->clock().wait(ready, {Instant::max(), deadline.stop}); });
  bench_->require_untripped(slot_);
  if (result == WaitResult::stopped) throw Stopped();
}

void SlotSession::take_chain(LeaseRequest request, const Deadline& deadline) {
  if (chain_turn_.held()) return;
  bool waited = false;
  const std::string purpose = request.purpose;
  wait_beside([&] {
    chain_turn_ = bench_->desk().take(std::move(request), deadline,
                                      [&](const std::vector<LeaseParty>& holders) {
                                        waited = true;
                                        if (tell_) tell_(waits_for(kChain, holders));
                                      });
  });
  if (waited && tell_) {
    tell_(event::LeaseTaken{kChain, purpose, chain_turn_.waited()});
    tell_(event::LeaseGiven{kChain, purpose, {}, {}, {}});
  }
  bench_->require_untripped(slot_);
}

void SlotSession::leave_chain() noexcept {
  bench_->leave_round(slot_);
  chain_turn_.give_back();
}

void SlotSession::join_round(const std::string& purpose, const Deadline& deadline) {
  Bench& bench = *bench_;
  const std::string& name = bench.hardware().slots.at(slot_).slot;
  for (;;) {
    const Instant asked = bench.clock().now();
    const int number =
        bench.look_at_round([&](const ChainRound& round) { return round.open_round(asked); });
    take_chain({.who = name,
                .resources = bench.sharing(slot_).resources,
                .purpose = purpose,
                .cohort = fmt::format("round {}", number)},
               {Instant::max(), deadline.stop});
    const Instant now = bench.clock().now();
    const bool in =
        bench.change_round([&](ChainRound& round) { return round.join(number, slot_, name, now); });
    if (in) break;
    // It gathered no more when its turn came.
    chain_turn_.give_back();
  }
  bench.change(slot_, [](Slot& slot) { slot.together = true; });
}

void SlotSession::build_round(const Deadline& deadline) {
  Bench& bench = *bench_;
  const Instant gathered =
      bench.look_at_round([](const ChainRound& round) { return round.gathered_at(); });
  wait_beside([&] { bench.clock().sleep_until({gathered, deadline.stop}); });
  const Instant now = bench.clock().now();
  const auto may = [&](const ChainRound& round) { return round.may_build(slot_, now); };
  wait_until([&] { return bench.look_at_round(may); }, deadline);
  bench.change_round([&](ChainRound& round) {
    round.build(slot_);
    return true;
  });
  switch_on({bench.clock().now() + kChainSwitches, deadline.stop});
}

std::unique_ptr<ChainShare> SlotSession::share_chain(const std::string& purpose,
                                                     const Deadline& deadline) {
  bench_->require_untripped(slot_);
  de_energise(deadline);
  try {
    join_round(purpose, deadline);
    build_round(deadline);
    return std::make_unique<SlotChainShare>(self_, purpose);
  } catch (...) {
    if (!bench_->look(slot_).live) leave_chain();
    throw;
  }
}

LoadSetting SlotSession::take_point(double watts, const Deadline& deadline) {
  Bench& bench = *bench_;
  const auto changes = [&] {
    return bench.look_at_round([](const ChainRound& round) { return round.changes(); });
  };
  const std::string name = bench.look(slot_).name;
  if (point_ && point_->watts == watts) {
    if (point_->changes == changes()) return point_->setting;
    give_point_back();
    throw chain_changed(name);
  }
  give_point_back();
  Point point;
  point.watts = watts;
  point.setting.at_V = nominal_V();
  LoadBank* bank = bench.bank_of(slot_);
  if (watts != 0 && bank == nullptr) {
    throw Fault("bench.no_load", Blame::config, fmt::format("Slot {} has no load bank.", name),
                "Name a load bank in the bench file, or remove the load points.");
  }
  wait_beside([&] {
    point.lease = bench.points().take({.who = name,
                                       .resources = {kLoadPoint},
                                       .purpose = cohort_of(watts),
                                       .cohort = cohort_of(watts),
                                       .longest_hold = kLongestHold},
                                      {Instant::max(), deadline.stop});
  });
  wait_until([&] { return bench.chain_stands_still(); }, deadline);
  if (watts != 0) point.setting = bank->choose(watts, nominal_V());
  point.changes = changes();
  bench.count_point(1);
  point_ = std::move(point);
  const Instant due = bench.clock().now() + kLongestHold;
  bench.change(slot_, [&](Slot& slot) {
    slot.point = point_->changes;
    slot.leased = true;
    slot.lease_due = due;
    slot.loaded = watts != 0;
  });
  put_on_chain(*point_, deadline);
  return point_->setting;
}

void SlotSession::put_on_chain(const Point& point, const Deadline& deadline) {
  Bench& bench = *bench_;
  LoadBank* bank = bench.bank_of(slot_);
  const TurnHeld turn(bench.load_turn(), bench.look(slot_).name, deadline);
  if (!turn.held() || bank == nullptr) return;
  bench.require({.ask = Ask::load,
                 .slot = slot_,
                 .load_A = point.setting.nominal_A,
                 .load_W = point.setting.nominal_W});
  // Whoever has the same point may have put it on.
  if (bench.load_on(slot_) == point.setting.nominal_W) return;
  undo([&] {
    bank->off(deadline);
    if (point.setting.elements.empty()) return;
    bank->apply(point.setting, deadline);
    // One that began to leave meanwhile leaves without load.
    if (!bench.chain_stands_still()) bank->off(deadline);
  });
}

void SlotSession::give_point_back() noexcept {
  if (!point_) return;
  Point point = std::move(*point_);
  point_.reset();
  Bench& bench = *bench_;
  bench.change(slot_, [](Slot& slot) {
    slot.point.reset();
    slot.leased = slot.loaded = false;
    slot.lease_due = Instant::max();
  });
  // The last one puts the load off.
  if (bench.count_point(-1) > 0) return;
  LoadBank* bank = bench.bank_of(slot_);
  if (bank == nullptr || bench.load_on(slot_) <= 0) return;
  for (int tries = 0; tries < 2; ++tries) {
    try {
      bank->off({bench.clock().now() + kBusLimit, {}});
      return;
    } catch (...) {
      // Once more; then the slot is switched off.
    }
  }
  bench.trip(slot_, Fault("safety.load_shared", Blame::fixture,
                          "The load of the chain could not be switched off behind a load point.",
                          "Look at the relay board of the load."));
}

}  // namespace plugrig::mains
