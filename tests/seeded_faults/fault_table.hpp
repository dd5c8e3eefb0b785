#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rig/core/event.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/variable_sources.hpp"

namespace plugrig::seeded {

/// One line of tests/bench/faults.yaml: what is wrong, and what a person would expect of the run.
struct FaultRow {
  std::string name;
  std::string job;     ///< a file of tests/seeded_faults/jobs, no ending
  std::string reason;  ///< one sentence: why just this verdict and this blame

  // What is wrong, as maps of the bench language ("{late: 2 %}"); empty = nothing.
  std::string plug;         ///< `faults` of the simulated plug
  std::string flash_die;    ///< its flash profile
  std::string meter;        ///< `faults` of the reference meter
  std::string mains_board;  ///< of the board with mains relays and safety inputs
  std::string load_board;   ///< of the board with the load's relays
  /// Of the board with the slot's selector; empty = the load is connected all the time.
  std::string selector_board;
  std::string world;        ///< `world` of the bench
  std::string certificate;  ///< of the reference: a file of the job folder's `certificates`
  VariableValues sequence;  ///< variables of the sequence that differ

  Verdict verdict = Verdict::not_run;
  std::string blame;  ///< empty for a pass
  std::string fault;  ///< id
  int exit_code = 0;
  bool stays_live = false;   ///< the fault itself keeps mains on: the only reason to leave it so
  bool wrong_value = false;  ///< passes with a wrong value: this fault cannot be seen on this bench
};

/// Reads the table; everything wrong with it goes to `problems`.
std::vector<FaultRow> load_fault_table(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::seeded
