#include "rig/engine/mains_gate.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_session.hpp"
#include "rig/engine/mains_times.hpp"
#include "rig/engine/mains_watch.hpp"

namespace plugrig {
namespace {

InputLook look_at(SafetyInput& input, Clock& clock) {
  InputLook look;
  look.name = input.name();
  look.by_hand = input.by_hand();
  if (look.by_hand) return look;
  const Instant asked = clock.now();
  try {
    look.closed = input.closed({asked + mains::kBusLimit, {}});
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

void MainsGate::start_up(const StartUp& how) { bench_->start_up(how); }

LowVoltageLease MainsGate::lock_for_low_voltage(std::string_view slot) {
  const auto found = bench_->find(slot);
  if (!found) return {};
  const mains::Slot known = bench_->look(*found);
  // Another slot may have the load now: only what belongs to this one is switched.
  const bool free = !known.live && !known.locked && !known.stage_allows;
  if (free && !known.off_proven && known.contacts != ContactsKind::none) {
    bench_->prove_off(*found, bench_->switch_off(*found, mains::Bench::OffOrder::load_untouched));
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
  LeaseDesk::Lease turn;
  if (bench_->look(*found).shares_load && !bench_->in_chain(*found))
    turn = mains::take_stage_turn(*bench_, *found, stage);
  auto session = std::make_unique<mains::SlotSession>(bench_, *found, stage, std::move(turn));
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

std::string MainsGate::explain(std::string_view slot) const { return bench_->desk().explain(slot); }

bool MainsGate::attended() const { return !bench_->hardware().hardwired_interlock; }

std::vector<InputLook> MainsGate::look_at_inputs(std::string_view slot) const {
  std::vector<InputLook> looks;
  const auto found = bench_->find(slot);
  if (!found) return looks;
  const MainsHardware& hardware = bench_->hardware();
  const SlotMains& part = hardware.slots.at(*found);
  for (SafetyInput* input : {part.guard.get(), part.contacts_withdrawn.get(), part.sense.get(),
                             hardware.contactor_auxiliary.get(), hardware.emergency_stop.get(),
                             bench_->cool_of(*found)}) {
    if (input != nullptr) looks.push_back(look_at(*input, bench_->clock()));
  }
  return looks;
}

std::optional<bool> MainsGate::guard_closed(std::string_view slot) const {
  const auto found = bench_->find(slot);
  if (!found) return std::nullopt;
  SafetyInput* guard = bench_->hardware().slots.at(*found).guard.get();
  if (guard == nullptr) return std::nullopt;
  return look_at(*guard, bench_->clock()).closed;
}

std::vector<std::string> MainsGate::not_covered(std::string_view slot) const {
  const auto found = bench_->find(slot);
  return found ? bench_->not_covered(*found) : std::vector<std::string>{};
}

}  // namespace plugrig
