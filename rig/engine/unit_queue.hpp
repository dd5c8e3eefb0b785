#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rig/engine/sequence.hpp"
#include "rig/engine/unit_run.hpp"

namespace plugrig {

/// What a slot is good for: its contacts (UART and 3.3 V), mains, or both.
struct SlotPlace {
  std::string name;
  bool contacts = true;
  bool mains = false;
};

/// What a slot is to do next.
struct UnitOrder {
  UnitWork work;
  std::string from = {};  ///< slot where the unit sits now; empty = the next new unit, or this slot
  std::string mac = {};   ///< of a unit that is put into another slot
};

/// How often a slot with mains may find another unit than the one that it asked for.
inline constexpr int kTakeTries = 3;

/// Which unit goes where in one run. Where a sequence begins with stages with mains off and the
/// bench has slots with mains alone, units begin in slots with contacts and wait there, longest
/// first, until a slot with mains takes them; a slot with both does all of the sequence.
///
/// Pure: no thread, no clock, no lock. Whoever shares it between threads locks.
class UnitQueue {
 public:
  /// `units_per_slot`: new units of each slot in which units begin. Fault `bench.no_mains` or
  /// `bench.no_contacts` (config) when a stage has no slot that it could run in.
  UnitQueue(const Sequence& sequence, std::vector<SlotPlace> slots, int units_per_slot);

  /// Puts an order in front of all others of its slot: work that a crash left.
  void first(const std::string& slot, UnitOrder order);

  /// True when `next` has something for the slot.
  [[nodiscard]] bool ready(const std::string& slot) const;
  /// True when the slot will never have anything to do again. A slot that is neither ready nor over
  /// waits for another one.
  [[nodiscard]] bool over(const std::string& slot) const;
  /// Only when `ready`. The slot then has the unit until `ended`.
  UnitOrder next(const std::string& slot);
  /// How the slot's unit ended. One that goes on waits here from now on; one that was not there
  /// keeps its place before the others, kTakeTries times in all: then it is returned, to be given
  /// up.
  std::optional<UnitRecord> ended(const std::string& slot, const UnitResult& result);
  /// The slot does nothing any more (it broke, or was stopped).
  void close(const std::string& slot);

  /// Units that wait for a slot, longest first.
  struct Waiting {
    std::string slot;  ///< where it sits
    UnitRecord record;
    int missed = 0;  ///< how often another unit, or none, was in the slot that took it
  };
  [[nodiscard]] const std::deque<Waiting>& waiting() const { return waiting_; }

 private:
  struct Place {
    bool begins = false;    ///< new units begin here
    bool takes = false;     ///< units of other slots go on here
    bool whole = false;     ///< does all of the sequence
    int left = 0;           ///< new units to come
    int number = 0;         ///< of the last new unit
    bool occupied = false;  ///< its unit waits in it
    bool busy = false;
    bool closed = false;
    std::deque<UnitOrder> first = {};
    std::optional<Waiting> taken = {};  ///< came from another slot
  };
  [[nodiscard]] bool more_to_take() const;

  std::map<std::string, Place> places_;
  std::vector<std::string> early_;  ///< leading stages, with mains off
  std::vector<std::string> late_;
  std::deque<Waiting> waiting_;
};

}  // namespace plugrig
