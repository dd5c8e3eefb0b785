#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "fixtures/build/built_bench.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/tasmota/configured_plug.hpp"
#include "rig/engine/product.hpp"
#include "tests/usb_bench/emulated_bench.hpp"

namespace plugrig::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::IsEmpty;

const std::filesystem::path source{PLUGRIG_SOURCE_DIR};

/// A bench of one slot: UART on channel A, the plug's button and its LED on channel C.
bench::BenchSpec button_bench(const std::string& led) {
  const auto file = std::filesystem::path(testing::TempDir()) / "button_over_usb.yaml";
  std::ofstream(file) << "bench: button over USB\n"
                         "adapters: {quad: {chip: FT4232H, serial: PRQUAD02}}\n"
                         "slots:\n"
                         "  - slot: F1\n"
                         "    kind: flash\n"
                         "    uart: quad.A\n"
                         "    lines: {wiring: dtr-rts-two-transistor, button: quad.C1, led: "
                      << led << "}\n    twin: {seed: 41}\n";
  Problems problems;
  auto bench = bench::load_bench(file, source / "fixtures", problems);
  EXPECT_EQ(problems.render(), "");
  std::filesystem::remove(file);
  return bench;
}

/// What flash and configure would have left.
std::vector<std::uint8_t> configured() {
  Problems problems;
  const auto product = load_product(source / "fixtures/plugs/gosund-ep2.yaml", problems);
  EXPECT_EQ(problems.render(), "");
  twin::tasmota::SettingsSeed settings;
  settings.template_json = product.template_json;
  return twin::tasmota::configured_flash(twin::make_image({.size_bytes = twin::kSmallImage}),
                                         settings);
}

/// Unmodified libftdi1 and libusb, in real time: a press by a pin of a channel that is no UART, and
/// the LED read at another one. `led`: as the bench file has it.
void press_and_look(const std::string& led) {
  const auto bench = button_bench(led);
  EmulatedBench emulated(bench);
  {
    const std::scoped_lock lock(emulated.twin().lock());
    emulated.twin().slot("F1").load_flash(0, configured());
  }
  const auto clock = make_real_clock();
  auto built = build::build_bench(bench, *clock);
  auto& port = *built.slots.at(0).port;
  const auto within = [&](Duration time) {
    return Deadline{.at = clock->now() + time, .stop = {}};
  };
  auto devices = port.open(within(seconds{10}));
  ASSERT_NE(devices.led, nullptr);
  const auto button = [&](bool down) {
    devices.lines->set(std::array{LineChange{Signal::button, down}});
  };
  devices.boot->start_application(within(seconds{5}));
  devices.console->restart();
  ASSERT_TRUE(devices.console->wait_line({"Project tasmota"}, within(seconds{15})));
  clock->sleep_for(seconds{5}, {});  // it takes no presses in its first seconds
  EXPECT_FALSE(devices.led->lit(within(seconds{1})));
  button(true);
  EXPECT_TRUE(emulated.adapters().asserted("F1", "button"));
  clock->sleep_for(milliseconds{150}, {});
  button(false);
  EXPECT_FALSE(emulated.adapters().asserted("F1", "button"));
  EXPECT_TRUE(devices.console->wait_line({"POWER = ON"}, within(seconds{5})));
  clock->wait([&] { return devices.led->lit(within(seconds{1})); }, within(seconds{3}));
  EXPECT_TRUE(devices.led->lit(within(seconds{1})));
  button(true);
  port.close();
  EXPECT_FALSE(emulated.adapters().asserted("F1", "button")) << "let go with the port";
  EXPECT_THAT(emulated.twin().accidents(), IsEmpty());
}

TEST(ButtonOverUsb, AContactAtTheLedReadsItAsLow) { press_and_look("quad.C3"); }

TEST(ButtonOverUsb, AnOpticalSensorMayBeHighWhenItSeesLight) {
  press_and_look("{pin: quad.C3, active: high}");
}

}  // namespace
}  // namespace plugrig::test
