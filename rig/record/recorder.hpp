#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/record/unit_record.hpp"

namespace plugrig {

/// What is known of a run before its first step.
struct RunInfo {
  std::string sequence;
  std::string bench;
  std::string software;
  UtcTime started;
  /// What else decides what is done: digests of files, values of variables that are no secret, how
  /// many units. Whoever goes on with the run compares them.
  std::map<std::string, std::string, std::less<>> facts = {};
};

/// A step that must have passed before its unit may be called PASS.
struct RequiredStep {
  int step_index = 0;
  std::string stage;
  std::string step;
};

/// What is known of a unit before its first step.
struct UnitStart {
  std::string unit_id;  ///< unique among all records
  std::string run_id;
  std::string slot;
  UtcTime started;
  std::vector<RequiredStep> required;
};

/// An earlier record that speaks of the same serial or the same MAC.
struct SeenUnit {
  std::string unit_id;
  std::string run_id;
  std::string sequence;
  std::string serial;  ///< fact `serial`; may be empty
  std::string mac;     ///< fact `mac`; may be empty
  Verdict verdict = Verdict::not_run;
  bool finished = false;  ///< has its verdict
};

/// How a unit ended.
struct UnitEnd {
  Verdict verdict = Verdict::not_run;
  bool first_pass = false;
  UtcTime ended;
};

/// Where a run writes what happens to its units.
///
/// Every call returns only when what it wrote is durable, and throws Fault (`store.*`) when it is
/// not; a call that threw has recorded nothing. May be called from several slot threads. Calls
/// block for the time of a disk write.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// Writes something that changes nothing: returns when a record could be written now, throws the
  /// Fault (`store.*`) that writing it would throw.
  virtual void prove_writable() {}

  /// Newest time in the record; empty when there is none. A clock that shows less is wrong.
  [[nodiscard]] virtual std::optional<UtcTime> last_recorded() { return {}; }

  /// Returns the id of the new run.
  virtual std::string begin_run(const RunInfo& info) = 0;
  virtual void end_run(const std::string& run_id, UtcTime ended) = 0;

  virtual void begin_unit(const UnitStart& unit) = 0;
  /// Adds one attempt with all that belongs to it. Attempts are never changed afterwards.
  virtual void append_attempt(const std::string& unit_id, const AttemptRecord& attempt) = 0;
  /// Adds or replaces what is known of the unit.
  virtual void set_fact(const std::string& unit_id, std::string_view name,
                        std::string_view value) = 0;
  /// Writes a file beside the records; it becomes part of the record with the attempt that names
  /// it. `sensitive` ones are readable by the owner only.
  virtual Attachment keep_file(const std::string& unit_id, std::string_view name,
                               std::string_view media_type, std::span<const std::uint8_t> bytes,
                               bool sensitive) = 0;
  /// The records whose fact `serial` is `serial` or whose fact `mac` is `mac`, newest first,
  /// without those whose serial was released (fact `serial_released`). An empty text matches
  /// nothing.
  [[nodiscard]] virtual std::vector<SeenUnit> seen_units(std::string_view /*serial*/,
                                                         std::string_view /*mac*/) {
    return {};
  }
  /// Gives the verdict, once. Fault `store.refused` (software) for a PASS that the recorded
  /// attempts do not support and for a verdict that would hide a recorded fail.
  virtual void finish_unit(const std::string& unit_id, const UnitEnd& end) = 0;
};

}  // namespace plugrig
