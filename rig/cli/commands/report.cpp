#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/find_unit.hpp"
#include "rig/cli/commands/regress_outcome.hpp"
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
      "folder for the reports; default: reports/ beside the store")(
      "margins", po::value<std::string>()->default_value(""),
      "comparison of builds: judge it by this file instead of the one of that time")(
      "quarantine", po::value<std::string>()->default_value(""),
      "comparison of builds: the same for known failures");
  po::variables_map values;
  if (!parse(
          arguments, options, {"unit"},
          "report UNIT|RUN [options]; UNIT is its id, the plug's MAC or its serial, RUN one that "
          "compared builds",
          console, values))
    return exit_code::all_passed;
  if (values.count("unit") == 0)
    throw UsageError("name a unit, by its id, MAC or serial, or a run that compared builds");
  const RecordStore store(existing_store(values["store"].as<std::string>()), {.read_only = true});
  const auto wanted = values["unit"].as<std::vector<std::string>>().front();
  const auto text = [&](const char* name) { return values[name].as<std::string>(); };
  const auto reports = reports_folder(text("out"), store.path());
  if (const auto run = find_run(wanted, store); run && is_regress(run->info.facts))
    return report_comparison(*run, text("margins"), text("quarantine"), store, reports, console);
  if (!text("margins").empty() || !text("quarantine").empty())
    throw UsageError("--margins and --quarantine belong to a run that compared builds");
  const auto folder = write_unit_report(store, find_unit(wanted, store), reports);
  for (const auto* name : {"report.html", "unit.json", "samples.csv"})
    console.out << (folder / name).string() << "\n";
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
