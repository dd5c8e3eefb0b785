#pragma once

#include <string>

#include "drivers/api/operator.hpp"
#include "drivers/api/power_meter.hpp"

namespace plugrig::person {

struct OperatorMeterOptions {
  std::string slot;  ///< for the prompts
  MeterInfo info;    ///< of the meter that the person reads
  MeterRange range;  ///< that its accuracy is stated for
  bool asks_voltage = true;
  bool asks_current = true;
  bool asks_power = false;  ///< false: power is voltage times current, right for resistors only
  /// Voltage of the mains that it is read at; a reading further off than a mains can be is a slip
  /// of the keyboard and asked for again. 0 = any voltage may be right.
  double expected_V = 0;
};

/// A meter that a person reads and types in.
///
/// The reading's time is the middle between the first prompt and the last answer, its half width
/// half of that time. Without a power reading the power is U·I: the load must be resistive, and the
/// accuracy of power, when the options leave it at 0, is the one that follows from those of U and I
/// (added linearly, an upper bound within the ranges).
class OperatorMeter final : public PowerMeter {
 public:
  /// `person` and `clock` outlive the meter.
  OperatorMeter(Operator& person, Clock& clock, OperatorMeterOptions options);

  [[nodiscard]] const MeterInfo& info() const override { return options_.info; }
  /// Faults of the operator.
  PowerReading read(const Deadline& deadline) override;
  [[nodiscard]] MeterRange range_at(double voltage_V, double current_A) const override;
  [[nodiscard]] bool by_hand() const override { return true; }

 private:
  [[nodiscard]] OperatorPrompt prompt(std::string text, std::string unit, double high) const;
  [[nodiscard]] OperatorPrompt voltage_prompt() const;

  Operator& person_;
  Clock& clock_;
  OperatorMeterOptions options_;
};

/// Accuracy of U·I from those of U and I, as an upper bound for readings within `range`.
AccuracySpec product_accuracy(const AccuracySpec& voltage, const AccuracySpec& current,
                              const MeterRange& range);

}  // namespace plugrig::person
