// Two figures of a full-size write: the rig's own CPU time per MiB (what the simulated chip costs
// is taken out), and how near the write comes to its floor, the slower of wire and flash.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <span>
#include <vector>

#include "tests/bench/simulated_unit.hpp"

namespace {

using namespace plugrig;

/// CPU time of this thread, s.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// A port that counts the CPU time spent below it, where the simulated chip runs.
class MeteredPort final : public Uart {
 public:
  explicit MeteredPort(Uart& below) : below_(below) {}
  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override {
    const Meter meter(*this);
    below_.write(bytes, deadline);
  }
  void drain(const Deadline& deadline) override {
    const Meter meter(*this);
    below_.drain(deadline);
  }
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    const Meter meter(*this);
    return below_.read(into, deadline);
  }
  void set_baud(std::uint32_t baud) override {
    const Meter meter(*this);
    below_.set_baud(baud);
  }
  [[nodiscard]] std::uint32_t baud() const override { return below_.baud(); }
  void discard_input() override {
    const Meter meter(*this);
    below_.discard_input();
  }
  [[nodiscard]] double below_seconds() const { return seconds_; }

 private:
  class Meter {
   public:
    explicit Meter(MeteredPort& port) : port_(port), begin_(cpu_seconds()) {}
    ~Meter() { port_.seconds_ += cpu_seconds() - begin_; }
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

   private:
    MeteredPort& port_;
    double begin_;
  };
  Uart& below_;
  double seconds_ = 0;
};

/// Bytes on the wire at least: the image with its SLIP escapes.
double wire_bytes(const std::vector<std::uint8_t>& image) {
  const auto escapes = std::count_if(image.begin(), image.end(),
                                     [](std::uint8_t b) { return b == 0xC0 || b == 0xDB; });
  return static_cast<double>(image.size()) + static_cast<double>(escapes);
}

/// Busy time of a GD25Q80 at least, s: 64 KiB erases where whole, 4 KiB for the rest, and 64-byte
/// program commands, the most that SPI0 can send (ESP8266 flashing notes, flash timing).
double flash_floor(std::size_t bytes) {
  const double blocks = static_cast<double>(bytes / 65536);
  const double sectors = static_cast<double>((bytes % 65536 + 4095) / 4096);
  const double commands = static_cast<double>((bytes + 63) / 64);
  return blocks * 0.25 + sectors * 0.045 + commands * (30e-6 + 63 * 2.5e-6);
}

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

/// A SimulatedUnit's flasher again, with the meter between flasher and port.
void write_full_image(benchmark::State& state) {
  const auto baud = static_cast<std::uint32_t>(state.range(0));
  const auto image = twin::make_image();
  for (auto _ : state) {
    test::SimulatedUnit unit({});
    MeteredPort metered(unit.port());
    esp::FlasherOptions options;
    options.baud = baud;
    const auto flasher = esp::make_flasher(metered, unit.boot(), unit.clock(), options);
    const auto deadline = unit.within(std::chrono::minutes{10});
    flasher->read({0, 4096}, {}, deadline);  // the session stands: loader, rate, stub

    const double cpu_before = cpu_seconds() - metered.below_seconds();
    const Instant begin = unit.clock().now();
    const WriteReport report = flasher->write_image(image, {}, {}, deadline);
    const double took = seconds(unit.clock().now() - begin);
    const double cpu = cpu_seconds() - metered.below_seconds() - cpu_before;
    if (unit.flash(image.size()) != image) state.SkipWithError("flash differs from the image");

    const double wire = wire_bytes(image) * 10 / baud;
    const double flash = flash_floor(image.size());
    state.SetIterationTime(took);
    state.counters["write_s"] = took;
    state.counters["wire_s"] = wire;
    state.counters["flash_s"] = flash;
    state.counters["ratio_to_floor"] = took / std::max(wire, flash);
    state.counters["rig_cpu_ms_per_MiB"] =
        cpu * 1e3 / (static_cast<double>(report.written_bytes) / (1 << 20));
  }
}
BENCHMARK(write_full_image)
    ->Arg(115'200)
    ->Arg(921'600)
    ->Arg(2'000'000)
    ->ArgName("baud")
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
