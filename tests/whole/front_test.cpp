// Button and LED of simulated plugs, pressed and read by the lines of their jigs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig/core/file_bytes.hpp"
#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

/// The shipped sequence with this build, on a jig with both lines.
class Front : public testing::Test {
 protected:
  SimulatedResult run(const std::string& defects, const std::string& plug_faults = "{}") {
    const auto image = folder_.file(
        "firmware.bin", twin::make_image({.defects = defects, .size_bytes = twin::kSmallImage}));
    const auto shipped = read_bytes(source() / "sequences/regression-button.yaml");
    std::string text(shipped.begin(), shipped.end());
    const std::string name = "{{unit.build_file}}";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
      text.replace(at, name.size(), image);
    SimulatedRun run;
    run.sequence_file = folder_.file("front.yaml", text);
    run.bench_file =
        folder_.file("bench.yaml",
                     "bench: front\nslots:\n  - slot: F1\n    kind: flash\n    uart: {twin: true}\n"
                     "    lines: {wiring: dtr-rts-two-transistor, button: twin, led: twin}\n"
                     "    twin: {seed: 5, faults: " +
                         plug_faults + "}\n");
    run.store_file = folder_.path() / ("records" + std::to_string(++runs_) + ".sqlite");
    auto result = run_simulated(run);
    EXPECT_EQ(result.problems, "");
    unit_ = RecordStore(run.store_file).units_of(result.run.run_id).at(0);
    return result;
  }
  double value(const std::string& id, const std::string& condition = "") {
    for (const auto& attempt : unit_.attempts)
      for (const auto& measurement : attempt.measurements)
        if (measurement.id == id &&
            (condition.empty() || measurement.condition.find(condition) != std::string::npos))
          return measurement.value;
    ADD_FAILURE() << "no measurement " << id << " " << condition;
    return -1;
  }
  std::string fault() {
    for (const auto& attempt : unit_.attempts)
      if (!attempt.fault_id.empty()) return attempt.fault_id;
    return {};
  }

 private:
  const TestFolder folder_{"front"};
  UnitRecord unit_;
  int runs_ = 0;
};

TEST_F(Front, AGoodBuildMissesNothing) {
  const auto result = run("");
  EXPECT_EQ(result.run.exit_code, 0) << result.events;
  EXPECT_EQ(value("button.missed", "short"), 0);
  EXPECT_EQ(value("button.doubled", "short"), 0);
  EXPECT_EQ(value("button.missed", "long"), 0);
  EXPECT_EQ(value("button.doubled", "long"), 0);
  EXPECT_EQ(value("led.wrong"), 0);
  // Debounce and the window of half a second; the hold time; a loop of a quarter of a second.
  EXPECT_NEAR(value("button.latency"), 575, 40);
  EXPECT_NEAR(value("button.hold_time"), 4075, 60);
  EXPECT_GT(value("led.latency"), 60);
  EXPECT_LT(value("led.latency_worst"), 340);
}

TEST_F(Front, EachDefectShowsWhereItIs) {
  run("button_slow=200 ms,led_slow=300 ms");
  EXPECT_NEAR(value("button.latency"), 775, 60);
  EXPECT_GT(value("led.latency"), 360);
  EXPECT_EQ(value("led.wrong"), 0);
  run("button_dead");
  EXPECT_EQ(fault(), "plug.button");
  run("led_inverted");
  EXPECT_EQ(fault(), "plug.led");
  EXPECT_EQ(value("button.missed", "short"), 0);
}

TEST_F(Front, AWornButtonIsSeen) {
  run("", "{button_bounces: 300 ms}");
  EXPECT_GT(value("button.missed", "short") + value("button.doubled", "short"), 0);
}

}  // namespace
}  // namespace plugrig::whole
