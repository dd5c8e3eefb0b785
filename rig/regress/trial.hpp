#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::regress {

/// A firmware build under comparison. Of a list of builds the first is the baseline.
struct Build {
  std::string name;     ///< as the person named it, mostly the file
  std::string digest;   ///< SHA-256 of the image, 64 lower case hexadecimal digits
  std::string version;  ///< what the build says of itself; empty = it was not asked
};

/// One number that a trial gave. Readings are compared with readings of the same quantity,
/// condition and unit only.
struct Reading {
  std::string quantity;   ///< dotted id, as `power.as_found.P`
  std::string condition;  ///< load point or the like, as `500 W`; may be empty
  double value = 0;
  std::string unit;  ///< of `value`: "W", "s", "%"; may be empty
  std::optional<double> expanded_uncertainty;
};

/// One step that passed or failed.
struct Check {
  std::string step;
  bool passed = true;
  std::string fault_id;  ///< of a failed one
  std::string happened;  ///< one sentence for people
};

/// How a trial ended. Only `passed` and `unit_failed` say anything of a build: rig and contact
/// faults and stopped trials never count against one, and their readings and checks are not used.
enum class Outcome : std::uint8_t { passed, unit_failed, rig_fault, aborted };

/// "passed", "unit_failed", "rig_fault", "aborted"
std::string_view to_string(Outcome outcome);

/// One build run once on one unit in one slot.
struct Trial {
  int build = 0;         ///< index in the list of builds; 0 = baseline
  std::string unit;      ///< MAC, or the slot where it is not known
  std::string slot;      ///< where it sat
  int repeat = 0;        ///< block of the schedule: each holds every build once on this slot
  double begun_s = 0;    ///< since the comparison began
  bool control = false;  ///< the unit runs the baseline all along and shows what the bench does
  Outcome outcome = Outcome::passed;
  std::vector<Reading> readings;
  std::vector<Check> checks;
  std::string unit_id;  ///< of the unit's record in the store
};

}  // namespace plugrig::regress
