#pragma once

#include <string>
#include <vector>

#include "drivers/serial/ftdi/adapters.hpp"
#include "drivers/serial/ftdi/channel.hpp"
#include "rig/cli/commands/command.hpp"

namespace plugrig::cli {

/// The adapter that a person names on the command line, by serial number or path. UsageError when
/// none is meant (with the nearest name) or several are.
const ftdi::AdapterInfo& adapter_named(const std::vector<ftdi::AdapterInfo>& attached,
                                       const std::string& serial_or_path);

/// "0,1" as pins. UsageError for anything else than different numbers 0 to 3.
std::vector<int> parse_cbus_pins(const std::string& list);

/// What `plugrig adapters --eeprom` is asked for.
struct EepromJob {
  std::vector<int> cbus_io;  ///< pins to give to I/O; empty = only show
  bool confirmed = false;    ///< write them
  bool json = false;
};

/// Shows what matters of the EEPROM behind `channel`: its state, what its CBUS pins do, which lines
/// it inverts; what giving pins to I/O would change; and writes it only when confirmed. Faults of
/// `ftdi::read_eeprom`, `plan_cbus_io` and `program_cbus_io`.
void eeprom_job(ftdi::Channel& channel, const EepromJob& job, Console& console);

}  // namespace plugrig::cli
