#include <fmt/format.h>

#include <fstream>
#include <ostream>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/net/twin_servers.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

int make_firmware(const std::string& path, std::uint64_t seed, Console& console) {
  twin::ImageOptions options;
  options.seed = seed;
  const auto image = twin::make_image(options);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(image.data()),
             static_cast<std::streamsize>(image.size()));
  file.close();
  if (!file)
    throw Fault("file.write", Blame::host, "'" + path + "' cannot be written.",
                "Name another path.");
  console.out << fmt::format("{}: a Tasmota-like image of {} bytes for the simulated chip\n", path,
                             image.size());
  return exit_code::all_passed;
}

/// How a served part is announced: "F1: rfc2217://127.0.0.1:4000  MAC 48:55:…".
std::string announced(const twin::ServedPart& part, twin::TwinBench& twin) {
  using Kind = twin::ServedPart::Kind;
  switch (part.kind) {
    case Kind::serial:
      return fmt::format("{}: {}  MAC {}", part.name, part.address, twin.slot(part.name).mac());
    case Kind::modbus_tcp:
      return fmt::format("{}: Modbus/TCP at {}", part.name, part.address);
    case Kind::modbus_rtu:
      return fmt::format("{}: Modbus RTU at {}", part.name, part.address);
    case Kind::http:
      break;
  }
  return fmt::format("{}: {} when the plug has joined", part.name, part.address);
}

int serve(const bench::BenchSpec& bench, std::uint64_t seed, Console& console) {
  if (!build::all_simulated(bench)) throw UsageError("nothing of this bench is simulated");
  const auto clock = make_real_clock();
  twin::TwinBench twin(bench, seed);
  twin::TwinServers servers(twin, bench, *clock);
  for (const auto& part : servers.parts()) console.out << announced(part, twin) << "\n";
  console.out << "serving until Ctrl-C\n" << std::flush;
  servers.run(console.stop);
  for (const auto& part : servers.parts()) {
    if (part.kind != twin::ServedPart::Kind::serial) continue;
    const auto& slot = twin.slot(part.name);
    console.out << fmt::format("{}: ran at {:.2f} of real time, {} instructions\n", part.name,
                               servers.achieved_factor(part.name), slot.instructions());
    if (!slot.chip_fault().empty())
      console.out << fmt::format("{}: {}\n", part.name, slot.chip_fault());
  }
  for (const auto& accident : twin.accidents()) console.out << "ACCIDENT " << accident << "\n";
  return exit_code::all_passed;
}

}  // namespace

int twin_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>(), "bench file with simulated slots")(
      "seed", po::value<std::uint64_t>()->default_value(0),
      "added to the seed of every simulated plug")(
      "make-firmware", po::value<std::string>(),
      "write a generated firmware image to this file and end");
  po::variables_map values;
  if (!parse(arguments, options, {}, "twin --bench BENCH", console, values))
    return exit_code::all_passed;
  const auto seed = values["seed"].as<std::uint64_t>();
  if (values.count("make-firmware") > 0)
    return make_firmware(values["make-firmware"].as<std::string>(), seed + 1, console);
  if (values.count("bench") == 0) throw UsageError("name a bench file with --bench");
  Problems problems;
  const auto bench =
      bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;
  return serve(bench, seed, console);
}

}  // namespace plugrig::cli
