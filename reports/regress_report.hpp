#pragma once

#include <string>

#include "rig/core/clock.hpp"
#include "rig/regress/comparison.hpp"

namespace plugrig {

/// What the documents of a comparison are told besides what came out.
struct RegressInfo {
  std::string title;  ///< run id, or what the person called it
  std::string software;
  std::string organisation;  ///< printed above the title; may be empty
  std::string sequence;
  std::string bench;
  UtcTime started;
  double duration_s = 0;
  bool simulated = false;  ///< says nothing of real plugs
};

/// For a terminal: what changed first, then the counts. Lines are at most `columns` characters (60
/// or more; less counts as 60), without colour; each ends with a line feed.
std::string regress_table(const regress::Comparison& comparison, int columns);

/// All of it as one JSON document: reports/schema/regress.schema.json.
std::string regress_json(const regress::Comparison& comparison, const RegressInfo& info);

/// JUnit XML: a test suite a candidate, a test case a check and a quantity. Worse is a failure,
/// what the bench kept from being decided an error, quarantine skipped. Rig faults stand as one
/// more test case with an error where a candidate had any and nothing of it could be decided, else
/// as a property.
std::string regress_junit(const regress::Comparison& comparison, const RegressInfo& info);

/// One page that needs nothing else, without script; prints on A4.
std::string regress_html(const regress::Comparison& comparison, const RegressInfo& info);

}  // namespace plugrig
