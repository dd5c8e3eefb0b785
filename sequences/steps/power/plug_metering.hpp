#pragma once

#include <memory>
#include <string>

#include "rig/engine/step.hpp"
#include "rig/metrology/point_result.hpp"

namespace plugrig::steps {

/// What the plug shows, and when it was asked.
struct PlugReading {
  Instant at{};           ///< middle between question and answer
  Duration half_width{};  ///< half the time that the question took
  double voltage_V = 0;
  double current_A = 0;
  double power_W = 0;
};

/// The link to the slot's plug. Fault `plug.no_network` (config) on a slot without network.
PlugLink& plug_link(StepContext& context);

/// One `Status 10`. Fault `plug.no_metering` (unit) when the answer holds no energy readings:
/// "could not read" is never 0.
PlugReading read_plug(StepContext& context, const Deadline& deadline);

/// Switches the plug's relay and compares the answer; that it switched shows in the reference.
/// Fault `plug.relay` (unit).
void switch_relay(StepContext& context, bool on, const Deadline& deadline);

/// Nothing behind the plug any more; a load that a person would have to take away stays there until
/// mains goes off.
void put_load_off(StepContext& context, const Deadline& deadline);

/// The constants of the metering driver. Fault `plug.no_metering` (unit) when it has none.
metrology::Constants read_constants(StepContext& context, const Deadline& deadline);

/// Writes the constants that differ from `now`, each as a plain decimal number (a leading zero
/// would make it octal, Tasmota notes §13), reads them back and compares, then waits until the
/// firmware has saved them. Fault `power.constants_not_taken` (unit).
void write_constants(StepContext& context, const metrology::Constants& now,
                     const metrology::Constants& wanted, const Deadline& deadline);

/// Finest display (VoltRes 1, WattRes 1, AmpRes 3: the driver's own grid). What the plug showed
/// before is kept as facts `restore.VoltRes`, … unless they are there already.
/// Fault `power.display_resolution` (unit) when a setting is not taken.
void set_display_resolution(StepContext& context, const Deadline& deadline);

/// Resolution of the display that `set_display_resolution` asks for.
inline constexpr double kDisplayStep_V = 0.1;
inline constexpr double kDisplayStep_A = 0.001;
inline constexpr double kDisplayStep_W = 0.1;

/// Two worst-case cycles of the plug's voltage and current channel (Tasmota notes §15): what a
/// change of load or constants needs to show.
inline constexpr Duration kPlugSettles = std::chrono::milliseconds{6400};
/// A sample for each renewal of voltage and current (§15).
inline constexpr Duration kPlugRenews = std::chrono::milliseconds{1700};
/// After a change of a setting the firmware saves it within this time (§13).
inline constexpr Duration kSettingsSaved = std::chrono::milliseconds{3500};

/// The step's turn at reference and load. What it waits for other slots is not the step's time.
std::unique_ptr<ReferenceLease> take_reference(StepContext& context, const std::string& purpose);

}  // namespace plugrig::steps
