// Figures of the FTDI driver over unmodified libftdi1 and libusb and an emulated chip: throughput
// both ways at once, round-trip time, control requests, and how near an exchange of blocks and
// answers, as a flash write makes it, comes to the time that the wire needs. All in real time; the
// share of a core includes the emulated chip and its bus.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/serial/ftdi/uart.hpp"
#include "fixtures/twin/ftdi/chip.hpp"
#include "tests/usb_bus/usb_bus.hpp"

namespace {

using namespace plugrig;
using namespace std::chrono_literals;
using ftdi::ChipKind;
using twin::ftdi::Chip;
using twin::ftdi::Model;
using Bytes = std::vector<std::uint8_t>;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Model model_of(ChipKind kind) {
  constexpr Model models[] = {Model::ft232r, Model::ft230x, Model::ft232h, Model::ft2232h,
                              Model::ft4232h};
  return models[static_cast<int>(kind)];
}

/// One chip, plugged in, and channel A as a UART.
class Bench {
 public:
  Bench(ChipKind kind, std::uint32_t baud)
      : chip_(std::make_shared<Chip>(model_of(kind), "PERF1")) {
    usb_bus::plug(chip_, "1-1");
    const auto info = ftdi::select_adapter(ftdi::list_adapters(), {.name = "perf"});
    const ftdi::ChannelOptions options{
        .adapter_name = "perf",
        .index = 0,
        .lock_folder = std::filesystem::temp_directory_path().string()};
    uart_ = std::make_unique<ftdi::FtdiUart>(ftdi::open_channel(info, *clock_, options), *clock_);
    uart_->set_baud(baud);
  }
  ~Bench() {
    uart_.reset();
    usb_bus::unplug("1-1");
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void loop_back() {
    twin::ftdi::Wiring wiring;
    wiring.serial = [this](std::span<const std::uint8_t> bytes, double bit_per_s) {
      chip_->feed(0, bytes, usb_bus::now(), bit_per_s);
    };
    chip_->wire(0, wiring);
  }

  /// What answers 14 bytes to every `block` bytes that have come.
  void answer_blocks(std::size_t block) {
    twin::ftdi::Wiring wiring;
    wiring.serial = [this, block](std::span<const std::uint8_t> bytes, double bit_per_s) {
      for (unanswered_ += bytes.size(); unanswered_ >= block; unanswered_ -= block) {
        chip_->feed(0, Bytes(14, 0xC0), usb_bus::now(), bit_per_s);
      }
    };
    chip_->wire(0, wiring);
  }

  [[nodiscard]] ftdi::FtdiUart& uart() { return *uart_; }
  [[nodiscard]] Deadline within(Duration limit) const { return {clock_->now() + limit, {}}; }
  /// False when fewer came.
  bool read(std::span<std::uint8_t> into) {
    while (!into.empty()) {
      const std::size_t n = uart_->read(into, within(5s));
      if (n == 0) return false;
      into = into.subspan(n);
    }
    return true;
  }

 private:
  std::unique_ptr<Clock> clock_ = make_real_clock();
  std::shared_ptr<Chip> chip_;
  std::size_t unanswered_ = 0;  ///< bytes; the wiring's callbacks come one at a time
  std::unique_ptr<ftdi::FtdiUart> uart_;
};

/// Counts CPU time of the whole process as a share of real time.
class CpuShare {
 public:
  void report(benchmark::State& state) const {
    const double elapsed =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    state.counters["core"] = (cpu_seconds() - cpu_) / elapsed;
  }

 private:
  double cpu_ = cpu_seconds();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void both_ways(benchmark::State& state, ChipKind kind, std::uint32_t baud) {
  Bench bench(kind, baud);
  bench.loop_back();
  const Bytes sent(baud / 40, 0x5A);  // a quarter of a second
  Bytes got(sent.size());
  const CpuShare cpu;
  for (auto _ : state) {
    std::jthread writer([&] { bench.uart().write(sent, bench.within(5s)); });
    if (!bench.read(got) || got != sent) state.SkipWithError("bytes are missing");
  }
  cpu.report(state);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(sent.size()));
  state.counters["of line rate"] =
      benchmark::Counter(static_cast<double>(state.iterations()) *
                             static_cast<double>(sent.size()) * 10 / bench.uart().rate().achieved,
                         benchmark::Counter::kIsRate);
}

void round_trip(benchmark::State& state, ChipKind kind) {
  Bench bench(kind, 921600);
  bench.loop_back();
  const Bytes ping(16, 0x5A);
  Bytes pong(ping.size());
  for (auto _ : state) {
    bench.uart().write(ping, bench.within(1s));
    if (!bench.read(pong)) state.SkipWithError("no answer");
  }
}

void two_lines(benchmark::State& state, ChipKind kind) {
  Bench bench(kind, 921600);
  bool on = false;
  for (auto _ : state) {
    on = !on;
    const LineChange lines[] = {{Signal::dtr, on}, {Signal::rts, !on}};
    bench.uart().set(lines);
  }
}

void open_and_close(benchmark::State& state, ChipKind kind) {
  for (auto _ : state) Bench(kind, 921600);
}

/// Blocks of 4 KiB, the next as soon as the last was answered: no more than the wire's time and a
/// round trip each.
void flash_like_write(benchmark::State& state, ChipKind kind, std::uint32_t baud) {
  constexpr std::size_t block = 4096;
  Bench bench(kind, baud);
  bench.answer_blocks(block);
  const Bytes sent(block, 0x5A);
  Bytes answer(14);
  const auto start = std::chrono::steady_clock::now();
  const CpuShare cpu;
  for (auto _ : state) {
    bench.uart().write(sent, bench.within(5s));
    if (!bench.read(answer)) state.SkipWithError("no answer");
  }
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double wire = static_cast<double>(state.iterations()) *
                      static_cast<double>(block + answer.size()) * 10 / baud;
  cpu.report(state);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block));
  state.counters["times the wire"] = elapsed / wire;
}

void register_all() {
  for (const ChipKind kind :
       {ChipKind::ft232r, ChipKind::ft_x, ChipKind::ft232h, ChipKind::ft2232h, ChipKind::ft4232h}) {
    const std::string chip(ftdi::facts_of(kind).name);
    const auto add = [&chip](const std::string& what, auto&&... arguments) {
      benchmark::RegisterBenchmark((what + "/" + chip).c_str(), arguments...)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    };
    for (const std::uint32_t baud : {115'200U, 921'600U, 3'000'000U}) {
      add("both ways at " + std::to_string(baud), both_ways, kind, baud);
    }
    if (ftdi::facts_of(kind).high_speed) add("both ways at 12000000", both_ways, kind, 12'000'000);
    add("round trip of 16 bytes at 921600", round_trip, kind);
    add("DTR and RTS in one request", two_lines, kind);
    add("listed, opened, closed", open_and_close, kind);
    add("blocks of 4 KiB answered, at 921600", flash_like_write, kind, 921'600);
    add("blocks of 4 KiB answered, at 2000000", flash_like_write, kind, 2'000'000);
  }
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
