#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/event.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {

/// A value that was measured, with what is needed to judge it again.
struct Measurement {
  std::string id;         ///< "flash.write.rate"
  std::string condition;  ///< "230 V, 1 kW", or empty
  double value = 0;
  std::optional<double> expanded_uncertainty;
  std::string unit;  ///< "B/s", "W"
  std::optional<double> low;
  std::optional<double> high;
  Verdict verdict = Verdict::pass;
  std::string instrument;
  std::vector<double> samples;
};

/// A file kept beside the record.
struct Attachment {
  std::string name;
  std::string media_type;
  std::string path;
  std::string sha256;
  std::uint64_t bytes = 0;
  bool sensitive = false;
};

/// One attempt of one step. Appended, never replaced.
struct AttemptRecord {
  std::string stage;
  std::string step;
  int step_index = 0;  ///< position in the sequence, from 0, clean-up steps after the others
  int attempt = 1;
  Verdict verdict = Verdict::not_run;
  UtcTime started;
  UtcTime ended;
  double took_s = 0;
  std::string fault_id;
  std::string blame;
  std::string happened;
  std::string next;
  std::vector<Evidence> evidence;
  std::vector<std::string> said;
  std::vector<Measurement> measurements;
  std::vector<Attachment> attachments;
  std::string slot = {};  ///< where it ran; empty in records of older programs: the unit's slot
};

/// All that happened to one unit in one run.
struct UnitRecord {
  std::string unit_id;
  std::string run_id;
  std::string slot;  ///< where it began; a unit that was moved has attempts of other slots
  std::string sequence;
  std::string bench;
  Verdict verdict = Verdict::not_run;
  bool first_pass = false;
  UtcTime started;
  std::optional<UtcTime> ended;
  std::map<std::string, std::string, std::less<>> facts;
  std::vector<AttemptRecord> attempts;
};

/// A fact of the unit; empty when it is not known.
inline std::string fact_of(const UnitRecord& unit, std::string_view name) {
  const auto found = unit.facts.find(name);
  return found == unit.facts.end() ? std::string() : found->second;
}

}  // namespace plugrig
