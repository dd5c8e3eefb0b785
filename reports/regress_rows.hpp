#pragma once

#include <string>
#include <vector>

#include "rig/regress/comparison.hpp"

namespace plugrig {

/// A quantity of a candidate as people read it. Rounded for display only.
struct RegressRow {
  const regress::QuantityDecision* quantity = nullptr;
  std::string name;  ///< "power.as_found.P, 500 W"
  std::string baseline;
  std::string candidate;
  std::string difference;  ///< with sign and unit, and in percent of the baseline
  std::string interval;    ///< "+0.21 … +0.39 W", or "–"
  std::string margin;      ///< "± 0.15 %", or "–"
  std::string word;        ///< "worse", "same", "quarantined"
  std::string mark;        ///< "bad", "good", "other" or ""
  std::string reason;      ///< may be empty
};

/// What changed first: worse, open, better, same, not decided; what is in quarantine last. Within
/// each by the size of the change against the margin, largest first.
std::vector<RegressRow> rows_of(const regress::CandidateResult& candidate);

/// Checks in the same order; of equals the order stays.
std::vector<const regress::CheckDecision*> sorted_checks(const regress::CandidateResult& candidate);

/// Passed with both builds, and nothing to say about it.
bool is_plain(const regress::CheckDecision& check);

/// "worse", …; "quarantined" for what is.
std::string word_of(const regress::CheckDecision& check);
std::string mark_of_change(regress::Change change, bool quarantined);

/// "3 of 24 failed", or "24 passed", or "–".
std::string passes_text(int passed, int failed);

/// Name, version and the first 12 digits of the digest.
std::string build_text(const regress::Build& build);

/// One sentence for people: what the candidate is.
std::string verdict_text(const regress::CandidateResult& candidate);

}  // namespace plugrig
