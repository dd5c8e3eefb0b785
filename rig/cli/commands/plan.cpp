#include "rig/engine/plan.hpp"

#include <fmt/format.h>

#include <ostream>

#include "fixtures/build/built_bench.hpp"
#include "rig/cli/commands/batch_control.hpp"
#include "rig/cli/commands/bench_needs.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/load_check.hpp"
#include "rig/cli/commands/plan_bench.hpp"
#include "rig/engine/exit_code.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

constexpr int kMostSlots = 64;

po::options_description plan_options() {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>()->required(), "bench file")(
      "set", po::value<std::vector<std::string>>()->composing(), "NAME=VALUE of a variable")(
      "units", po::value<int>()->default_value(0), "units in all; default: one a slot")(
      "slots", po::value<int>(), "with so many slots of the bench's kinds, built or not")(
      "handling", po::value<std::string>()->default_value("0 s"),
      "time of the one person who changes units, at each: 15s")("json", "one line of JSON");
  return options;
}

int slots_option(int count) {
  if (count < 1 || count > kMostSlots)
    throw UsageError(fmt::format("--slots must be 1 to {}", kMostSlots));
  return count;
}

}  // namespace

int plan_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, plan_options(), {"sequence"}, "plan SEQUENCE --bench BENCH [options]",
             console, values))
    return exit_code::all_passed;
  if (values.count("sequence") == 0) throw UsageError("name a sequence file");
  PlanOptions options;
  options.units = units_option(values["units"].as<int>());
  options.handling = duration_option(values["handling"].as<std::string>(), "handling");
  const auto registry = steps::make_registry();
  Problems problems;
  const auto set = values.count("set") > 0
                       ? parse_values(values["set"].as<std::vector<std::string>>())
                       : VariableValues{};
  const std::filesystem::path file = values["sequence"].as<std::vector<std::string>>().front();
  const auto sequence =
      load_sequence(file, registry, set, problems, MissingValues::allowed, plug_folders(file));
  auto bench = bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems);
  if (!problems.any_error()) build::check_devices(bench, problems);
  if (!problems.any_error()) check_loads(sequence, bench, problems);
  if (!problems.any_error()) check_needs(sequence, bench, problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;
  if (values.count("slots") > 0) bench = with_slots(bench, slots_option(values["slots"].as<int>()));
  options.facts = plan_facts(bench, sequence.plug);
  const Plan plan = make_plan(sequence, plan_slots(bench), options);
  console.out << (values.count("json") > 0 ? to_json(plan) + "\n" : render(plan, console.columns));
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
