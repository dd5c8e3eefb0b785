#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "rig/engine/unit_run.hpp"

namespace plugrig {

/// Facts of a unit that was tested again: the record before it, and why.
inline constexpr const char* kRetestOf = "retest_of";
inline constexpr const char* kRetestReason = "retest_reason";

struct RetestRule {
  int most = 2;  ///< times that one unit is tested again in one run; 0 = never
  /// Where the evidence points away from the unit, without a person's demand.
  bool by_itself = false;
};

/// Somebody wants a unit tested again.
struct RetestDemand {
  bool by_person = false;
  std::string reason = {};  ///< in the person's words; may be empty
};

struct RetestDecision {
  bool allowed = false;
  std::string text;  ///< allowed: the reason, for the record; else why not, one sentence
};

/// Whether a unit that ended like `last`, after `done` tests again, is tested again. Pure.
///
/// By itself only where the evidence points away from the unit: blame contact, fixture, instrument,
/// host or operator, or no record. A FAIL, an inconclusive result, and what config or software is
/// to blame for need a person who gives a reason. Never: a PASS, more often than the rule says, and
/// after OFF NOT CONFIRMED.
RetestDecision may_retest(const UnitResult& last, int done, const RetestRule& rule,
                          const RetestDemand& demand);

/// What is to be tested again in a slot.
struct Retest {
  std::string of;      ///< unit id
  std::string reason;  ///< for the record
  int again = 1;       ///< how often with this time
};

/// The demands for tests again, slot by slot. Any thread.
class RetestDesk {
 public:
  explicit RetestDesk(const RetestRule& rule) : rule_(rule) {}

  /// A person wants the unit in `slot` tested again. Returns what to tell the person. While a unit
  /// is tested the demand waits for its end.
  std::string demand(const std::string& slot, const std::string& reason);

  /// For the slot's thread: a new unit, not one that is tested again, begins.
  void begun(const std::string& slot);
  void ended(const std::string& slot, const UnitResult& result);
  /// The slot does nothing any more in this run.
  void closed(const std::string& slot);
  /// What is to be tested again now; counts as begun.
  std::optional<Retest> take(const std::string& slot);
  /// Triggers when somebody demands a test of the unit that has ended in the slot.
  [[nodiscard]] std::stop_token demanded(const std::string& slot);

 private:
  struct Place {
    std::optional<UnitResult> last;  ///< empty: one is being tested
    int done = 0;
    bool closed = false;
    std::optional<std::string> wanted;  ///< reason of a person
    std::stop_source demanded;
  };

  const RetestRule rule_;
  std::mutex lock_;
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace plugrig
