#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "reports/batch_table.hpp"
#include "rig/cli/commands/batch_files.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// The run that is meant; without a name the newest.
RunRecord run_of(const po::variables_map& values, const RecordStore& store) {
  const auto runs = store.runs();
  if (runs.empty()) throw UsageError("the store holds no run");
  if (values.count("run") == 0) return runs.back();
  const auto& wanted = values["run"].as<std::vector<std::string>>().front();
  std::vector<std::string> ids;
  for (const auto& run : runs) {
    if (run.run_id == wanted) return run;
    ids.push_back(run.run_id);
  }
  throw UsageError("no run '" + wanted + "' in the store; " +
                   did_you_mean(wanted, ids, "plugrig list --runs shows them"));
}

}  // namespace

int batch_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("store", po::value<std::string>()->default_value(""), "record store")(
      "out", po::value<std::string>()->default_value(""),
      "folder for the report; default: reports/RUN/ beside the store");
  po::variables_map values;
  if (!parse(arguments, options, {"run"},
             "batch [RUN] [options]; RUN is the id of a run, default: the newest", console, values))
    return exit_code::all_passed;
  const RecordStore store(existing_store(values["store"].as<std::string>()), {.read_only = true});
  const auto run = run_of(values, store);
  const auto units = store.units_of(run.run_id);
  const auto reports = reports_folder("", store.path());
  const auto& out = values["out"].as<std::string>();
  const auto folder = out.empty() ? reports / run.run_id : std::filesystem::path(out);
  write_batch_report(
      summarise_batch(units, batch_info(units, run.run_id, run.info.software, reports, folder)),
      folder);
  console.out << batch_table(units, console.columns) << "\n";
  for (const auto* name : {"batch.html", "batch.csv", "batch.junit.xml"})
    console.out << (folder / name).string() << "\n";
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
