#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// The unit that is meant: its id, or the MAC of a plug, whose newest record counts.
std::string unit_of(const std::string& wanted, const RecordStore& store) {
  const auto units = store.last_units(std::numeric_limits<std::int32_t>::max());
  std::vector<std::string> ids;
  ids.reserve(units.size());
  for (const auto& unit : units) ids.push_back(unit.unit_id);
  if (std::find(ids.begin(), ids.end(), wanted) != ids.end()) return wanted;
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    const auto mac = unit->facts.find("mac");
    if (mac != unit->facts.end() && mac->second == wanted) return unit->unit_id;
  }
  throw UsageError("no unit '" + wanted + "' in the store; " +
                   did_you_mean(wanted, ids, "plugrig list shows them"));
}

}  // namespace

int report_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("store", po::value<std::string>()->default_value(""), "record store")(
      "out", po::value<std::string>()->default_value(""),
      "folder for the reports; default: reports/ beside the store");
  po::variables_map values;
  if (!parse(arguments, options, {"unit"},
             "report UNIT [options]; UNIT is its id or the plug's MAC", console, values))
    return exit_code::all_passed;
  if (values.count("unit") == 0) throw UsageError("name a unit, by its id or its MAC");
  const auto path = store_path(values["store"].as<std::string>());
  if (!std::filesystem::exists(path)) throw UsageError("no record store at " + path.string());
  StoreOptions read_only;
  read_only.read_only = true;
  const RecordStore store(path, read_only);
  const auto unit = unit_of(values["unit"].as<std::vector<std::string>>().front(), store);
  const auto folder =
      write_unit_report(store, unit, reports_folder(values["out"].as<std::string>(), store.path()));
  for (const auto* name : {"report.html", "unit.json", "samples.csv"})
    console.out << (folder / name).string() << "\n";
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
