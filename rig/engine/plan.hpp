#pragma once

#include <string>
#include <vector>

#include "rig/engine/sequence.hpp"

namespace plugrig {

/// A slot as far as a plan is concerned.
struct PlanSlot {
  std::string name;
  std::vector<std::string> resources;  ///< what it holds while it runs: "uart /dev/ttyUSB0", …
};

struct PlanLine {
  std::string stage;
  std::string step;
  bool mains_on = false;
  bool clean_up = false;
  Duration usual{};    ///< zero = not known
  Duration longest{};  ///< all attempts at their full time
  int attempts = 1;
  std::vector<std::string> resources;  ///< "uart", when the step holds the unit in its loader
};

/// What a run would do, without doing it.
struct Plan {
  std::string sequence;
  std::vector<PlanSlot> slots;
  int units_per_slot = 1;
  std::vector<PlanLine> lines;
  Duration usual_per_unit{};
  Duration longest_per_unit{};  ///< clean-up counted with its budget
  Duration usual_run{};         ///< slots run side by side, but for their turns at the load
  bool shared_load = false;     ///< one slot at a time in stages with mains on
};

/// `shared_load`: the slots share the load or the reference, so their stages with mains on follow
/// each other.
Plan make_plan(const Sequence& sequence, const std::vector<PlanSlot>& slots, int units_per_slot = 1,
               bool shared_load = false);

/// The plan as lines of text, each ending with a line feed.
std::string render(const Plan& plan);

}  // namespace plugrig
