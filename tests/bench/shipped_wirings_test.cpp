#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "fixtures/build/built_bench.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

using ::testing::StartsWith;

const std::filesystem::path wirings =
    std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures/wirings";

bench::Wiring shipped(const std::string& name) {
  Problems problems;
  auto wiring = bench::load_wiring(wirings / (name + ".yaml"), problems);
  EXPECT_EQ(problems.render(), "");
  return wiring;
}

/// "ESP8285" when the driver gets into the loader of a simulated plug behind this wiring, else the
/// id of the fault.
std::string identified(const bench::Wiring& wiring) {
  bench::BenchSpec bench;
  bench.slots.emplace_back();
  bench.slots[0].name = "F1";
  bench.slots[0].wiring = wiring;
  const auto clock = make_virtual_clock({.stuck_limit = std::chrono::minutes{1}});
  const auto seat = clock->reserve("test");
  seat->enter();
  auto built = build::build_bench(bench, *clock);
  const Deadline deadline{.at = clock->now() + std::chrono::seconds{40}};
  try {
    return built.slots[0].port->open(deadline).flasher->identify(deadline).chip;
  } catch (const Fault& fault) {
    return fault.id();
  }
}

TEST(ShippedWirings, EachEntersTheLoader) {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(wirings)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto wiring = shipped(entry.path().stem().string());
    // A port in this process has DTR and RTS only; lines of their own are proven at the adapters'
    // pins (tests/usb_runs).
    const bool own_lines = wiring.circuit == bench::Circuit::own_lines;
    EXPECT_EQ(identified(wiring), own_lines ? "lines.missing" : "ESP8285") << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 4);
}

TEST(ShippedWirings, TheClassicSequenceNeedsTheResetCapacitor) {
  auto wiring = shipped("dtr-rts-two-transistor");
  ASSERT_EQ(wiring.reset_capacitor, std::chrono::milliseconds{2});
  wiring.reset_capacitor = Duration::zero();
  EXPECT_THAT(identified(wiring), StartsWith("esp.sync."));
}

TEST(ShippedWirings, OneRequestForBothLinesDoesNot) {
  auto wiring = shipped("dtr-rts-two-transistor-bare-reset");
  ASSERT_EQ(wiring.reset_capacitor, Duration::zero());
  EXPECT_EQ(identified(wiring), "ESP8285");
  wiring.reset_capacitor = std::chrono::milliseconds{2};
  EXPECT_EQ(identified(wiring), "ESP8285");
}

}  // namespace
}  // namespace plugrig
