// plugrig with two steps more that go live and are then deaf to every stop: `test.spin` computes
// for ever, on as many threads as it is told to; `test.eat` takes all memory that the process may
// have.
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "rig/cli/commands/program_main.hpp"
#include "rig/engine/step.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig {
namespace {

std::atomic<std::uint64_t> counted{0};

/// However urgent the program may be, a thread that computes for ever must not hold up the whole
/// machine.
void be_nobody_special() {
  const sched_param priority{};
  sched_setscheduler(0, SCHED_OTHER, &priority);
}

[[noreturn]] void spin() {
  be_nobody_special();
  for (;;) counted.fetch_add(1, std::memory_order_relaxed);
}

void live_and_spin(StepContext& context) {
  auto& mains = context.mains();
  mains.energise(context.deadline());
  const auto lease = mains.lease_reference("test.spin", context.deadline());
  mains.load(context.params().number("load"), context.deadline());
  context.say("spins");
  for (auto more = context.params().integer("threads"); more > 1; --more)
    std::thread(spin).detach();
  spin();
}

/// So much more than now the process may have.
constexpr rlim_t kMore = rlim_t{64} << 20U;

[[noreturn]] void live_and_eat(StepContext& context) {
  auto& mains = context.mains();
  mains.energise(context.deadline());
  const auto lease = mains.lease_reference("test.eat", context.deadline());
  mains.load(context.params().number("load"), context.deadline());
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit limit{pages * 4096 + kMore, pages * 4096 + kMore};
  setrlimit(RLIMIT_AS, &limit);
  context.say("eats");
  be_nobody_special();
  std::vector<std::unique_ptr<char[]>> eaten;
  eaten.reserve(1U << 20U);
  for (std::size_t bite = 1U << 20U;;) {
    // What is left in small pieces too; and what others give back.
    if (auto* more = new (std::nothrow) char[bite]; more != nullptr&& eaten.size() < 1U << 20U)
      eaten.emplace_back(more);
    else
      bite = std::max<std::size_t>(bite / 2, 64);
    counted.fetch_add(1, std::memory_order_relaxed);
  }
}

StepType eat_step() {
  return {.name = "test.eat",
          .help = "goes live and eats all memory",
          .fields = {{.name = "load", .type = FieldType::power, .required = true, .help = "load"}},
          .default_timeout = std::chrono::seconds{1},
          .needs_mains = true,
          .run = live_and_eat};
}

StepType spin_step() {
  return {.name = "test.spin",
          .help = "goes live and never comes back",
          .fields = {{.name = "load", .type = FieldType::power, .required = true, .help = "load"},
                     {.name = "threads",
                      .type = FieldType::integer,
                      .fallback = "1",
                      .help = "that compute",
                      .minimum = 1,
                      .maximum = 64}},
          .default_timeout = std::chrono::seconds{1},
          .needs_mains = true,
          .run = live_and_spin};
}

}  // namespace

namespace steps {

/// Stands in for the one in the step library: the same steps, and that one.
StepRegistry make_registry() {
  StepRegistry registry;
  add_flash_steps(registry);
  add_boot_steps(registry);
  add_slot_steps(registry);
  add_tasmota_steps(registry);
  add_plug_steps(registry);
  add_power_steps(registry);
  registry.add(spin_step());
  registry.add(eat_step());
  return registry;
}

}  // namespace steps
}  // namespace plugrig

int main(int argc, char** argv) { return plugrig::cli::program_main(argc, argv); }
