#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "reports/batch_table.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

int list_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("store", po::value<std::string>()->default_value(""), "record store")(
      "last", po::value<std::size_t>()->default_value(20), "how many units")(
      "run", po::value<std::string>(), "only the units of this run")("runs", "list runs instead");
  po::variables_map values;
  if (!parse(arguments, options, {}, "list [options]", console, values))
    return exit_code::all_passed;
  const RecordStore store(existing_store(values["store"].as<std::string>()), {.read_only = true});
  if (values.count("runs") > 0) {
    for (const auto& run : store.runs())
      console.out << fmt::format("{}  {}  {} on {}  {} units\n", run.run_id,
                                 to_iso8601(run.info.started), run.info.sequence, run.info.bench,
                                 run.units);
    return exit_code::all_passed;
  }
  const auto units = values.count("run") > 0 ? store.units_of(values["run"].as<std::string>())
                                             : store.last_units(values["last"].as<std::size_t>());
  console.out << batch_table(units, console.columns);
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
