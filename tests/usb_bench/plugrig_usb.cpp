// plugrig, with the adapters of its bench file on an emulated USB bus. The command line is
// plugrig's own; what stands behind the bench file given with --bench is simulated in this process.
#include <pthread.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <string_view>

#include "rig/cli/commands/program_main.hpp"
#include "tests/usb_bench/emulated_bench.hpp"

namespace {

std::string_view bench_argument(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i)
    if (std::string_view(argv[i]) == "--bench") return argv[i + 1];
  return {};
}

/// Signals belong to the program's own thread for them, not to the bench's.
void leave_signals_to_the_program() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  leave_signals_to_the_program();
  std::unique_ptr<plugrig::test::EmulatedBench> emulated;
  plugrig::Problems problems;
  const auto file = bench_argument(argc, argv);
  plugrig::bench::BenchSpec bench;
  if (!file.empty())
    bench = plugrig::bench::load_bench(file, PLUGRIG_SOURCE_DIR "/fixtures", problems);
  if (!file.empty() && !problems.any_error())
    emulated = std::make_unique<plugrig::test::EmulatedBench>(bench);
  const int code = plugrig::cli::program_main(argc, argv);
  if (!emulated) return code;
  for (const auto& slot : bench.slots)
    if (slot.port.kind == plugrig::bench::PortSpec::Kind::ftdi)
      std::cerr << slot.name << ": simulated plug ran at "
                << emulated->adapters().achieved_factor(slot.name) << " of real time\n";
  for (const auto& accident : emulated->twin().accidents())
    std::cerr << "ACCIDENT " << accident << "\n";
  for (const auto& accident : emulated->adapters().accidents())
    std::cerr << "ACCIDENT " << accident << "\n";
  return code;
}
