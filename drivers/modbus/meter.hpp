#pragma once

#include <memory>
#include <optional>
#include <string>

#include "drivers/api/power_meter.hpp"
#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/profile.hpp"

namespace plugrig::modbus {

/// What is true of one meter, not of its type.
struct MeterIdentity {
  std::string name = {};    ///< on the bench: "reference"
  std::string serial = {};  ///< empty = unknown
  std::uint8_t unit = 1;
  std::optional<InstrumentCertificate> certificate = std::nullopt;
};

/// A meter that is read by its profile. `bus` and `clock` must outlive it.
///
/// The first readings with voltage check the map: frequency within the profile's window. Faults of
/// `read`: those of the bus with `meter.` for `modbus.` (`meter.timeout`, …), `meter.map` (config:
/// the frequency register holds no mains frequency), `meter.implausible` (instrument: a value
/// outside its limits, or more watts than volts times amperes), `meter.no_data` (instrument: not
/// one of the quantities was given).
std::unique_ptr<PowerMeter> make_meter(MeterProfile profile, MeterIdentity identity, ModbusBus& bus,
                                       Clock& clock);

}  // namespace plugrig::modbus
