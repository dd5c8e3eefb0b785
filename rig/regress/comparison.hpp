#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/regress/checks.hpp"
#include "rig/regress/decision.hpp"
#include "rig/regress/drift.hpp"
#include "rig/regress/margins.hpp"
#include "rig/regress/quarantine.hpp"
#include "rig/regress/trial.hpp"

namespace plugrig::regress {

/// How sure a comparison has to be.
struct Confidence {
  double family_risk = 0.01;  ///< of any false `worse` in the whole comparison
  double same_risk = 0.025;   ///< see Risks::same
  double power = 0.99;
  /// How often the comparison may be made while trials are added: each look has a part of the risk.
  int looks = 1;
};

/// One quantity of one candidate.
struct QuantityDecision {
  std::string quantity;
  std::string condition;
  std::string unit;
  std::optional<Limit> limit;  ///< nothing: there is no margin, or none in this unit
  std::string margin_text;     ///< "± 0.3 % of the baseline", "+ 50 ms"; empty without
  Difference difference;
  BenchState bench = BenchState::steady;
  int left_out = 0;    ///< pairs during which the bench moved
  int not_finite = 0;  ///< readings of any build that were no numbers and were left out
  std::optional<Quarantine> quarantine;  ///< then it decides nothing
};

/// What a candidate is.
enum class Category : std::uint8_t {
  good,          ///< nothing is worse, nothing is open
  regression,    ///< something is worse
  inconclusive,  ///< nothing is worse so far, something is open
  bench,         ///< nothing could be decided because of the bench, or because a step that neither
                 ///< build passes hides what comes after it
};

/// "good", "regression", "inconclusive", "bench"
std::string_view to_string(Category category);

/// How a build's trials ended; those of control units stand with the baseline's.
struct TrialCounts {
  int passed = 0;
  int unit_failed = 0;
  int rig_fault = 0;
  int aborted = 0;
  [[nodiscard]] int all() const { return passed + unit_failed + rig_fault + aborted; }
};

struct CandidateResult {
  int build = 1;  ///< index in Comparison::builds
  Category category = Category::inconclusive;
  std::vector<QuantityDecision> quantities;  ///< by name, condition, unit
  std::vector<CheckDecision> checks;         ///< in the order of the sequence
  bool needs_more = false;                   ///< more blocks could decide what is open
  int blocks_needed = 0;                     ///< about so many more on every slot
};

/// Everything that the documents of a comparison are made of. Plain data.
struct Comparison {
  std::vector<Build> builds;
  std::vector<TrialCounts> counts;  ///< by build
  std::vector<CandidateResult> candidates;
  std::vector<Quarantine> expired;  ///< entries of the file that count again
  Confidence confidence;
  double alarm_risk = 0;  ///< what one decision may take of the family's risk
  int units = 0;          ///< without control units
  int blocks = 0;
  bool needs_more = false;
  int blocks_needed = 0;
};

/// Compares every build with the first. Pure: the same arguments give the same result. `today` is
/// YYYY-MM-DD and only tells which quarantine is over. A trial of a build that `builds` does not
/// have throws std::out_of_range, fewer than two builds std::invalid_argument.
///
/// Many quantities are looked at once, and a bench that cries wolf once a week is soon ignored. So
/// the family-wise risk is held by Bonferroni: every decision of every quantity, candidate and look
/// may call a false `worse` with an equal part of `family_risk`. Holm's steps would be a little
/// sharper, but their intervals cannot be drawn; with these anybody can see in the plot why
/// something was called worse. The bound holds however the quantities depend on each other.
Comparison compare(std::span<const Trial> trials, std::vector<Build> builds,
                   std::span<const Margin> margins, std::span<const Quarantine> quarantine,
                   std::string_view today, const Confidence& confidence = {});

/// 0: no regression; 1: some candidate is a regression; 3: none is, and of some candidate nothing
/// could be decided because of the bench.
int exit_code(const Comparison& comparison);

}  // namespace plugrig::regress
