#include "rig/engine/mains_meters.hpp"

#include <fmt/format.h>

#include "rig/core/fault.hpp"

namespace plugrig::mains {

PowerReading TakenTurnsMeter::read(const Deadline& deadline) {
  const TurnHeld turn(turn_, "a slot", deadline);
  if (!turn.held()) {
    throw Fault("meter.busy", Blame::instrument,
                fmt::format("Meter {} was read for another slot all the time.", info().name),
                "Run fewer slots at a time, or give each its own meter.");
  }
  last_read_ = clock_.now();
  const PowerReading reading = meter_.read(deadline);
  shown_(reading);
  return reading;
}

std::optional<std::size_t> Meters::wrap(PowerMeter* meter) {
  if (meter == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    if (meters_[i]->behind() == meter) return i;
  }
  const std::size_t number = meters_.size();
  meters_.push_back(std::make_unique<TakenTurnsMeter>(
      *meter, clock_, [this, number](const PowerReading& reading) { shown_(number, reading); }));
  return number;
}

}  // namespace plugrig::mains
