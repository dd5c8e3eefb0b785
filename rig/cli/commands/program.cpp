#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {
namespace {

constexpr auto table = std::to_array<Command>({
    {"run", "run a sequence on every slot of a bench: the main job", run_command},
    {"regress", "hold firmware builds against each other on real plugs", regress_command},
    {"trend", "draw a quantity over the builds that were compared", trend_command},
    {"resume", "go on with a run that broke off, with what can still be shown", resume_command},
    {"check", "read sequence, bench and wiring files; tell everything that is wrong",
     check_command},
    {"plan", "show what a run would do, and how long, before anything moves", plan_command},
    {"steps", "list the steps that a sequence may use, with their parameters", steps_command},
    {"list", "list recorded runs and units", list_command},
    {"report", "write a recorded unit's report again: page, data, samples", report_command},
    {"batch", "write the report of a run: verdicts, yield, faults, measurements", batch_command},
    {"fixture", "what the contacts of each slot have been through, and when service is due",
     fixture_command},
    {"board", "show the terminal board as it was, from the events of a run", board_command},
    {"label", "make or print a recorded unit's label again, or close the unit by it",
     label_command},
    {"identify", "one slot by hand: chip, MAC, crystal, flash", identify_command},
    {"flash", "one slot by hand: write a firmware image, verify it, boot it", flash_command},
    {"backup", "one slot by hand: read the flash into a file", backup_command},
    {"restore", "one slot by hand: write a backup back, byte for byte", restore_command},
    {"verify", "one slot by hand: compare the flash with a file", verify_command},
    {"console", "one slot by hand: boot and show what the unit prints", console_command},
    {"adapters", "list attached FTDI adapters, with the bench-file lines to paste",
     adapters_command},
    {"doctor", "look at every part of a bench, and say what is wrong and what to do",
     doctor_command},
    {"guardian", "switch mains off when a run dies; started by `run` itself", guardian_command},
    {"twin", "serve the simulated bench: RFC 2217, Modbus, HTTP", twin_command},
});

void print_help(std::ostream& out) {
  out << "plugrig - takes smart plugs from factory firmware to certified Tasmota\n\n"
         "usage: plugrig COMMAND [options]     plugrig COMMAND --help\n\n";
  for (const auto& command : table)
    out << fmt::format("  {:<10}{}\n", command.name, command.summary);
  out << "\nexit codes: 0 all passed, 1 some unit failed, 2 usage or file error, 3 bench fault,\n"
         "            4 stopped by SIGTERM, 5 safety, 130 Ctrl-C\n";
}

int unknown(const std::string& name, Console& console) {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const auto& command : table) names.emplace_back(command.name);
  console.err << fmt::format("plugrig: {}; see plugrig --help\n",
                             with_did_you_mean(fmt::format("no command '{}'", name), name, names));
  return exit_code::usage;
}

int run_one(const Command& command, const std::vector<std::string>& arguments, Console& console) {
  try {
    return command.run(arguments, console);
  } catch (const UsageError& error) {
    console.err << fmt::format("plugrig {}: {}\n", command.name, error.what());
    return exit_code::usage;
  } catch (const Fault& fault) {
    console.err << fmt::format("plugrig {}: {} ({}): {}\n  next: {}\n", command.name, fault.id(),
                               to_string(fault.blame()), fault.happened(), fault.next());
    for (const auto& evidence : fault.evidence())
      console.err << fmt::format("  {}: {}\n", evidence.name, evidence.text);
    return exit_code_of_fault(fault.id(), to_string(fault.blame()));
  } catch (const Stopped&) {
    console.err << "plugrig: stopped\n";
    return exit_code::interrupted;
  }
}

}  // namespace

std::span<const Command> commands() { return table; }

int run_program(const std::vector<std::string>& arguments, Console& console) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ||
      arguments[0] == "help") {
    print_help(arguments.empty() ? console.err : console.out);
    return arguments.empty() ? exit_code::usage : exit_code::all_passed;
  }
  if (arguments[0] == "--version") {
    console.out << "plugrig " << PLUGRIG_VERSION << "\n";
    return exit_code::all_passed;
  }
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const auto& c) { return c.name == arguments[0]; });
  if (found == table.end()) return unknown(arguments[0], console);
  return run_one(*found, {arguments.begin() + 1, arguments.end()}, console);
}

}  // namespace plugrig::cli
