#pragma once

#include <memory>
#include <vector>

#include "drivers/api/power_meter.hpp"
#include "rig/engine/turn.hpp"

namespace plugrig::mains {

/// A meter that several slots read: one reading at a time.
class TakenTurnsMeter final : public PowerMeter {
 public:
  TakenTurnsMeter(PowerMeter& meter, Clock& clock) : meter_(meter), turn_(clock) {}

  [[nodiscard]] const MeterInfo& info() const override { return meter_.info(); }
  /// Fault `meter.busy` (instrument) when another slot reads it until the deadline.
  PowerReading read(const Deadline& deadline) override;
  [[nodiscard]] MeterRange range_at(double voltage_V, double current_A) const override {
    return meter_.range_at(voltage_V, current_A);
  }
  [[nodiscard]] bool by_hand() const override { return meter_.by_hand(); }
  [[nodiscard]] const PowerMeter* behind() const { return &meter_; }

 private:
  PowerMeter& meter_;
  Turn turn_;
};

/// The meters of a bench, each once.
class Meters {
 public:
  explicit Meters(Clock& clock) : clock_(clock) {}
  /// The same wrapper for the same meter; null for null.
  PowerMeter* wrap(PowerMeter* meter);

 private:
  Clock& clock_;
  std::vector<std::unique_ptr<TakenTurnsMeter>> meters_;
};

}  // namespace plugrig::mains
