#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/event.hpp"
#include "rig/core/fault.hpp"
#include "rig/engine/redactor.hpp"
#include "rig/record/recorder.hpp"

namespace plugrig {

/// Everything that is told about one unit while it runs goes through here: it is cleaned of
/// secrets, written to the record, and then told to the sink, in that order.
///
/// After the first failure of the recorder nothing more is written (a record with a hole must not
/// be finished); `store_fault` then says why. Used by the slot's thread only.
class Journal {
 public:
  Journal(Clock& clock, EventSink& sink, Recorder& recorder, Redactor redactor);

  void add_secret(std::string_view secret) { redactor_.add(secret); }

  /// `start` with the ids and required steps; sequence and bench come from the run.
  void begin(const UnitStart& start, std::string sequence, std::string bench);
  /// Goes on with a record that has no verdict yet, in `slot`. Everything that was known of its
  /// facts is told again, nothing is written.
  void go_on(UnitRecord earlier, const std::string& slot);
  void stage(const std::string& name);
  void step_started(const std::string& step, int attempt, int attempts);

  /// These add to `attempt`, which is recorded when it ends.
  void say(AttemptRecord& attempt, std::string_view text);
  void measured(AttemptRecord& attempt, Measurement measurement);
  std::string attach(AttemptRecord& attempt, std::string_view name, std::string_view media_type,
                     std::span<const std::uint8_t> bytes, bool sensitive);
  /// A lease of what slots share, as the mains gate tells it.
  void leased(event::Body told) { tell(std::move(told)); }
  void progress(const std::string& step, const event::StepProgress& progress);
  void fact(std::string_view name, std::string_view value);

  /// Records the attempt, durably, and tells its end.
  void end_attempt(AttemptRecord attempt, bool will_retry);
  /// Records the verdict, durably, and tells it. A pass that cannot be recorded is told as an
  /// error. Returns what was told.
  event::UnitEnded finish(Verdict verdict, bool first_pass);

  /// What other records know of this serial or MAC, newest first. Fault `store.*`.
  [[nodiscard]] std::vector<SeenUnit> seen_units(std::string_view serial,
                                                 std::string_view mac) const;

  [[nodiscard]] const UnitRecord& record() const { return record_; }
  /// Where the unit is now; its record says where it began.
  [[nodiscard]] const std::string& slot() const { return slot_; }
  [[nodiscard]] const std::optional<Fault>& store_fault() const { return store_fault_; }

 private:
  void tell(event::Body body);
  void clean(AttemptRecord& attempt) const;
  /// Runs a write unless an earlier one failed; remembers its fault.
  template <typename Write>
  void write(Write&& write_it);

  Clock& clock_;
  EventSink& sink_;
  Recorder& recorder_;
  Redactor redactor_;
  UnitRecord record_;
  std::string slot_;
  std::optional<Fault> store_fault_;
};

}  // namespace plugrig
