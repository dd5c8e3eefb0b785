#include "rig/engine/mains_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

/// How often the inputs are read, at most, before a slot is refused for want of a reading.
constexpr int kLooks = 3;

}  // namespace

event::LeaseWaits waits_for(const char* what, const std::vector<LeaseParty>& holders) {
  // Nobody has it: others that came before wait for more than this.
  if (holders.empty()) return {what, {}, {}};
  return {what, holders.front().who, holders.front().purpose};
}

LeaseDesk::Lease take_stage_turn(Bench& bench, std::size_t slot, const MainsStage& stage) {
  const std::string& name = bench.hardware().slots.at(slot).slot;
  std::string holder;
  auto turn = bench.desk().take(
      {.who = name, .resources = bench.sharing(slot).resources, .purpose = "a stage with mains on"},
      stage.deadline, [&](const std::vector<LeaseParty>& holders) {
        if (!holders.empty()) holder = holders.front().who;
        if (stage.say && !holder.empty()) {
          stage.say(fmt::format("Waits for the load path, which slot {} has.", holder));
        }
        if (stage.tell) stage.tell(waits_for("load path", holders));
      });
  if (turn.held()) return turn;
  throw Fault("safety.load_shared", Blame::fixture,
              fmt::format("Slot {} waited for the load path, which slot {} had all the time.", name,
                          holder),
              "Run the unit again when the other slot is done.");
}

SlotSession::SlotSession(std::shared_ptr<Bench> bench, std::size_t slot, const MainsStage& stage,
                         LeaseDesk::Lease turn)
    : bench_(std::move(bench)),
      slot_(slot),
      stop_(bench_->begin_session(slot, stage)),
      stop_of_run_(stage.deadline.stop, [this] { bench_->request_stop(slot_); }),
      tell_(stage.tell),
      stage_turn_(std::move(turn)) {
  if (PowerMeter* meter = bench_->meter_of(slot)) meter_.emplace(*meter, *bench_, slot);
}

SlotSession::~SlotSession() {
  try {
    end();
  } catch (...) {
    // The slot is locked then, and says so to whoever wants it next.
    ended_ = true;
  }
}

void SlotSession::end() {
  if (std::exchange(ended_, true)) return;
  // Gives all turns back even when off is not proven: others are refused then by name.
  struct Leave {
    SlotSession& session;
    ~Leave() {
      if (const auto turn = session.turn_.lock()) turn->give_back();
      session.bench_->end_session(session.slot_);
      session.give_point_back();
      session.leave_chain();
      session.stage_turn_.give_back();
    }
  };
  const Leave leave{*this};
  if (!taken_out("off_on_way_out")) off_and_proven();
}

void SlotSession::await_contacts(const MainsStage& stage) {
  const Slot known = bench_->look(slot_);
  const Input& input = known.contacts_withdrawn;
  // Where a person looks, the person is asked once, when it counts.
  if (known.contacts != ContactsKind::two_position || !input.fitted || !input.watched) return;
  Clock& clock = bench_->clock();
  const Instant end = clock.now() + kWithdrawLimit;
  for (bool told = false;; told = true) {
    bench_->read_watched(slot_, clock.now());
    const Input now = bench_->look(slot_).contacts_withdrawn;
    if (!now.answered || now.closed || clock.now() >= end) return;
    if (!told && stage.say) {
      stage.say(fmt::format("Waits for the UART contacts of slot {} to draw back.", known.name));
    }
    if (clock.wait({}, {clock.now() + kLookAgain, stage.deadline.stop}) == WaitResult::stopped) {
      return;
    }
  }
}

void SlotSession::step_ends(Instant at) {
  bench_->change(slot_, [at](Slot& slot) { slot.step_ends = at; });
}

void SlotSession::off_and_proven() {
  if (!bench_->look(slot_).live) return;
  const auto failed = bench_->switch_off(slot_);
  bench_->prove_off(slot_, failed);
}

void SlotSession::undo(const std::function<void()>& what) {
  try {
    what();
    // The watch may have switched off while this was on its way: the last word is off.
    bench_->require_untripped(slot_);
  } catch (const Fault& fault) {
    try {
      off_and_proven();
    } catch (Fault& off) {
      throw Fault(off.add({"before that", fmt::format("{}: {}", fault.id(), fault.happened())}));
    }
    throw;
  } catch (...) {
    off_and_proven();
    throw;
  }
}

void SlotSession::energise(const Deadline& deadline) {
  bench_->require_untripped(slot_);
  if (energised()) return;
  if (!bench_->in_chain(slot_)) return switch_on(deadline);
  take_chain({.who = bench_->look(slot_).name,
              .resources = bench_->sharing(slot_).resources,
              .purpose = "mains on"},
             {Instant::max(), deadline.stop});
  try {
    switch_on(deadline);
  } catch (...) {
    if (!bench_->look(slot_).live) leave_chain();
    throw;
  }
}

void SlotSession::switch_on(const Deadline& deadline) {
  const auto look_again = [&] {
    const auto refused = refusal(bench_->look(), {.ask = Ask::energise, .slot = slot_});
    return refused &&
           (refused->id() == "safety.input_stale" || refused->id() == "safety.input_unreadable");
  };
  // One lost answer, or a line that others keep busy, is no reason yet: nothing is on.
  int looks = 0;
  do {
    bench_->read_other_senses(slot_, bench_->clock().now());
    bench_->read_inputs(slot_);
  } while (++looks < kLooks && look_again());
  bench_->require({.ask = Ask::energise, .slot = slot_});
  undo([&] { bench_->switch_on(slot_, deadline); });
}

