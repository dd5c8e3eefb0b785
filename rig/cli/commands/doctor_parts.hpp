#pragma once

#include <cstddef>
#include <vector>

#include "drivers/serial/ftdi/adapters.hpp"
#include "fixtures/bench/bench.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/health.hpp"

/// What `plugrig doctor` looks at, part by part: one that is broken hides no other. Nothing is
/// energised and no unit is put into its loader (opening a port may reset one); relays are only
/// ever switched off.
namespace plugrig::cli {

/// Each adapter that the bench names: attached, the right chip, permitted, held by whom. Looks at
/// nothing but `attached`.
void examine_adapters(const bench::BenchSpec& bench, const std::vector<ftdi::AdapterInfo>& attached,
                      const HealthReport& report);

/// One meter (a reading, its age, its certificate) or relay board (its inputs and relays read).
/// Blocks for some seconds when it does not answer.
void examine_instrument(const bench::BenchSpec& bench, const bench::InstrumentSpec& instrument,
                        Console& console, const HealthReport& report);

/// One slot, through the mains gate: its inputs, mains proven off, port opened, rate and latency,
/// and what the bench does not cover.
void examine_slot(const bench::BenchSpec& bench, std::size_t slot, Console& console,
                  const HealthReport& report);

}  // namespace plugrig::cli
