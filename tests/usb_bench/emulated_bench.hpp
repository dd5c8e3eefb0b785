#pragma once

#include <memory>
#include <string>
#include <thread>

#include "fixtures/bench/bench.hpp"
#include "fixtures/twin/adapters/bench_adapters.hpp"
#include "fixtures/twin/net/twin_servers.hpp"
#include "fixtures/twin/world/twin_bench.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::test {

/// What stands behind a bench file of FTDI adapters and instruments on networks and lines: the same
/// bench with every instrument simulated where the file looks for it.
bench::BenchSpec simulated_counterpart(bench::BenchSpec bench);

/// The simulated bench behind `bench` in this process: its adapters as emulated chips on the
/// emulated USB bus, its instruments and plugs on loopback and ptys. Real time, threads of its own,
/// from construction to destruction.
class EmulatedBench {
 public:
  explicit EmulatedBench(const bench::BenchSpec& bench, std::uint64_t seed = 0);
  ~EmulatedBench();
  EmulatedBench(const EmulatedBench&) = delete;
  EmulatedBench& operator=(const EmulatedBench&) = delete;

  [[nodiscard]] twin::BenchAdapters& adapters() { return adapters_; }
  [[nodiscard]] twin::TwinBench& twin() { return twin_; }
  /// Pulls an adapter's USB plug out, or puts it back into its socket.
  void unplug(const std::string& adapter);
  void plug(const std::string& adapter);

 private:
  const bench::BenchSpec bench_;
  std::unique_ptr<Clock> clock_;
  twin::TwinBench twin_;
  twin::BenchAdapters adapters_;
  twin::TwinServers servers_;
  std::jthread pump_, serving_;
};

}  // namespace plugrig::test
