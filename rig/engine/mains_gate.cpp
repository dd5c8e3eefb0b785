#include "rig/engine/mains_gate.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_session.hpp"
#include "rig/engine/mains_watch.hpp"

namespace plugrig {
namespace {

/// A bus that carries safety inputs has answered, or given up, by then (design §7.4).
constexpr Duration kLookLimit = std::chrono::milliseconds{300};

InputLook look_at(SafetyInput& input, Clock& clock) {
  InputLook look;
  look.name = input.name();
  look.by_hand = input.by_hand();
  if (look.by_hand) return look;
  const Instant asked = clock.now();
  try {
    look.closed = input.closed({asked + kLookLimit, {}});
  } catch (const Fault& fault) {
    look.fault = fault;
  } catch (const std::exception& error) {
    look.fault = Fault("input.unreadable", Blame::software,
                       fmt::format("Reading {} failed: {}.", look.name, error.what()),
                       "Report this with the bench file.");
  }
  look.took = clock.now() - asked;
  return look;
}

}  // namespace

LowVoltageLease::LowVoltageLease(std::shared_ptr<mains::Bench> bench, std::size_t slot)
    : bench_(std::move(bench)), slot_(slot) {}

LowVoltageLease::LowVoltageLease(LowVoltageLease&& other) noexcept
    : bench_(std::exchange(other.bench_, nullptr)), slot_(other.slot_) {}

LowVoltageLease& LowVoltageLease::operator=(LowVoltageLease&& other) noexcept {
  if (this == &other) return *this;
  release();
  bench_ = std::exchange(other.bench_, nullptr);
  slot_ = other.slot_;
  return *this;
}

void LowVoltageLease::release() noexcept {
  if (const auto bench = std::exchange(bench_, nullptr)) {
    bench->count_lease(slot_, -1);
  }
}

MainsGate::MainsGate(MainsHardware hardware, Clock& clock, MainsGateOptions options)
    : bench_(std::make_shared<mains::Bench>(std::move(hardware), clock, options)) {}

MainsGate::~MainsGate() {
  for (std::size_t slot = 0; slot < bench_->size(); ++slot) {
    if (bench_->look(slot).live) bench_->switch_off(slot);
  }
}

bool MainsGate::has_slot(std::string_view slot) const { return bench_->find(slot).has_value(); }

std::unique_ptr<MainsGate::Watch> MainsGate::watch() {
  return std::make_unique<mains::BenchWatch>(bench_);
}

LowVoltageLease MainsGate::lock_for_low_voltage(std::string_view slot) {
  const auto found = bench_->find(slot);
  if (!found) return {};
  const mains::Slot known = bench_->look(*found);
  // Another slot may have the load now: only what belongs to this one is switched.
  const bool free = !known.live && !known.locked && !known.stage_allows;
  if (free && !known.off_proven && known.contacts != ContactsKind::none) {
    bench_->prove_off(*found, bench_->switch_off(*found, mains::Bench::Loads::untouched));
  }
  bench_->require({.ask = mains::Ask::low_voltage, .slot = *found});
  if (mains::taken_out("lease_locks")) return {};
  bench_->count_lease(*found, 1);
  return {bench_, *found};
}

std::unique_ptr<MainsSession> MainsGate::enter(std::string_view slot, const MainsStage& stage) {
  const auto found = bench_->find(slot);
  if (!found) {
    throw Fault("safety.no_mains", Blame::config,
                fmt::format("Slot {} has no mains, and the stage says 'mains: on'.", slot),
                "Run this stage on a slot with a mains relay.");
  }
  const mains::Slot known = bench_->look(*found);
  if (known.shares_load) {
    Turn& path = bench_->load_path();
    const std::string holder = path.holder();
    if (!holder.empty() && stage.say) {
      stage.say(fmt::format("Waits for the load path, which slot {} has.", holder));
    }
    if (!path.take(known.name, stage.deadline)) {
      throw Fault("safety.load_shared", Blame::fixture,
                  fmt::format("Slot {} waited for the load path, which slot {} still has.", slot,
                              path.holder()),
                  "Run the unit again when the other slot is done.");
    }
  }
  auto session = std::make_unique<mains::SlotSession>(bench_, *found, stage);
  session->await_contacts(stage);
  return session;
}

bool MainsGate::needs_person(std::string_view slot) const {
  const auto found = bench_->find(slot);
  if (!found) return false;
  const mains::Slot known = bench_->look(*found);
  return known.locked || (known.contacts != ContactsKind::none && !known.off_proven &&
                          !known.live && !bench_->can_prove_off(*found));
}

void MainsGate::confirm_unplugged(std::string_view slot, Operator& person,
                                  const Deadline& deadline) {
  if (const auto found = bench_->find(slot)) bench_->confirm_unplugged(*found, person, deadline);
}

bool MainsGate::attended() const { return !bench_->hardware().hardwired_interlock; }

std::vector<InputLook> MainsGate::look_at_inputs(std::string_view slot) const {
  std::vector<InputLook> looks;
  const auto found = bench_->find(slot);
  if (!found) return looks;
  const MainsHardware& hardware = bench_->hardware();
  const SlotMains& part = hardware.slots.at(*found);
  for (SafetyInput* input : {part.guard.get(), part.contacts_withdrawn.get(), part.sense.get(),
                             hardware.contactor_auxiliary.get()}) {
    if (input != nullptr) looks.push_back(look_at(*input, bench_->clock()));
  }
  return looks;
}

std::vector<std::string> MainsGate::not_covered(std::string_view slot) const {
  const MainsHardware& hardware = bench_->hardware();
  std::vector<std::string> lines;
  if (!hardware.hardwired_interlock) {
    lines.emplace_back(
        "no hard-wired emergency stop or guard; a person watches and can unplug the bench.");
  }
  const auto stays_on = [](const MainsSwitch* relay) {
    return relay == nullptr || (!relay->by_hand() && relay->renew_within() == Duration::zero());
  };
  const auto found = bench_->find(slot);
  if (found && stays_on(hardware.contactor.get()) &&
      stays_on(hardware.slots.at(*found).mains.get())) {
    lines.emplace_back(
        "the relays stay as they are when this program, its computer or their bus fails.");
  }
  return lines;
}

}  // namespace plugrig
