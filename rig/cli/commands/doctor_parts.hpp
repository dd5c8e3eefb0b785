#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "drivers/serial/ftdi/adapters.hpp"
#include "fixtures/bench/bench.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/health.hpp"

/// What `plugrig doctor` looks at, part by part: one that is broken hides no other. Nothing is
/// energised and no unit is put into its loader (opening a port may reset one); relays are only
/// ever switched off, but for those that `click_relays` clicks.
namespace plugrig::cli {

/// Each adapter that the bench names: attached, the right chip, permitted, held by whom. Looks at
/// nothing but `attached`.
void examine_adapters(const bench::BenchSpec& bench, const std::vector<ftdi::AdapterInfo>& attached,
                      const HealthReport& report);

/// One meter (a reading, its age, its certificate) or relay board (its inputs and relays read).
/// Blocks for some seconds when it does not answer.
void examine_instrument(const bench::BenchSpec& bench, const bench::InstrumentSpec& instrument,
                        Console& console, const HealthReport& report);

/// Selectors and load relays, one after the other: on, read back, off, read back; to be heard and
/// counted by whoever stands there. Everything is off, and proven off, before the first one; relays
/// that switch mains are left alone.
void click_relays(const bench::BenchSpec& bench, Console& console, const HealthReport& report);

/// One slot, through the mains gate: its inputs, mains proven off, port opened, rate and latency,
/// and what the bench does not cover.
void examine_slot(const bench::BenchSpec& bench, std::size_t slot, Console& console,
                  const HealthReport& report);

/// The record store: writable, room on its disk, and no record newer than `now` (empty: that says
/// nothing). Makes nothing.
void examine_store(const std::filesystem::path& store, std::optional<UtcTime> now,
                   const HealthReport& report);

/// Whether a time service sets the computer's clock.
void examine_time_service(const HealthReport& report);

/// A firmware image: whole, and its digest.
void examine_firmware(const std::string& file, const HealthReport& report);

/// A label printer, `HOST:PORT` or a device: it can be reached. Prints nothing.
void examine_printer(const std::string& printer, const HealthReport& report);

}  // namespace plugrig::cli
