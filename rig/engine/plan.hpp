#pragma once

#include <string>
#include <vector>

#include "rig/engine/forecast.hpp"
#include "rig/engine/plan_times.hpp"
#include "rig/engine/sequence.hpp"
#include "rig/engine/utilisation.hpp"

namespace plugrig {

struct PlanLine {
  std::string stage;
  std::string step;
  bool mains_on = false;
  bool clean_up = false;
  Duration usual{};                 ///< zero = not known
  Duration leased{};                ///< part of it with reference and load
  Duration settling{}, sampling{};  ///< parts of that
  Duration longest{};               ///< all attempts at their full time
  int attempts = 1;
  std::vector<std::string> resources;  ///< "uart", when the step holds the unit in its loader
};

/// What keeps a batch from going faster.
struct PlanBound {
  enum class What : std::uint8_t {
    load,       ///< settling and sampling at what slots share
    slots,      ///< every slot is busy all the time
    operator_,  ///< one person changes units all the time
    network     ///< a slot is alone with the plugs' network all the time
  };
  What what = What::slots;
  std::string text;  ///< "load: 190.2 s of settling and sampling a unit"
  double units_per_hour = 0;
};

/// What a run would do, without doing it.
struct Plan {
  std::string sequence;
  std::vector<PlanSlot> slots;
  int units = 1;  ///< in all
  Duration handling{};
  std::vector<PlanLine> lines;
  Duration usual_per_unit{};
  Duration longest_per_unit{};    ///< clean-up counted with its budget
  Duration use_per_unit{};        ///< settling and sampling
  Utilisation expected;           ///< when all goes as usual
  std::vector<PlanBound> bounds;  ///< lowest first: the bottleneck
  [[nodiscard]] bool takes_turns() const;
};

struct PlanOptions {
  int units = 0;  ///< in all; 0 = one a slot
  Duration handling{};
  PlanFacts facts = {};
  BesideSteps beside = {};
};

Plan make_plan(const Sequence& sequence, const std::vector<PlanSlot>& slots,
               const PlanOptions& options = {});

/// Which slots share a turn, for the collector of a run on the same slots.
SharedBy shared_by(const std::vector<PlanSlot>& slots);

/// The plan as lines of text, each ending with a line feed.
std::string render(const Plan& plan, int columns = 80);

/// The plan as one line of JSON without line feed.
std::string to_json(const Plan& plan);

}  // namespace plugrig
