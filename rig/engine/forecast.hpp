#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rig/core/event.hpp"
#include "rig/engine/step_time.hpp"

namespace plugrig {

/// A slot as far as a plan is concerned.
struct PlanSlot {
  std::string name;
  std::vector<std::string> resources = {};  ///< what it holds while it runs: "uart /dev/ttyUSB0", …
  /// What it shares with other slots and takes turns at ("load", "reference"); empty = its own.
  std::set<std::string> shared = {};
  /// Its turn lasts from the first to the last stage with mains on: without a selector nothing
  /// keeps a live slot off the load of another.
  bool turn_is_stage = false;
  /// One of a chain: its turn lasts from mains on to mains off, alone or in a round with others.
  bool chained = false;
  /// UART and 3.3 V reach its unit, and mains does. Where both are apart, units do their leading
  /// stages with mains off in the former, and are carried to the latter for the rest.
  bool contacts = true, mains = true;
};

/// One step of a unit as a forecast has it.
struct ForecastStep {
  std::string name;
  StepTime time;
  bool needs_mains = false;  ///< a slot of a chain takes its turn for it
};
struct ForecastStage {
  std::string name;
  bool mains_on = false;
  std::vector<ForecastStep> steps;
  /// Where some stage takes the network from all plugs: whether it is this one, which begins when
  /// no other slot is in a stage.
  std::optional<bool> network_alone = {};
};

struct ForecastInput {
  std::vector<PlanSlot> slots;
  std::vector<ForecastStage> unit;  ///< what every unit goes through
  int units = 1;                    ///< in all
  Duration start_up{};              ///< before the first unit is put in
  /// Time of the one person who takes a unit out of a slot and puts the next one in, or carries it
  /// to another slot. The first units are put in too; taking the last ones out is nobody's wait.
  Duration handling{};
};

/// The events that the run would tell if every step took its usual time and every unit passed: the
/// same arbiter gives the turns. Pure; in the order of time.
std::vector<Event> forecast(const ForecastInput& input);

}  // namespace plugrig
