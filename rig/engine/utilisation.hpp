#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/event.hpp"

namespace plugrig {

/// Which slots take turns at the same reference and load: the slot's name, and a name for what it
/// shares. Slots that are not there have their own.
using SharedBy = std::map<std::string, std::string, std::less<>>;

/// How a reference with its load was used.
struct LoadUse {
  std::string name;                ///< as in SharedBy; else "slot F1"
  std::vector<std::string> slots;  ///< that used it, in the order of first use
  int leases = 0;
  Duration held{};
  /// Waiting for readings to stand still, and taking them: what counts as use.
  Duration settling{}, sampling{};
  /// Use as a fraction of time: from its first lease to the end of its last one, and in the steady
  /// part of the batch. 0 when there was no lease.
  double share = 0, steady_share = 0;
  /// From the first lease to the begin of the last unit in its slots. A batch of one unit a slot
  /// has no steady part: then it is the same as all of the use.
  Duration steady{};
};

/// What attempts of one step took, without the waits for a turn in them.
struct StepUse {
  std::string step;
  int attempts = 0;
  Duration total{};
  [[nodiscard]] Duration mean() const { return attempts > 0 ? total / attempts : Duration{}; }
};

struct SlotUse {
  std::string slot;
  int units = 0;
  Duration working{};  ///< from a unit's begin to its end, without the waits
  Duration waiting{};  ///< for a turn at reference and load
  Duration empty{};    ///< between two units, and before the first
};

/// One stretch of a slot's time, for a picture of it.
struct SlotSpan {
  std::string slot;
  std::string unit_id;
  std::string stage;  ///< empty before the unit's first stage, and in `empty` spans
  enum class Kind : std::uint8_t {
    empty,  ///< no unit: the last one is taken out, the next one put in
    work,
    waits,  ///< for a turn at reference and load
    load,   ///< has its turn
  };
  Kind kind = Kind::empty;
  Instant from{}, to{};
};

/// How a run used its time, or how a plan says that it will.
struct Utilisation {
  Instant from{}, to{};
  int units = 0;  ///< that ended
  int passed = 0;
  std::vector<SlotUse> slots;
  std::vector<LoadUse> loads;
  std::vector<StepUse> steps;  ///< in the order of their first attempt
  std::vector<SlotSpan> spans;

  [[nodiscard]] Duration total() const { return to - from; }
  /// All units over all of the time; 0 without time.
  [[nodiscard]] double units_per_hour() const;
};

/// One line of JSON without line feed, without the spans.
std::string to_json(const Utilisation& use);

/// A run beside its plan.
struct PlanDeviation {
  Utilisation planned, actual;
  /// Actual total time less the planned one, as a fraction of the planned one; 0 without a plan.
  [[nodiscard]] double time() const;
};

/// Total time, units an hour and use of shared loads, planned and actual, as a table. Lines end
/// with a line feed.
std::string render(const PlanDeviation& deviation);
std::string to_json(const PlanDeviation& deviation);

/// Makes a Utilisation of events, of a run or of a plan's simulation. Any thread; locks for itself.
class UtilisationCollector final : public EventSink {
 public:
  explicit UtilisationCollector(SharedBy shared = {}) : shared_(std::move(shared)) {}

  void on(const Event& event) noexcept override;
  /// What happened so far.
  [[nodiscard]] Utilisation result() const;

 private:
  struct Lease {
    Instant from{}, to{};
    Duration settling{}, sampling{};
  };
  struct Load {
    LoadUse use;
    std::vector<Lease> leases;
    Instant last_unit{};  ///< begin of the last unit in its slots
  };
  struct Slot {
    SlotUse use;
    std::string unit_id, stage;
    Instant unit_from{}, span_from{};
    SlotSpan::Kind span = SlotSpan::Kind::empty;
    std::optional<Instant> waits_from;
    std::string step;
    Instant step_from{};
    Duration step_waited{};
  };

  void take(const Event& event);
  Slot& slot(const std::string& name, Instant now);
  Load& load_of(const std::string& slot);
  void turn(Slot& slot, SlotSpan::Kind kind, Instant now);
  void stop_waiting(Slot& slot, Instant now);
  void step_ended(Slot& slot, Instant now);
  void lease_given(Slot& slot, const event::LeaseGiven& given, Instant now);
  void unit_ended(Slot& slot, const event::UnitEnded& ended, Instant now);

  const SharedBy shared_;
  mutable std::mutex lock_;
  Utilisation so_far_;
  bool begun_ = false;
  std::map<std::string, Slot> slots_;
  std::vector<std::string> slot_order_;
  std::vector<Load> loads_;
};

}  // namespace plugrig
