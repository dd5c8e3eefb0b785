#include "rig/engine/plan.hpp"

#include <ostream>

#include "fixtures/build/built_bench.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/load_check.hpp"
#include "rig/engine/exit_code.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

std::string resource_of(const bench::SlotSpec& slot) {
  switch (slot.port.kind) {
    case bench::PortSpec::Kind::tty:
    case bench::PortSpec::Kind::rfc2217:
    case bench::PortSpec::Kind::ftdi:
      return "uart " + slot.port.address;
    case bench::PortSpec::Kind::twin:
      break;
  }
  return "simulated plug";
}

}  // namespace

int plan_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>()->required(), "bench file")(
      "set", po::value<std::vector<std::string>>()->composing(), "NAME=VALUE of a variable")(
      "units", po::value<int>()->default_value(1), "units per slot");
  po::variables_map values;
  if (!parse(arguments, options, {"sequence"}, "plan SEQUENCE --bench BENCH [options]", console,
             values))
    return exit_code::all_passed;
  if (values.count("sequence") == 0) throw UsageError("name a sequence file");
  const auto registry = steps::make_registry();
  Problems problems;
  const auto set = values.count("set") > 0
                       ? parse_values(values["set"].as<std::vector<std::string>>())
                       : VariableValues{};
  const std::filesystem::path file = values["sequence"].as<std::vector<std::string>>().front();
  const auto sequence =
      load_sequence(file, registry, set, problems, MissingValues::allowed, plug_folders(file));
  const auto bench =
      bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems);
  if (!problems.any_error()) build::check_devices(bench, problems);
  if (!problems.any_error()) check_loads(sequence, bench, problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;
  std::vector<PlanSlot> slots;
  for (const auto& slot : bench.slots) slots.push_back({slot.name, {resource_of(slot)}});
  console.out << render(make_plan(sequence, slots, values["units"].as<int>(), shares_load(bench)));
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
