#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <ostream>
#include <thread>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/serial/rfc2217_server.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

struct ServedSlot {
  std::string name;
  std::unique_ptr<twin::TwinSlot> slot;
  std::unique_ptr<twin::Rfc2217Server> server;
};

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

std::vector<ServedSlot> served_slots(const bench::BenchSpec& bench, std::uint64_t seed,
                                     Clock& clock) {
  std::vector<ServedSlot> served;
  for (const auto& spec : bench.slots) {
    if (!spec.twin) continue;
    ServedSlot slot{
        .name = spec.name, .slot = build::make_twin_slot(spec, seed), .server = nullptr};
    slot.server = std::make_unique<twin::Rfc2217Server>(*slot.slot, clock, spec.twin->serve_port);
    served.push_back(std::move(slot));
  }
  if (served.empty()) throw UsageError("no slot of this bench is simulated");
  return served;
}

int serve(const bench::BenchSpec& bench, std::uint64_t seed, Console& console) {
  const auto clock = make_real_clock();
  const auto served = served_slots(bench, seed, *clock);
  for (const auto& slot : served)
    console.out << fmt::format("{}: rfc2217://127.0.0.1:{}  MAC {}\n", slot.name,
                               slot.server->port(), slot.slot->mac());
  console.out << "serving until Ctrl-C\n" << std::flush;
  {
    std::vector<std::jthread> threads;
    threads.reserve(served.size());
    for (const auto& slot : served)
      threads.emplace_back([&, server = slot.server.get()] { server->run(console.stop); });
  }
  for (const auto& slot : served) {
    console.out << fmt::format("{}: ran at {:.2f} of real time, {} instructions\n", slot.name,
                               slot.server->achieved_factor(), slot.slot->instructions());
    const auto fault = slot.slot->chip_fault();
    if (!fault.empty()) console.out << fmt::format("{}: {}\n", slot.name, fault);
  }
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
