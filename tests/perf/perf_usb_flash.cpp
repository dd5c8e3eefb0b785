// One full-size write at 921600 baud to the same simulated plug three ways, side by side: over the
// emulated FTDI adapter (unmodified libftdi1, real time), over RFC 2217 (real time) and in memory
// (bench time).

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/net/twin_servers.hpp"
#include "tests/usb_bench/emulated_bench.hpp"

namespace {

using namespace plugrig;
namespace fs = std::filesystem;

constexpr std::uint32_t kBaud = 921'600;

/// A bench of one flash slot that is reached by `uart`.
bench::BenchSpec one_slot(const std::string& uart) {
  const auto file = fs::temp_directory_path() / fmt::format("plugrig-perf-usb-{}.yaml", ::getpid());
  std::ofstream(file) << "bench: b\nadapters:\n  quad: {chip: FT4232H, serial: PERF1}\n"
                         "slots:\n  - slot: F1\n    kind: flash\n    uart: "
                      << uart << "\n    baud: " << kBaud
                      << "\n    lines: {wiring: dtr-rts-two-transistor}\n    twin: {seed: 5}\n";
  Problems problems;
  auto bench = bench::load_bench(file, PLUGRIG_SOURCE_DIR "/fixtures", problems);
  fs::remove(file);
  if (problems.any_error()) throw std::runtime_error(problems.render());
  return bench;
}

struct Written {
  double took_s = 0;
  bool right = false;
};

/// Writes the image through the slot's port; the session stands before the clock is looked at.
double write_seconds(const bench::BenchSpec& bench, Clock& clock,
                     const std::vector<std::uint8_t>& image, build::BuiltBench& built) {
  const Deadline deadline{clock.now() + std::chrono::minutes{5}, {}};
  auto& port = *built.slot(bench.slots.front().name).port;
  const auto devices = port.open(deadline);
  devices.flasher->read({0, 4096}, {}, deadline);
  const Instant begin = clock.now();
  devices.flasher->write_image(image, {}, {}, deadline);
  const double took = std::chrono::duration<double>(clock.now() - begin).count();
  port.close();
  return took;
}

bool holds(twin::TwinBench& twin, const std::vector<std::uint8_t>& image) {
  const std::scoped_lock lock(twin.lock());
  auto flash = twin.slot("F1").flash();
  flash.resize(image.size());
  return flash == image;
}

Written in_memory(const std::vector<std::uint8_t>& image) {
  const auto bench = one_slot("{twin: true}");
  const auto clock = make_virtual_clock({.stuck_limit = std::chrono::minutes{1}});
  const auto seat = clock->reserve("perf");
  seat->enter();
  auto built = build::build_bench(bench, *clock);
  Written written;
  written.took_s = write_seconds(bench, *clock, image, built);
  written.right = holds(*built.twin, image);
  return written;
}

Written over_usb(const std::vector<std::uint8_t>& image) {
  const auto bench = one_slot("quad.A");
  test::EmulatedBench emulated(bench);
  const auto clock = make_real_clock();
  auto built = build::build_bench(bench, *clock);
  Written written;
  written.took_s = write_seconds(bench, *clock, image, built);
  written.right = holds(emulated.twin(), image);
  return written;
}

Written over_rfc2217(const std::vector<std::uint8_t>& image) {
  const auto served = one_slot("{twin: true}");
  const auto serving_clock = make_real_clock();
  twin::TwinBench twin(served, 0);
  twin::TwinServers servers(twin, served, *serving_clock);
  std::jthread serving([&](const std::stop_token& stop) { servers.run(stop); });
  const auto address = servers.parts().front().address.substr(std::string("rfc2217://").size());
  const auto bench = one_slot("{rfc2217: \"" + address + "\"}");
  const auto clock = make_real_clock();
  auto built = build::build_bench(bench, *clock);
  Written written;
  written.took_s = write_seconds(bench, *clock, image, built);
  written.right = holds(twin, image);
  return written;
}

void write_three_ways(benchmark::State& state) {
  const auto image = twin::make_image();
  for (auto _ : state) {
    const auto usb = over_usb(image);
    const auto rfc2217 = over_rfc2217(image);
    const auto memory = in_memory(image);
    if (!usb.right || !rfc2217.right || !memory.right)
      state.SkipWithError("flash differs from the image");
    state.SetIterationTime(usb.took_s);
    state.counters["usb_s"] = usb.took_s;
    state.counters["rfc2217_s"] = rfc2217.took_s;
    state.counters["memory_s"] = memory.took_s;
    state.counters["usb_to_rfc2217"] = usb.took_s / rfc2217.took_s;
    state.counters["usb_to_memory"] = usb.took_s / memory.took_s;
  }
}
BENCHMARK(write_three_ways)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
