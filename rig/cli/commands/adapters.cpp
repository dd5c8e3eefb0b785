#include "drivers/serial/ftdi/adapters.hpp"

#include <ostream>
#include <string>
#include <vector>

#include "drivers/serial/ftdi/udev.hpp"
#include "rig/cli/commands/adapter_eeprom.hpp"
#include "rig/cli/commands/adapter_text.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/core/clock.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

void eeprom(const po::variables_map& values, Console& console) {
  EepromJob job;
  if (values.count("set-cbus-io") > 0)
    job.cbus_io = parse_cbus_pins(values["set-cbus-io"].as<std::string>());
  job.confirmed = values.count("yes") > 0;
  job.json = values.count("json") > 0;
  const auto& name = values["eeprom"].as<std::string>();
  const auto attached = ftdi::list_adapters();
  const auto& adapter = adapter_named(attached, name);
  const auto clock = make_real_clock();
  ftdi::ChannelOptions options;
  options.adapter_name = name;
  const auto channel = ftdi::open_channel(adapter, *clock, options);
  eeprom_job(*channel, job, console);
}

void list(bool json, Console& console) {
  const auto attached = ftdi::list_adapters();
  UdevRules rules;
  for (const auto& adapter : attached)
    if (const auto file = ftdi::udev_rule_covering(adapter.product))
      rules.insert_or_assign(adapter.product, file->string());
  if (!json) {
    console.out << adapters_text(attached, rules);
    return;
  }
  for (const auto& line : adapters_json(attached, rules)) console.out << line << "\n";
}

}  // namespace

int adapters_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("eeprom", po::value<std::string>(),
                        "SERIAL or PATH: show what the EEPROM of this adapter says")(
      "set-cbus-io", po::value<std::string>(),
      "with --eeprom: show what giving these CBUS pins to I/O would change, like 0,1")(
      "yes", "with --set-cbus-io: and write it")("json", "one JSON object an adapter");
  po::variables_map values;
  if (!parse(arguments, options, {}, "adapters [options]", console, values))
    return exit_code::all_passed;
  if (values.count("set-cbus-io") > 0 && values.count("eeprom") == 0)
    throw UsageError("--set-cbus-io needs --eeprom SERIAL or PATH: whose pins?");
  if (values.count("yes") > 0 && values.count("set-cbus-io") == 0)
    throw UsageError("--yes goes with --set-cbus-io");
  if (values.count("eeprom") > 0)
    eeprom(values, console);
  else
    list(values.count("json") > 0, console);
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
