#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// What JUnit files of this project have in common. They are read by CI viewers and checked against
/// the schema of Jenkins (`tests/peers/junit`), which knows a skipped case's reason as text only.
namespace plugrig::junit {

/// failure: the unit's, or the build's. error: the rig's. skipped: nothing was decided, or it does
/// not count.
enum class Case : std::uint8_t { passed, failure, error, skipped };

/// Why a test case is not passed; texts unescaped, empty for one that is.
struct Outcome {
  Case is = Case::passed;
  std::string message = {};  ///< one line
  std::string type = {};     ///< id of a fault, or a word; not of a skipped one
  std::string text = {};     ///< lines; not of a skipped one
};

/// The element inside of a test case, with indent and line end; empty for one that passed.
std::string element_of(const Outcome& outcome);

struct Counts {
  std::size_t tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;

  void add(Case which);
  /// Attributes of suites and of one suite: `tests`, `failures`, `errors`.
  [[nodiscard]] std::string text() const;
};

}  // namespace plugrig::junit
