#include "tests/unit/steps/plug_bench.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A chip that boots: the plug's banner comes a while after the reset.
class BootingFlasher final : public ChipFlasher {
 public:
  BootingFlasher(FakePlug& plug, Clock& clock) : plug_(plug), clock_(clock) {}
  Duration restarts_after{};  ///< by itself, once; zero: does not

  BootReport prove_boot(std::string_view banner, const FlashProgressFn& /*progress*/,
                        const Deadline& deadline) override {
    const auto began = clock_.now();
    plug_.boot(began, "CFG: Use defaults");
    BootReport report;
    report.reset_cause = 2;
    report.boot_mode = 3;
    const auto line = plug_.wait_line({std::string(banner)}, deadline);
    if (!line) throw Fault("boot.no_banner", Blame::unit, "No banner.", "Look.");
    report.banner = *line;
    if (restarts_after > Duration{}) plug_.boot(began + restarts_after, "CFG: Loaded from flash");
    return report;
  }
  ChipIdentity identify(const Deadline& /*deadline*/) override { return {}; }
  std::vector<std::uint8_t> read(FlashRange /*range*/, const FlashProgressFn& /*progress*/,
                                 const Deadline& /*deadline*/) override {
    return {};
  }
  void erase_chip(const FlashProgressFn& /*progress*/, const Deadline& /*deadline*/) override {}
  void erase(FlashRange /*range*/, const FlashProgressFn& /*progress*/,
             const Deadline& /*deadline*/) override {}
  WriteReport write_image(std::span<const std::uint8_t> /*image*/, const WriteOptions& /*options*/,
                          const FlashProgressFn& /*progress*/,
                          const Deadline& /*deadline*/) override {
    return {};
  }
  WriteReport write_raw(std::uint32_t /*offset*/, std::span<const std::uint8_t> /*bytes*/,
                        const FlashProgressFn& /*progress*/,
                        const Deadline& /*deadline*/) override {
    return {};
  }
  void verify(std::uint32_t /*offset*/, std::span<const std::uint8_t> /*expected*/,
              const FlashProgressFn& /*progress*/, const Deadline& /*deadline*/) override {}
  [[nodiscard]] std::vector<std::uint8_t> patched(std::span<const std::uint8_t> /*image*/,
                                                  const HeaderPatch& /*patch*/) const override {
    return {};
  }
  void forget() override {}

 private:
  FakePlug& plug_;
  Clock& clock_;
};

class BootMeasure : public PlugBench {
 protected:
  BootMeasure() {
    // What came of the boot before the test is read by then.
    clock().sleep_for(seconds{5}, {});
    console.command("Status", "2", {});
  }
  std::string measure(const std::string& params = "") {
    last = context_for("boot.measure", params);
    last->devices().flasher = &chip;
    try {
      registry_.find("boot.measure")->run(*last);
    } catch (const Fault& fault) {
      last_fault = fault;
      return fault.id() + "/" + std::string(to_string(fault.blame()));
    }
    return {};
  }
  double value(std::string_view id) {
    for (const auto& measurement : last->measurements)
      if (measurement.id == id) return measurement.value;
    ADD_FAILURE() << "no measurement " << id;
    return -1;
  }

  BootingFlasher chip{plug, clock()};

 private:
  StepRegistry registry_ = make_registry();
};

TEST_F(BootMeasure, CountsFromTheResetToTheBanner) {
  EXPECT_EQ(measure(), "");
  EXPECT_NEAR(value("boot.banner_time"), 0.3, 0.01);
  EXPECT_EQ(value("boot.restarts"), 0);
  EXPECT_EQ(last->known["firmware_version"], "15.2.0(release-tasmota)");
  EXPECT_TRUE(console.restarted);
}

TEST_F(BootMeasure, AFirmwareThatRestartsByItselfIsBroken) {
  chip.restarts_after = seconds{3};
  EXPECT_EQ(measure(), "boot.loop/unit");
  EXPECT_EQ(value("boot.restarts"), 1);
}

TEST_F(BootMeasure, ARestartBehindTheWatchIsNotSeen) {
  chip.restarts_after = seconds{8};
  EXPECT_EQ(measure("{watch: 5 s}"), "");
  clock().sleep_for(seconds{20}, {});
  console.command("Status", "2", {});
  EXPECT_EQ(measure("{watch: 12 s}"), "boot.loop/unit");
}

TEST_F(BootMeasure, AnotherVersionThanTheExpectedOneIsAWrongImage) {
  EXPECT_EQ(measure("{version: '15.2.0'}"), "");
  EXPECT_EQ(measure("{version: '14.3'}"), "boot.version/config");
}

TEST_F(BootMeasure, NeedsAConsole) {
  with_console = false;
  EXPECT_EQ(measure(), "slot.no_console/config");
}

}  // namespace
}  // namespace plugrig::steps
