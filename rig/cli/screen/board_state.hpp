#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/event.hpp"
#include "rig/record/yield.hpp"

namespace plugrig::cli {

/// What stands in a slot's verdict field.
enum class Shown : std::uint8_t {
  nothing,  ///< the slot has not been used
  waiting,  ///< for a person, who is told what to do
  running,  ///< a unit is worked on
  pass,
  fail,
  rig_fault,  ///< also inconclusive: no judgement of the unit
  stopped,
  not_recorded  ///< whatever the verdict was
};

/// An error measured against its limits.
struct ShownError {
  std::string id;  ///< "power.as_left.P"
  std::string condition;
  std::string unit;
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Progress of the phase that a step is in.
struct ShownProgress {
  std::string phase;
  std::string unit = "bytes";
  std::uint32_t done = 0;
  std::uint32_t total = 0;  ///< 0 = unknown
  std::uint32_t done_at_start = 0;
  Instant since{};
};

/// A wait for what another slot has.
struct ShownWait {
  std::string resource;
  std::string holder;
  std::string purpose;
  Instant since{};
};

/// What the board shows of one slot.
struct BoardSlot {
  std::string name;
  Shown shown = Shown::nothing;
  std::string unit_id;
  std::string identity;  ///< serial when there is one, else MAC
  std::string stage;
  std::string step;
  int attempt = 1;
  std::optional<ShownProgress> progress;
  std::optional<ShownError> error;  ///< the one nearest to its limits of the newest series
  std::optional<ShownWait> wait;
  std::string said;  ///< the last thing
  std::string fault_id;
  std::string blame;
  std::string happened;
  std::string next;
  Instant started{};  ///< of the unit
  Instant ended{};
  int units = 0;  ///< that ended
};

/// All that the board shows, kept up to date from events. A value; the same events give the same.
class BoardState {
 public:
  /// Takes one event in. True when something that is shown has changed for good (not progress).
  bool apply(const Event& event);

  /// It is `now` on the bench's clock, and nothing has happened.
  void tick(Instant now) {
    if (!over_ && now > now_) now_ = now;
  }

  [[nodiscard]] const std::vector<BoardSlot>& slots() const { return slots_; }
  [[nodiscard]] const BoardSlot* find(const std::string& slot) const;
  [[nodiscard]] const std::string& run_id() const { return run_id_; }
  [[nodiscard]] const std::string& sequence() const { return sequence_; }
  [[nodiscard]] const std::string& bench() const { return bench_; }
  /// How many units are to be run; 0 = not said.
  [[nodiscard]] int planned() const { return planned_; }
  [[nodiscard]] const YieldCount& count() const { return count_; }
  /// Of bench time, from the start of the run; empty before the first unit has ended.
  [[nodiscard]] std::optional<double> units_per_hour() const;
  [[nodiscard]] Instant started() const { return started_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] bool over() const { return over_; }

  /// Why `slot` waits, in words; what it does when it does not.
  [[nodiscard]] std::string why_waiting(const std::string& slot) const;

 private:
  struct Take;
  BoardSlot& slot(const std::string& name);

  std::vector<BoardSlot> slots_;
  std::string run_id_, sequence_, bench_;
  int planned_ = 0;
  YieldCount count_;
  Instant started_{};
  Instant now_{};
  Instant last_unit_{};
  bool over_ = false;
};

}  // namespace plugrig::cli