LoadSetting SlotSession::load(double watts, const Deadline& deadline) {
  bench_->require_untripped(slot_);
  if (bench_->look(slot_).measuring) return take_point(watts, deadline);
  LoadBank* bank = bench_->bank_of(slot_);
  LoadSetting setting;
  setting.at_V = nominal_V();
  if (bank == nullptr) {
    if (watts == 0) return setting;
    throw Fault("bench.no_load", Blame::config,
                fmt::format("Slot {} has no load bank.", bench_->look(slot_).name),
                "Name a load bank in the bench file, or remove the load points.");
  }
  if (watts != 0) setting = bank->choose(watts, nominal_V());
  bench_->require(
      {.ask = Ask::load, .slot = slot_, .load_A = setting.nominal_A, .load_W = setting.nominal_W});
  undo([&] {
    // Until it is off for certain.
    bench_->change(slot_, [](Slot& slot) { slot.loaded = true; });
    if (!bank->by_hand()) bank->off(deadline);
    if (!setting.elements.empty() || bank->by_hand()) {
      bank->apply(setting, deadline);
    } else {
      bench_->change(slot_, [](Slot& slot) { slot.loaded = false; });
    }
  });
  return setting;
}

void SlotSession::wait_beside(const std::function<void()>& wait) {
  struct Wait {
    SlotSession& session;
    const Instant ends = session.bench_->look(session.slot_).step_ends;
    const Instant began = session.bench_->clock().now();
    explicit Wait(SlotSession& of) : session(of) { session.step_ends(Instant::max()); }
    ~Wait() {
      const Duration waited = session.bench_->clock().now() - began;
      session.waited_ += waited;
      session.step_ends(ends == Instant::max() ? ends : ends + waited);
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
  };
  const Wait not_the_steps{*this};
  wait();
}

LeaseDesk::Lease SlotSession::await_turn(const std::string& purpose, const Deadline& deadline) {
  const Duration longest = bench_->by_hand(slot_) ? kLongestHoldByHand : kLongestHold;
  std::string holder = "nobody";
  LeaseDesk::Lease turn;
  wait_beside([&] {
    turn = bench_->desk().take({.who = bench_->look(slot_).name,
                                .resources = bench_->sharing(slot_).resources,
                                .purpose = purpose,
                                .longest_hold = longest},
                               deadline, [&](const std::vector<LeaseParty>& holders) {
                                 if (!holders.empty()) holder = "slot " + holders.front().who;
                                 if (tell_) tell_(waits_for("reference", holders));
                               });
  });
  if (turn.held()) return turn;
  throw Fault(
      "safety.load_shared", Blame::fixture,
      fmt::format("Slot {} had no turn at reference and load in its time; when it asked, {} had "
                  "them.",
                  bench_->look(slot_).name, holder),
      "Run the unit again when the other slot is done.");
}

std::unique_ptr<ReferenceLease> SlotSession::lease_reference(const std::string& purpose,
                                                             const Deadline& deadline) {
  bench_->require_untripped(slot_);
  if (auto turn = turn_.lock(); turn != nullptr && turn->held()) {
    return std::make_unique<TurnShare>(std::move(turn));
  }
  if (bench_->look(slot_).measuring) {
    throw Fault("safety.chain_shared", Blame::software,
                fmt::format("Slot {} measures together with others, and asked for reference and "
                            "load for itself, for {}.",
                            bench_->look(slot_).name, purpose),
                "Report this: the step must leave the chain before.");
  }
  LeaseDesk::Lease granted;
  if (!bench_->look(slot_).shares_load) granted = await_turn(purpose, deadline);
  bench_->require_untripped(slot_);
  auto turn = std::make_shared<ReferenceTurn>(bench_, slot_, std::move(granted), purpose, tell_);
  turn_ = turn;
  turn->connect(deadline);
  // The watch may have switched off while this was on its way.
  bench_->require_untripped(slot_);
  return std::make_unique<TurnShare>(std::move(turn));
}

void SlotSession::de_energise(const Deadline& /*deadline*/) {
  off_and_proven();
  give_point_back();
  leave_chain();
}

bool SlotSession::energised() const {
  const Slot known = bench_->look(slot_);
  return known.live && !known.locked;
}

bool SlotSession::load_by_hand() const {
  const LoadBank* bank = bench_->bank_of(slot_);
  return bank != nullptr && bank->by_hand();
}

PowerMeter& SlotSession::reference() {
  if (meter_) return *meter_;
  throw Fault("bench.no_reference", Blame::config,
              fmt::format("No reference meter sees slot {}.", bench_->look(slot_).name),
              "Name the meter that sees this slot in the bench file.");
}

std::vector<PowerMeter*> SlotSession::other_references() {
  std::vector<PowerMeter*> others;
  for (std::size_t i = 0; i < bench_->size(); ++i) {
    PowerMeter* meter = bench_->meter_of(i);
    if (meter == nullptr || meter == bench_->meter_of(slot_)) continue;
    if (std::find(others.begin(), others.end(), meter) == others.end()) others.push_back(meter);
  }
  return others;
}

}  // namespace plugrig::mains
