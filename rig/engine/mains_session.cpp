#include "rig/engine/mains_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rig/engine/mains_mutant.hpp"

namespace plugrig::mains {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds{20};

}  // namespace

SlotSession::SlotSession(std::shared_ptr<Bench> bench, std::size_t slot, const MainsStage& stage)
    : bench_(std::move(bench)),
      slot_(slot),
      stop_(bench_->begin_session(slot, stage)),
      stop_of_run_(stage.deadline.stop, [this] { bench_->request_stop(slot_); }) {}

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
  // Gives the load path back even when off is not proven: others are refused then by name.
  struct Leave {
    SlotSession& session;
    ~Leave() {
      Bench& bench = *session.bench_;
      bench.end_session(session.slot_);
      if (bench.look(session.slot_).shares_load) bench.load_path().give();
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
  bench_->read_other_senses(slot_, bench_->clock().now());
  bench_->read_inputs(slot_);
  bench_->require({.ask = Ask::energise, .slot = slot_});
  undo([&] { bench_->switch_on(slot_, deadline); });
}

LoadSetting SlotSession::load(double watts, const Deadline& deadline) {
  bench_->require_untripped(slot_);
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
    if (!bank->by_hand()) bank->off(deadline);
    if (!setting.elements.empty() || bank->by_hand()) bank->apply(setting, deadline);
  });
  return setting;
}

void SlotSession::de_energise(const Deadline& /*deadline*/) { off_and_proven(); }

bool SlotSession::energised() const {
  const Slot known = bench_->look(slot_);
  return known.live && !known.locked;
}

bool SlotSession::load_by_hand() const {
  const LoadBank* bank = bench_->bank_of(slot_);
  return bank != nullptr && bank->by_hand();
}

PowerMeter& SlotSession::reference() {
  if (PowerMeter* meter = bench_->meter_of(slot_)) return *meter;
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
