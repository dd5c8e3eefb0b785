// The flasher with nothing but the mask ROM's loader, against the simulated plug.

#include <gtest/gtest.h>

#include <algorithm>

#include "rig/core/fault.hpp"
#include "tests/bench/simulated_unit.hpp"

namespace plugrig {
namespace {

using std::chrono::minutes;
using test::SimulatedUnit;
using test::UnitOptions;

UnitOptions rom_only(std::uint64_t seed = 1) {
  UnitOptions options;
  options.seed = seed;
  options.flasher.use_stub = false;
  return options;
}

std::vector<std::uint8_t> small_image() {
  twin::ImageOptions options;
  options.size_bytes = twin::kSmallImage;
  return twin::make_image(options);
}

TEST(FlasherRom, IdentifiesTheUnit) {
  SimulatedUnit unit(rom_only(5));
  const ChipIdentity identity = unit.flasher().identify(unit.within(minutes{1}));
  EXPECT_EQ(identity.chip, "ESP8285");
  EXPECT_EQ(identity.mac, unit.slot().mac());
  EXPECT_EQ(identity.crystal_MHz, 26U);
  EXPECT_EQ(identity.flash_bytes, 0x100000U);
  EXPECT_NE(identity.flash_id, 0U);
}

TEST(FlasherRom, IdentifyChangesNothing) {
  SimulatedUnit unit(rom_only());
  const auto before = unit.slot().flash();
  unit.flasher().identify(unit.within(minutes{1}));
  EXPECT_TRUE(unit.slot().flash() == before);
}

TEST(FlasherRom, WritesAnImageAndLeavesTheRest) {
  SimulatedUnit unit(rom_only());
  const auto before = unit.slot().flash();
  const auto image = small_image();
  const WriteReport report = unit.flasher().write_image(image, {}, {}, unit.within(minutes{2}));
  EXPECT_EQ(report.written_bytes, image.size());
  const auto after = unit.slot().flash();
  EXPECT_TRUE(std::equal(image.begin(), image.end(), after.begin()));
  const auto size = static_cast<std::ptrdiff_t>(image.size());
  EXPECT_TRUE(std::equal(before.begin() + size, before.end(), after.begin() + size))
      << "the ROM's erase must not run beyond the image";
  EXPECT_EQ(unit.slot().chip_fault(), "");
}

TEST(FlasherRom, WrittenImageBoots) {
  SimulatedUnit unit(rom_only());
  unit.flasher().write_image(small_image(), {}, {}, unit.within(minutes{2}));
  const BootReport report =
      unit.flasher().prove_boot("Project tasmota", {}, unit.within(minutes{1}));
  EXPECT_EQ(report.boot_mode, 3);
  EXPECT_NE(report.banner.find("15.1.0"), std::string::npos) << report.banner;
}

TEST(FlasherRom, ErasesExactlyOddAndLastSectors) {
  SimulatedUnit unit(rom_only());
  auto expected = unit.slot().flash();
  for (const FlashRange range : {FlashRange{0xFF000, 0x1000}, FlashRange{0x20000, 0x3000},
                                 FlashRange{0x5F000, 0x23000}, FlashRange{0xF3000, 0xD000}}) {
    unit.flasher().erase(range, {}, unit.within(minutes{1}));
    std::fill_n(expected.begin() + range.offset, range.length, std::uint8_t{0xFF});
    EXPECT_TRUE(unit.slot().flash() == expected) << std::hex << range.offset;
  }
}

TEST(FlasherRom, ErasesTheChip) {
  SimulatedUnit unit(rom_only());
  unit.flasher().erase_chip({}, unit.within(minutes{2}));
  EXPECT_TRUE(unit.slot().flash() == std::vector<std::uint8_t>(0x100000, 0xFF));
}

TEST(FlasherRom, ReadsAndVerifiesThroughRegisters) {
  SimulatedUnit unit(rom_only());
  const auto bytes = unit.flasher().read({0x1003, 5000}, {}, unit.within(minutes{1}));
  const auto flash = unit.slot().flash();
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), flash.begin() + 0x1003));
  EXPECT_NO_THROW(unit.flasher().verify(0x1003, bytes, {}, unit.within(minutes{1})));
  auto wrong = bytes;
  wrong[4000] = static_cast<std::uint8_t>(wrong[4000] ^ 4);
  try {
    unit.flasher().verify(0x1003, wrong, {}, unit.within(minutes{1}));
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "esp.verify.mismatch");
    EXPECT_NE(fault.happened().find("0x1FA3"), std::string::npos) << fault.happened();
  }
}

TEST(FlasherRom, NoisyLineIsOvercomeOrNamed) {
  for (std::uint64_t seed = 4; seed <= 6; ++seed) {
    UnitOptions options = rom_only(seed);
    options.faults.flip_per_byte_to_chip = 3e-5;
    options.faults.drop_per_byte_to_host = 3e-5;
    SimulatedUnit unit(options);
    const auto image = small_image();
    try {
      unit.flasher().write_image(image, {}, {}, unit.within(minutes{5}));
      EXPECT_TRUE(unit.flash(image.size()) == image) << seed;
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.id().substr(0, 4), "esp.") << fault.what();
    }
  }
}

}  // namespace
}  // namespace plugrig
