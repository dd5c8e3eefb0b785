#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "drivers/api/power_meter.hpp"
#include "rig/engine/turn.hpp"

namespace plugrig::mains {

/// A meter that several slots read: one reading at a time. Whoever reads it, the gate sees it too.
class TakenTurnsMeter final : public PowerMeter {
 public:
  using Shown = std::function<void(const PowerReading&)>;
  TakenTurnsMeter(PowerMeter& meter, Clock& clock, Shown shown)
      : meter_(meter), clock_(clock), turn_(clock), shown_(std::move(shown)) {}

  [[nodiscard]] const MeterInfo& info() const override { return meter_.info(); }
  /// Fault `meter.busy` (instrument) when another slot reads it until the deadline.
  PowerReading read(const Deadline& deadline) override;
  [[nodiscard]] MeterRange range_at(double voltage_V, double current_A) const override {
    return meter_.range_at(voltage_V, current_A);
  }
  [[nodiscard]] bool by_hand() const override { return meter_.by_hand(); }
  [[nodiscard]] const PowerMeter* behind() const { return &meter_; }
  /// When somebody began to read it last; whether it answered does not matter.
  [[nodiscard]] Instant last_read() const { return last_read_.load(); }

 private:
  PowerMeter& meter_;
  Clock& clock_;
  Turn turn_;
  const Shown shown_;
  std::atomic<Instant> last_read_{Instant{}};
};

/// The meters of a bench, each once, numbered in the order of their slots.
class Meters {
 public:
  /// Told which meter shows what, on the reader's thread.
  using Shown = std::function<void(std::size_t meter, const PowerReading&)>;
  Meters(Clock& clock, Shown shown) : clock_(clock), shown_(std::move(shown)) {}

  /// The number of the meter; empty for null. The same number for the same meter.
  std::optional<std::size_t> wrap(PowerMeter* meter);
  [[nodiscard]] std::size_t size() const { return meters_.size(); }
  [[nodiscard]] TakenTurnsMeter& at(std::size_t meter) const { return *meters_.at(meter); }

 private:
  Clock& clock_;
  const Shown shown_;
  std::vector<std::unique_ptr<TakenTurnsMeter>> meters_;
};

}  // namespace plugrig::mains
