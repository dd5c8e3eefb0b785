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
  return meter_.read(deadline);
}

PowerMeter* Meters::wrap(PowerMeter* meter) {
  if (meter == nullptr) return nullptr;
  for (const auto& known : meters_) {
    if (known->behind() == meter) return known.get();
  }
  meters_.push_back(std::make_unique<TakenTurnsMeter>(*meter, clock_));
  return meters_.back().get();
}

}  // namespace plugrig::mains
