// A slot that does not work says which contact it is.

#include <gtest/gtest.h>

#include <string>

#include "rig/core/fault.hpp"
#include "tests/bench/simulated_unit.hpp"

namespace plugrig {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using test::SimulatedUnit;

struct WiringCase {
  const char* name;
  void (*spoil)(twin::SlotFaults&);
  const char* id;
  const char* contact;  ///< named in what to do next
};

class Wiring : public ::testing::TestWithParam<WiringCase> {};

TEST_P(Wiring, IsNamed) {
  twin::SlotFaults faults;
  GetParam().spoil(faults);
  SimulatedUnit unit({.faults = faults});
  const Instant start = unit.clock().now();
  try {
    unit.flasher().identify(unit.within(minutes{1}));
    FAIL() << "identified through a broken jig";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), GetParam().id) << fault.what();
    EXPECT_EQ(fault.blame(), Blame::contact);
    EXPECT_NE(fault.next().find(GetParam().contact), std::string::npos) << fault.next();
  }
  EXPECT_LT(unit.clock().now() - start, std::chrono::seconds{10}) << "no retrying for minutes";
}
INSTANTIATE_TEST_SUITE_P(
    All, Wiring,
    ::testing::Values(
        WiringCase{"strap", [](auto& f) { f.open_strap = true; }, "esp.sync.strap", "GPIO0"},
        WiringCase{"unit_rx", [](auto& f) { f.open_rx = true; }, "esp.sync.unit_rx", "RX"},
        WiringCase{"unit_tx", [](auto& f) { f.open_tx = true; }, "esp.sync.silent", "TX"},
        WiringCase{"power", [](auto& f) { f.open_power = true; }, "esp.sync.silent", "3V3"},
        WiringCase{"reset", [](auto& f) { f.open_reset = true; }, "esp.sync.reset", "RST"},
        WiringCase{"wrong_chip", [](auto& f) { f.wrong_chip = true; }, "esp.sync.silent",
                   "not of the ESP8266 family"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Supply, BrownOutInTheMiddleIsTheSupply) {
  // Long enough after power-on that the write is under way.
  twin::SlotFaults faults;
  faults.brown_out_at = milliseconds{3000};
  SimulatedUnit unit({.faults = faults});
  twin::ImageOptions options;
  const auto image = twin::make_image(options);
  try {
    unit.flasher().write_image(image, {}, {}, unit.within(minutes{5}));
    EXPECT_TRUE(unit.flash(image.size()) == image);
    ADD_FAILURE() << "the dip was not noticed";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "esp.brownout") << fault.what();
    EXPECT_EQ(fault.blame(), Blame::fixture);
    EXPECT_NE(fault.next().find("3.3 V"), std::string::npos);
  }
}

TEST(Supply, BrownOutInsideAFrameIsTheSupplyToo) {
  // Chip time at which a read is under way, byte after byte.
  for (const int at_ms : {1800, 1801}) {
    twin::SlotFaults faults;
    faults.brown_out_at = milliseconds{at_ms};
    SimulatedUnit unit({.faults = faults});
    try {
      unit.flasher().read({0, 0x20000}, {}, unit.within(minutes{5}));
      ADD_FAILURE() << "the dip was not noticed";
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.id(), "esp.brownout") << at_ms << " " << fault.what();
    }
  }
}

TEST(BootProofOnTheTwin, ACrystalOf40MHzSendsItsBootTextFaster) {
  SimulatedUnit unit({.crystal_Hz = 40'000'000});
  EXPECT_EQ(unit.flasher().identify(unit.within(minutes{1})).crystal_MHz, 40U);
  const auto report = unit.flasher().prove_boot("", {}, unit.within(std::chrono::seconds{20}));
  EXPECT_EQ(report.boot_mode, 3);
}

TEST(BootProofOnTheTwin, ErasedUnitHasNoImage) {
  SimulatedUnit unit({});
  unit.flasher().erase_chip({}, unit.within(minutes{1}));
  try {
    unit.flasher().prove_boot("tasmota", {}, unit.within(std::chrono::seconds{20}));
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_TRUE(fault.id() == "boot.bad_image" || fault.id() == "boot.loop") << fault.what();
  }
}

TEST(BootProofOnTheTwin, WrongFlashModeIsALoop) {
  SimulatedUnit unit({});
  twin::ImageOptions options;
  options.size_bytes = twin::kSmallImage;
  options.flash_mode = 0;
  unit.flasher().write_image(twin::make_image(options), {.patch = {}, .force = true}, {},
                             unit.within(minutes{1}));
  try {
    unit.flasher().prove_boot("tasmota", {}, unit.within(std::chrono::seconds{20}));
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "boot.loop") << fault.what();
    EXPECT_NE(fault.next().find("DOUT"), std::string::npos);
  }
}

TEST(BootProofOnTheTwin, FactoryFirmwareHasNoTasmotaBanner) {
  SimulatedUnit unit({});
  try {
    unit.flasher().prove_boot("tasmota", {}, unit.within(std::chrono::seconds{20}));
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "boot.no_banner") << fault.what();
  }
}

}  // namespace
}  // namespace plugrig
