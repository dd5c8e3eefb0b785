#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// What the contacts of one slot have been through, from the records.
struct SlotLife {
  std::string slot;
  int insertions = 0;      ///< units for which the slot was opened or its mains entered
  int identified = 0;      ///< units whose chip was asked there
  int first_sync = 0;      ///< of which it answered in the first attempt
  int retries = 0;         ///< attempts of steps after the first
  int contact_faults = 0;  ///< attempts that blame contact or fixture
  UtcTime last_used;
};

/// The slots of `bench` in the record store at `path`, from `since` on, in the order of their first
/// use. Reads with a connection of its own, so a run may go on meanwhile. Blocks for the disk.
/// Faults `store.*`.
std::vector<SlotLife> fixture_life(const std::filesystem::path& path, const std::string& bench,
                                   UtcTime since = {});

}  // namespace plugrig
