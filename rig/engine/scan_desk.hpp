#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {

/// A unit that passed, is recorded and got its label.
struct LabelledUnit {
  std::string unit_id;
  std::string slot;
  std::string serial;  ///< may be empty
  std::string mac;
};

/// The texts by which a label names this unit: certificate id, serial, MAC in any writing.
bool label_names(const LabelledUnit& unit, std::string_view scanned);

/// Fault `label.other_unit` (operator): `scanned` is not on the label of `unit`.
Fault other_label(const LabelledUnit& unit, std::string_view scanned);

/// What one scan did.
struct SlotChosen {
  std::string slot;  ///< the next serial is for this slot
};
struct ScanTaken {
  std::string slot;
  std::string text;
};
struct LabelConfirmed {
  LabelledUnit unit;  ///< its label was scanned after it was stuck on: the unit is closed
};
struct ScanRefused {
  Fault fault;
};
using ScanAnswer = std::variant<SlotChosen, ScanTaken, LabelConfirmed, ScanRefused>;

/// Decides what a scan means at a bench with several slots. Pure: no thread, no wait.
///
/// - `SLOT F3` (the label of a slot) says which slot the next serial is for, for a minute.
/// - What is on the label of a unit that waits for it closes that unit.
/// - Anything else is a serial. It must keep the rules, and goes to the slot that was chosen, else
/// to
///   the only slot that waits. Where several wait it goes to none: a serial that is bound to the
///   wrong plug is worse than a second scan.
///
/// Refusals are faults of the operator: `scan.unknown_slot`, `scan.slot_busy`, `scan.no_slot`,
/// `scan.which_slot`, `serial.in_work`, `label.other_unit`, and those of `check`.
class ScanDesk {
 public:
  using Check = std::function<std::optional<Fault>(std::string_view serial)>;
  static constexpr Duration kChosenFor = std::chrono::seconds{60};

  ScanDesk(std::vector<std::string> slots, Check check);

  /// A slot waits for a scan, or gives up waiting.
  void wants(const std::string& slot);
  void wants_no_more(const std::string& slot);
  /// The scan that was given to a slot, once.
  std::optional<std::string> take(const std::string& slot);

  ScanAnswer scan(const std::string& text, Instant now);

  void label_given(LabelledUnit unit);
  /// Units whose label was not scanned yet.
  [[nodiscard]] const std::vector<LabelledUnit>& unconfirmed() const { return unconfirmed_; }
  /// Some slot or label waits for a scan.
  [[nodiscard]] bool expects() const { return !waiting_.empty() || !unconfirmed_.empty(); }
  [[nodiscard]] const std::set<std::string>& waiting() const { return waiting_; }

 private:
  ScanAnswer choose(std::string_view name, Instant now);
  std::optional<ScanAnswer> confirm(const std::string& text, const std::string& chosen);
  ScanAnswer give(const std::string& text, const std::string& chosen);
  [[nodiscard]] std::string waiting_text() const;

  std::vector<std::string> slots_;
  Check check_;
  std::set<std::string> waiting_;
  std::map<std::string, std::string> given_;    ///< by slot, not taken yet
  std::map<std::string, std::string> in_work_;  ///< by slot, until it waits again
  std::string chosen_;
  Instant chosen_until_{};
  std::vector<LabelledUnit> unconfirmed_;
  std::vector<LabelledUnit> closed_;
};

}  // namespace plugrig
