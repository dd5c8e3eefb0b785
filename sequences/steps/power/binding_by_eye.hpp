#pragma once

#include <string>
#include <vector>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// How often the plug lights the load up for a person to count; 2 to 5, from `seed` alone.
int flashes_of(const std::string& seed);

/// Shows that the plug that is read is the plug that is loaded, on a bench whose reference a person
/// reads: the plug switches a load that can be seen on and off, and the person says how often it
/// lit up. A person who looked away types 0 and sees it again. Blocks for as long as the step's
/// time; used by the slot's thread, after PlugNetwork::find. Switches mains on. Leaves the plug's
/// relay on and the load behind it. Sets the facts `binding` and `reference_place`: such a
/// reference is read at the load, downstream of the plug.
/// Fault `plug.binding` (fixture) when another number was seen, or nothing at all;
/// `plug.no_person` (config) where nobody can be asked; those of gate, plug and operator.
void show_binding_by_eye(StepContext& context, const std::vector<double>& loads_W);

}  // namespace plugrig::steps
