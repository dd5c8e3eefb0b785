#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/find_unit.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

int report_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("store", po::value<std::string>()->default_value(""), "record store")(
      "out", po::value<std::string>()->default_value(""),
      "folder for the reports; default: reports/ beside the store");
  po::variables_map values;
  if (!parse(arguments, options, {"unit"},
             "report UNIT [options]; UNIT is its id, the plug's MAC or its serial", console,
             values))
    return exit_code::all_passed;
  if (values.count("unit") == 0) throw UsageError("name a unit, by its id, MAC or serial");
  const RecordStore store(existing_store(values["store"].as<std::string>()), {.read_only = true});
  const auto unit = find_unit(values["unit"].as<std::vector<std::string>>().front(), store);
  const auto folder =
      write_unit_report(store, unit, reports_folder(values["out"].as<std::string>(), store.path()));
  for (const auto* name : {"report.html", "unit.json", "samples.csv"})
    console.out << (folder / name).string() << "\n";
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
