#include "drivers/operator/operator_load.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

constexpr double nearest_enough = 0.15;  ///< of the point, as for every load bank
constexpr int nothing = -1;

double watts_at(const HandLoad& load, double volts) {
  const double ratio = volts / load.at_V;
  return load.nominal_W * ratio * ratio;
}

}  // namespace

OperatorLoad::OperatorLoad(Operator& person, std::string slot, std::vector<HandLoad> loads,
                           double rating_A)
    : person_(person), slot_(std::move(slot)), loads_(std::move(loads)), rating_A_(rating_A) {}

LoadSetting OperatorLoad::choose(double watts, double volts) const {
  LoadSetting best{.elements = {}, .nominal_W = 0, .nominal_A = 0, .at_V = volts};
  if (watts == 0) return best;
  double distance = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    const double drawn = watts_at(loads_[i], volts);
    if (std::abs(drawn - watts) >= distance) continue;
    distance = std::abs(drawn - watts);
    best = {{static_cast<int>(i)}, drawn, drawn / volts, volts};
  }
  // Not "greater": neither NaN nor an empty table may pass.
  if (!(distance <= nearest_enough * watts)) {
    throw Fault("load.no_combination", Blame::config,
                fmt::format("No load of the bench file comes near {:.0f} W.", watts),
                "Add such a load to the bench file, or leave the point out of the sequence.");
  }
  if (best.nominal_A > rating_A_) {
    throw Fault("load.rating", Blame::config,
                fmt::format("{:.0f} W draw {:.1f} A, the wiring may carry {:.1f} A.", watts,
                            best.nominal_A, rating_A_),
                "Leave the point out of the sequence.");
  }
  return best;
}

void OperatorLoad::apply(const LoadSetting& setting, const Deadline& deadline) {
  const int wanted = setting.elements.empty() ? nothing : setting.elements.front();
  if (present_ == wanted) return;
  const bool known = wanted == nothing || static_cast<std::size_t>(wanted) < loads_.size();
  if (!known || setting.elements.size() > 1) {
    throw Fault("load.no_combination", Blame::software, "A person can plug in one known load.",
                "Report this message to the makers of the rig.");
  }
  present_.reset();
  OperatorPrompt prompt{.slot = slot_, .text = {}, .unit = {}, .low = {}, .high = {}};
  prompt.text = wanted == nothing
                    ? "Take the load away from behind the unit. Done?"
                    : fmt::format("Connect {} behind the unit, and nothing else. Done?",
                                  loads_[static_cast<std::size_t>(wanted)].name);
  person_.confirm(prompt, deadline);
  present_ = wanted;
}

void OperatorLoad::off(const Deadline& /*deadline*/) { present_.reset(); }

}  // namespace plugrig::person
