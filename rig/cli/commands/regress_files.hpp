#pragma once

#include <filesystem>
#include <string>

#include "reports/regress_report.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/regress/comparison.hpp"

namespace plugrig::cli {

/// A comparison on its way to the screen and into files.
struct ComparisonOut {
  const regress::Comparison& comparison;
  RegressInfo info;
  std::filesystem::path folder;  ///< for `regress.json`, `regress.xml` and `regress.html`
  std::filesystem::path trend;   ///< the run is appended to it; empty = nowhere
  bool quiet = false;            ///< nothing on the screen
};

/// Prints the table and writes the files. A file that cannot be written changes no answer: it is
/// told, and the others are written.
void write_comparison(const ComparisonOut& out, Console& console);

}  // namespace plugrig::cli
