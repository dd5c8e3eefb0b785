// A simulated bench in a process of its own, served as `plugrig twin` serves it, that also tells
// what is really on. Orders come in as lines, what is true goes out as lines:
//
//   cut BUS      the plug of this bus is pulled: nobody on it hears or answers any more
//   ready        everything is served
//   on T  off T  mains at a slot or a load element, or nothing of them, since T (ns, steady clock)
//
// usage: kill_twin BENCH FIXTURES. It ends with its input.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include "fixtures/twin/net/twin_servers.hpp"

namespace plugrig {
namespace {

bool anything_on(twin::TwinBench& twin, const bench::BenchSpec& bench) {
  bool on = twin.any_load_on();
  for (const auto& slot : bench.slots) on = on || twin.truth(slot.name).live;
  return on;
}

/// What is true is told whenever it changes, to within 10 ms.
void tell_truth(twin::TwinBench& twin, const bench::BenchSpec& bench, Clock& clock,
                const std::stop_token& stop) {
  std::optional<bool> told;
  while (!stop.stop_requested()) {
    bool on = false;
    {
      const std::scoped_lock lock(twin.lock());
      twin.advance(clock.now().time_since_epoch());
      on = anything_on(twin, bench);
    }
    if (told != on) {
      const auto at = std::chrono::steady_clock::now().time_since_epoch();
      std::cout << (on ? "on " : "off ")
                << std::chrono::duration_cast<std::chrono::nanoseconds>(at).count() << std::endl;
      told = on;
    }
    clock.wait({}, {clock.now() + std::chrono::milliseconds{10}, stop});
  }
}

void take_orders(twin::TwinBench& twin, std::stop_source& end) {
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.starts_with("cut ")) continue;
    const std::scoped_lock lock(twin.lock());
    twin.cut_bus(line.substr(4));
  }
  end.request_stop();
}

int serve(const std::string& file, const std::string& fixtures) {
  Problems problems;
  const auto bench = bench::load_bench(file, fixtures, problems);
  if (problems.any_error()) {
    std::cerr << problems.render();
    return 2;
  }
  const auto clock = make_real_clock();
  twin::TwinBench twin(bench, 0);
  twin::TwinServers servers(twin, bench, *clock);
  std::stop_source end;
  std::jthread orders([&] { take_orders(twin, end); });
  std::jthread truth([&] { tell_truth(twin, bench, *clock, end.get_token()); });
  std::cout << "ready" << std::endl;
  servers.run(end.get_token());
  for (const auto& accident : twin.accidents()) std::cout << "accident " << accident << std::endl;
  return 0;
}

}  // namespace
}  // namespace plugrig

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return plugrig::serve(argv[1], argv[2]);
}
