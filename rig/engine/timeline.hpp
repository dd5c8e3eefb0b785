#pragma once

#include <string>

#include "rig/engine/utilisation.hpp"

namespace plugrig {

/// Each slot's time as a row of letters: a letter a stage (capital while the slot has its turn at
/// reference and load), a dot while it waits for that, blank without a unit. At most `columns`
/// wide (30 at least); a cell shows what took most of its time. Lines end with a line feed; empty
/// when nothing took time.
std::string timeline(const Utilisation& use, int columns);

}  // namespace plugrig
