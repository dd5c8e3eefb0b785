#include "rig/cli/commands/find_unit.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "rig/cli/commands/command.hpp"
#include "rig/core/did_you_mean.hpp"

namespace plugrig::cli {

std::string find_unit(const std::string& wanted, const RecordStore& store) {
  const auto units = store.last_units(std::numeric_limits<std::int32_t>::max());
  std::vector<std::string> ids;
  ids.reserve(units.size());
  for (const auto& unit : units) ids.push_back(unit.unit_id);
  if (std::find(ids.begin(), ids.end(), wanted) != ids.end()) return wanted;
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    for (const auto* name : {"mac", "serial"}) {
      const auto fact = unit->facts.find(name);
      if (fact != unit->facts.end() && fact->second == wanted) return unit->unit_id;
    }
  }
  throw UsageError("no unit '" + wanted + "' in the store; " +
                   did_you_mean(wanted, ids, "plugrig list shows them"));
}

std::optional<RunRecord> find_run(const std::string& run_id, const RecordStore& store) {
  const auto runs = store.runs();
  const auto found = std::ranges::find(runs, run_id, &RunRecord::run_id);
  return found == runs.end() ? std::nullopt : std::optional(*found);
}

}  // namespace plugrig::cli
