#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <variant>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/net/loopback_files.hpp"
#include "fixtures/twin/net/twin_servers.hpp"
#include "fixtures/twin/tasmota/build_defects.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/quantity.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

std::vector<std::uint8_t> image_of(const twin::ImageOptions& options) {
  try {
    return twin::make_image(options);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

int make_firmware(const std::string& path, const twin::ImageOptions& options, Console& console) {
  const auto image = image_of(options);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(image.data()),
             static_cast<std::streamsize>(image.size()));
  file.close();
  if (!file)
    throw Fault("file.write", Blame::host, "'" + path + "' cannot be written.",
                "Name another path.");
  console.out << fmt::format("{}: a Tasmota-like image of {} bytes for the simulated chip\n", path,
                             image.size());
  if (!options.defects.empty()) console.out << "defects: " << options.defects << "\n";
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
  twin::LoopbackFiles files;
  twin::TwinBench twin(bench, seed);
  twin::TwinServers servers(twin, bench, *clock);
  for (const auto& slot : bench.slots)
    if (slot.twin) twin.slot(slot.name).connect_files(&files);
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

/// "NAME[=SIZE], repeatable; names and usual sizes: boot_slower (2 s), …"
std::string defect_help() {
  std::vector<std::string> kinds;
  for (const auto& kind : twin::tasmota::build_defect_kinds()) {
    kinds.push_back(kind.usual.empty() ? std::string(kind.name)
                                       : fmt::format("{} ({})", kind.name, kind.usual));
  }
  return fmt::format(
      "NAME[=SIZE], repeatable: a seeded defect of that image; names (usual sizes): {}",
      fmt::join(kinds, ", "));
}

/// "400 kB"
std::uint32_t image_size(const std::string& text) {
  const auto size = plugrig::parse<Bytes>(text);
  if (const auto* error = std::get_if<QuantityError>(&size))
    throw UsageError("--firmware-size: " + error->message + "; " + error->hint);
  constexpr double most = 4 * 1024 * 1024;
  return static_cast<std::uint32_t>(std::clamp(std::get<Bytes>(size).value(), 0.0, most));
}

twin::ImageOptions image_options(const po::variables_map& values) {
  twin::ImageOptions options;
  options.seed = values["seed"].as<std::uint64_t>() + 1;
  if (values.count("firmware-version") > 0)
    options.version = values["firmware-version"].as<std::string>();
  if (values.count("firmware-size") > 0)
    options.size_bytes = image_size(values["firmware-size"].as<std::string>());
  if (values.count("defect") > 0)
    options.defects =
        fmt::format("{}", fmt::join(values["defect"].as<std::vector<std::string>>(), ","));
  return options;
}

}  // namespace

int twin_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>(), "bench file with simulated slots")(
      "seed", po::value<std::uint64_t>()->default_value(0),
      "added to the seed of every simulated plug")(
      "make-firmware", po::value<std::string>(),
      "write a generated firmware image to this file and end")(
      "firmware-version", po::value<std::string>(), "version of that image; 15.1.0 when not given")(
      "firmware-size", po::value<std::string>(),
      "size of that image; 628 KiB when not given, and two must fit into flash for an upgrade over "
      "the network")("defect", po::value<std::vector<std::string>>(), defect_help().c_str());
  po::variables_map values;
  if (!parse(arguments, options, {}, "twin --bench BENCH | --make-firmware FILE", console, values))
    return exit_code::all_passed;
  const auto seed = values["seed"].as<std::uint64_t>();
  if (values.count("make-firmware") > 0)
    return make_firmware(values["make-firmware"].as<std::string>(), image_options(values), console);
  for (const auto* option : {"defect", "firmware-version", "firmware-size"})
    if (values.count(option) > 0)
      throw UsageError(fmt::format("--{} belongs to --make-firmware", option));
  if (values.count("bench") == 0) throw UsageError("name a bench file with --bench");
  Problems problems;
  const auto bench =
      bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;
  return serve(bench, seed, console);
}

}  // namespace plugrig::cli
