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

/// A unit that somebody has begun and that a slot is to go on with.
struct UnitOrder {
  UnitWork work;
  std::string from = {};  ///< slot where the unit sits now; empty = this slot
};

/// How often a slot with mains may find another unit than the one that it asked for.
inline constexpr int kTakeTries = 3;

/// Which unit goes where in one run. Where a sequence begins with stages that need a slot's
/// contacts, and goes on with stages with mains on, a slot with contacts alone does the former:
/// its unit waits in it, longest first, until a slot with mains alone takes it. A slot with both
/// does all of the sequence. Work that a crash left comes before new units.
///
/// Pure: no thread, no clock, no lock. Whoever shares it between threads locks.
class UnitQueue {
 public:
  /// Fault `bench.no_mains` or `bench.no_contacts` (config) when a stage has no slot that it could
  /// run in.
  UnitQueue(const Sequence& sequence, const std::vector<SlotPlace>& slots);

  /// New units begin in this slot.
  [[nodiscard]] bool begins(const std::string& slot) const { return places_.at(slot).begins; }
  /// Units of other slots go on in this slot, and no new ones begin.
  [[nodiscard]] bool takes(const std::string& slot) const { return places_.at(slot).takes; }

  /// Work that a crash left in the slot.
  void left_over(const std::string& slot, UnitWork work);
  /// A unit that waited in the slot, or between two, when the crash came.
  void left_waiting(const std::string& slot, UnitRecord record);
  /// The next work that a crash left in the slot; empty = there is none.
  std::optional<UnitOrder> first(const std::string& slot);

  /// The slot's last unit was taken out of it, or never waited there.
  [[nodiscard]] bool has_room(const std::string& slot) const;
  /// A unit that waits in a slot can still go on in another.
  [[nodiscard]] bool can_move() const;
  /// What is done with new unit `number` in the slot. Only when it has room.
  [[nodiscard]] UnitWork begin(const std::string& slot, int number) const;

  /// A unit waits that the slot could take.
  [[nodiscard]] bool ready(const std::string& slot) const;
  /// The slot will never have one to take again.
  [[nodiscard]] bool over(const std::string& slot) const;
  /// The unit that waits longest. Only when `ready`. It is the slot's until `ended`; the slot that
  /// it comes from has room when it has `arrived`.
  UnitOrder take(const std::string& slot);
  /// Somebody has put into the slot what it had taken.
  void arrived(const std::string& slot);

  /// How the slot's unit ended. One that goes on waits here from now on; one that was not there
  /// keeps its place before the others, kTakeTries times in all: then it is returned, to be given
  /// up.
  std::optional<UnitRecord> ended(const std::string& slot, const UnitResult& result);
  /// The slot does nothing any more. A unit that it had taken waits again.
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
    bool begins = false;
    bool takes = false;
    bool whole = false;  ///< does all of the sequence
    bool closed = false;
    std::deque<UnitWork> first = {};
    std::optional<Waiting> taken = {};
    bool arrived = false;
  };
  template <typename Wanted>
  [[nodiscard]] bool any(Wanted wanted) const;
  void assign(const SlotPlace& slot, bool late_contacts);
  void refuse_idle(const std::vector<SlotPlace>& slots) const;

  std::map<std::string, Place> places_;
  std::vector<std::string> early_;  ///< leading stages, with mains off
  std::vector<std::string> late_;   ///< the rest
  bool early_contacts_ = false;     ///< one of the former needs contacts
  std::deque<Waiting> waiting_;
};

}  // namespace plugrig
