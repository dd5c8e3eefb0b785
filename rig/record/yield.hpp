#pragma once

#include <optional>
#include <set>
#include <string>

#include "rig/record/unit_record.hpp"

namespace plugrig {

/// How one unit's record ended, as far as yield is concerned.
struct YieldEntry {
  std::string plug;  ///< what the plug is known by: MAC or serial; empty = not known
  Verdict verdict = Verdict::not_run;
  bool first_pass = false;
  bool recorded = true;
  std::string blame;
};

/// Counts records, and the first-pass yield.
///
/// First-pass yield = plugs that passed at first, without a retry of any step, over plugs that were
/// judged. A plug is judged by its first record that says something of the plug itself: PASS, or
/// FAIL. Records that end in RIG FAULT, STOPPED, INCONCLUSIVE, NOT RUN or NOT RECORDED judge the
/// bench or nobody and count neither for nor against; a second test of a plug that was judged
/// changes no yield, whatever it ends with.
class YieldCount {
 public:
  void add(const YieldEntry& entry);

  [[nodiscard]] int records() const { return pass_ + fail_ + rig_fault_ + stopped_ + other_; }
  [[nodiscard]] int pass() const { return pass_; }
  [[nodiscard]] int fail() const { return fail_; }
  [[nodiscard]] int rig_fault() const { return rig_fault_; }
  [[nodiscard]] int stopped() const { return stopped_; }
  [[nodiscard]] int other() const { return other_; }  ///< inconclusive, not run, not recorded
  [[nodiscard]] int judged() const { return judged_; }
  [[nodiscard]] int first_passed() const { return first_passed_; }
  /// 0…1; empty when no plug was judged.
  [[nodiscard]] std::optional<double> first_pass_yield() const;

 private:
  void count(const YieldEntry& entry);

  int pass_ = 0, fail_ = 0, rig_fault_ = 0, stopped_ = 0, other_ = 0;
  int judged_ = 0, first_passed_ = 0;
  std::set<std::string> judged_plugs_;
};

/// What a recorded unit counts as. A plug is known by its fact `mac`, else by its `serial`.
YieldEntry yield_entry(const UnitRecord& unit, bool recorded = true);

}  // namespace plugrig
