#include "rig/engine/slot_hold.hpp"

#include <fmt/format.h>

#include <utility>

namespace plugrig {

SlotHold::SlotHold(SlotPort& port, MainsGate* gate, std::string slot)
    : port_(port), gate_(gate), slot_(std::move(slot)) {}

SlotHold::~SlotHold() {
  session_.reset();
  close();
}

void SlotHold::close() noexcept {
  if (!std::exchange(open_, false)) return;
  devices_ = {};
  port_.close();
  lease_.release();
}

void SlotHold::open(const Deadline& deadline) {
  if (open_) return;
  if (gate_ != nullptr) lease_ = gate_->lock_for_low_voltage(slot_);
  open_ = true;
  try {
    devices_ = port_.open(deadline);
  } catch (...) {
    close();
    throw;
  }
}

void SlotHold::enter_mains(const MainsStage& stage) {
  close();
  devices_ = port_.live();
  if (gate_ == nullptr) {
    throw Fault("bench.no_mains", Blame::config,
                fmt::format("The stage says 'mains: on', and slot {} has no mains.", slot_),
                "Run this stage on a slot with a mains relay.");
  }
  session_ = gate_->enter(slot_, stage);
}

void SlotHold::leave_mains() {
  // Goes away, and with it the slot's turn on the load path, whatever `end` says.
  const std::unique_ptr<MainsSession> session = std::move(session_);
  if (session) session->end();
}

}  // namespace plugrig
