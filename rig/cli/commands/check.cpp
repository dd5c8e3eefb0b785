#include <fmt/format.h>

#include <ostream>

#include "fixtures/build/built_bench.hpp"
#include "rig/cli/commands/bench_needs.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/load_check.hpp"
#include "rig/core/yaml.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/regress/margins.hpp"
#include "rig/regress/quarantine.hpp"
#include "sequences/steps/answer_shapes.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

/// Checks one file by what its first known key says it is.
/// `bench_file`: that sequences are to run on; empty = none is named.
void check_file(const std::string& file, const VariableValues& values, const StepRegistry& registry,
                const std::string& bench_file, Problems& problems) {
  Problems peek;
  const auto document = yaml::load(file, peek);
  if (document.root.find("sequence") != nullptr) {
    const auto sequence =
        load_sequence(file, registry, values, problems, MissingValues::allowed, plug_folders(file));
    if (bench_file.empty()) return;
    const auto bench = bench::load_bench(bench_file, shipped_fixtures(), problems);
    if (problems.any_error()) return;
    check_loads(sequence, bench, problems);
    check_needs(sequence, bench, problems);
  } else if (document.root.find("bench") != nullptr) {
    const auto bench = bench::load_bench(file, shipped_fixtures(), problems);
    if (!problems.any_error()) build::check_devices(bench, problems);
  } else if (document.root.find("wiring") != nullptr) {
    bench::load_wiring(file, problems);
  } else if (document.root.find("margins") != nullptr) {
    regress::load_margins(file, problems);
  } else if (document.root.find("quarantine") != nullptr) {
    regress::load_quarantine(file, problems);
  } else if (document.root.find("answers") != nullptr) {
    steps::read_answer_shapes(yaml::load(file, problems), problems);
  } else {
    yaml::load(file, problems);
    if (!problems.any_error())
      problems.error(
          file, document.root.place, "this is no file of the rig's",
          "its map needs the key 'sequence', 'bench', 'wiring', 'margins', 'quarantine' or "
          "'answers'");
  }
}

}  // namespace

int check_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                        "NAME=VALUE of a sequence variable; missing ones are not checked")(
      "bench", po::value<std::string>()->default_value(""),
      "bench file that the sequences are to run on: its load bank must make their load points, its "
      "fixtures must have the lines that they need");
  po::variables_map values;
  if (!parse(arguments, options, {"files"}, "check FILE…", console, values))
    return exit_code::all_passed;
  if (values.count("files") == 0) throw UsageError("name at least one file");
  const auto set = values.count("set") > 0
                       ? parse_values(values["set"].as<std::vector<std::string>>())
                       : VariableValues{};
  const auto registry = steps::make_registry();
  bool wrong = false;
  for (const auto& file : values["files"].as<std::vector<std::string>>()) {
    Problems problems;
    check_file(file, set, registry, values["bench"].as<std::string>(), problems);
    print_problems(problems, console);
    wrong = wrong || problems.any_error();
    if (!problems.any_error()) console.out << fmt::format("{}: ok\n", file);
  }
  return wrong ? exit_code::usage : exit_code::all_passed;
}

}  // namespace plugrig::cli
