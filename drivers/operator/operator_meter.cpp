#include "drivers/operator/operator_meter.hpp"

#include <utility>

namespace plugrig::person {
namespace {

/// Nobody reads further beyond a range than this; a larger number is a slip of the keyboard.
constexpr double over_range = 1.2;
/// No public mains is further off its nominal voltage, and a lost digit always is.
constexpr double mains_spread = 0.2;

bool is_zero(const AccuracySpec& spec) {
  return spec.reading_fraction == 0 && spec.range_fraction == 0 && spec.absolute == 0;
}

}  // namespace

AccuracySpec product_accuracy(const AccuracySpec& voltage, const AccuracySpec& current,
                              const MeterRange& range) {
  return {.reading_fraction = voltage.reading_fraction + current.reading_fraction,
          .range_fraction = voltage.range_fraction + current.range_fraction,
          .absolute = voltage.absolute * range.current_A + current.absolute * range.voltage_V};
}

OperatorMeter::OperatorMeter(Operator& person, Clock& clock, OperatorMeterOptions options)
    : person_(person), clock_(clock), options_(std::move(options)) {
  MeterInfo& info = options_.info;
  if (!options_.asks_power && is_zero(info.power)) {
    info.power = product_accuracy(info.voltage, info.current, options_.range);
  }
}

OperatorPrompt OperatorMeter::prompt(std::string text, std::string unit, double high) const {
  OperatorPrompt out{.slot = options_.slot,
                     .text = std::move(text),
                     .unit = std::move(unit),
                     .low = 0.0,
                     .high = {}};
  if (high > 0) out.high = high;
  return out;
}

OperatorPrompt OperatorMeter::voltage_prompt() const {
  OperatorPrompt out = prompt("Read the voltage at the load on the " + options_.info.model + ".",
                              "V", options_.range.voltage_V * over_range);
  if (options_.expected_V <= 0) return out;
  out.low = options_.expected_V * (1 - mains_spread);
  out.high = options_.expected_V * (1 + mains_spread);
  return out;
}

PowerReading OperatorMeter::read(const Deadline& deadline) {
  const MeterRange& range = options_.range;
  const std::string on = " on the " + options_.info.model + ".";
  const Instant begin = clock_.now();
  PowerReading reading;
  if (options_.asks_voltage) {
    reading.voltage_V = person_.value(voltage_prompt(), deadline);
  }
  if (options_.asks_current) {
    reading.current_A = person_.value(
        prompt("Read the current through the load" + on, "A", range.current_A * over_range),
        deadline);
  }
  if (options_.asks_power) {
    const double high = range.voltage_V * range.current_A * over_range;
    reading.power_W = person_.value(prompt("Read the power of the load" + on, "W", high), deadline);
  } else if (reading.voltage_V && reading.current_A) {
    reading.power_W = *reading.voltage_V * *reading.current_A;
  }
  reading.half_width = (clock_.now() - begin) / 2;
  reading.at = begin + reading.half_width;
  return reading;
}

MeterRange OperatorMeter::range_at(double, double) const { return options_.range; }

}  // namespace plugrig::person
