#pragma once

#include <vector>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Name of the fact that says whether the plug that answers was shown to be the plug in the slot:
/// "shown" or "not shown".
inline constexpr const char* kBindingFact = "binding";
/// Name of the fact that says where the reference meter sits: "upstream" of the plug's relay (it
/// then sees the plug's own consumption) or "downstream".
inline constexpr const char* kReferencePlaceFact = "reference_place";

/// What binding draws its pattern from: the plug's MAC, or the unit's id before one is known, and
/// how many attempts there were. Another plug, or the same one later, is asked for another pattern,
/// and the same plug in the same place of a run for the same one, whenever that run is.
std::string binding_seed(const StepContext& context);

/// On and off of the plug's relay, as binding asks for it: eight states, four of them on, in an
/// order that depends on `seed` and the number of the try (from 1) alone.
std::vector<bool> binding_pattern(const std::string& seed, int number = 1);

/// A pattern that shows in this slot and in another one may be the other slot's own: there are 70
/// of them, and slots may bind at the same time. So many are tried.
inline constexpr int kBindingPatterns = 3;

/// How long steps give binding where no parameter says it.
inline constexpr Duration kBindingLimit = std::chrono::seconds{60};

/// Loads that binding tries, in this order, until the bench has one.
inline const std::vector<double> kBindingLoads_W{500, 1000, 250, 100, 60, 40, 2000};

/// Puts the first of `loads_W` that the bench has behind the plug. Fault `plug.binding_load`
/// (config) when it has none; those of the gate.
LoadSetting first_load(MainsAccess& mains, const std::vector<double>& loads_W,
                       const Deadline& deadline);

/// Shows that the plug that is read is the plug that is loaded: a relay pattern of its own must
/// appear in the reference reading of this slot and in no other meter. Blocks until the slot has
/// its turn at reference and load, then for about ten seconds, `limit` at most; used by the slot's
/// thread, after PlugNetwork::find. Switches mains on. Where a person reads the reference, the
/// person's eye takes its place (binding_by_eye.hpp). Leaves the plug's relay on and no load behind
/// it, unless a person would have to take it away. Sets the facts `binding` and, when it could be
/// seen, `reference_place`. Fault `plug.binding` (fixture) when the pattern shows elsewhere,
/// nowhere or not in time; `plug.no_network` (config) on a slot without network; those of gate,
/// meter and plug.
void show_binding(StepContext& context, Duration limit,
                  const std::vector<double>& loads_W = kBindingLoads_W);

}  // namespace plugrig::steps
