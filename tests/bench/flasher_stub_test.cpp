// All operations of the flasher with its stub running on the simulated plug.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "rig/core/fault.hpp"
#include "tests/bench/simulated_unit.hpp"

namespace plugrig {
namespace {

using std::chrono::minutes;
using test::SimulatedUnit;
using test::UnitOptions;

std::vector<std::uint8_t> image_of(std::uint32_t size, std::uint64_t seed = 1) {
  twin::ImageOptions options;
  options.seed = seed;
  options.size_bytes = size;
  return twin::make_image(options);
}

template <typename Action>
std::string fault_id(const Action& action) {
  try {
    action();
  } catch (const Fault& fault) {
    EXPECT_FALSE(fault.next().empty()) << fault.id();
    return fault.id();
  }
  return "";
}

TEST(FlasherStub, BacksUpTheWholeChip) {
  SimulatedUnit unit({});
  std::uint32_t last = 0;
  const auto bytes = unit.flasher().read(
      {0, 0x100000}, [&](const FlashProgress& p) { last = p.done_bytes; }, unit.within(minutes{2}));
  EXPECT_TRUE(bytes == unit.slot().flash());
  EXPECT_EQ(last, 0x100000U);
}

TEST(FlasherStub, ReadsAnyRange) {
  SimulatedUnit unit({});
  const auto flash = unit.slot().flash();
  for (const FlashRange range : {FlashRange{0, 1}, FlashRange{0x1234, 0x1001},
                                 FlashRange{0xFFFFF, 1}, FlashRange{0x0FFFE, 0x10004}}) {
    const auto bytes = unit.flasher().read(range, {}, unit.within(minutes{1}));
    ASSERT_EQ(bytes.size(), range.length);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), flash.begin() + range.offset));
  }
}

TEST(FlasherStub, WholeJobOfAFactoryLine) {
  SimulatedUnit unit({});
  ChipFlasher& flasher = unit.flasher();
  const auto image = image_of(twin::kFullImage);
  EXPECT_EQ(flasher.identify(unit.within(minutes{1})).mac, unit.slot().mac());
  const auto backup = flasher.read({0, 0x100000}, {}, unit.within(minutes{2}));
  flasher.erase_chip({}, unit.within(minutes{2}));
  EXPECT_TRUE(unit.slot().flash() == std::vector<std::uint8_t>(0x100000, 0xFF));
  const WriteReport report = flasher.write_image(image, {}, {}, unit.within(minutes{2}));
  EXPECT_EQ(report.written_bytes + report.skipped_bytes, image.size());
  EXPECT_EQ(report.image_sha256.size(), 64U);
  EXPECT_TRUE(unit.flash(image.size()) == image);
  flasher.verify(0, image, {}, unit.within(minutes{1}));
  const BootReport boot = flasher.prove_boot("Project tasmota", {}, unit.within(minutes{1}));
  EXPECT_EQ(boot.boot_mode, 3);
  EXPECT_NE(boot.banner.find("15.1.0"), std::string::npos);
  // And back again, byte by byte.
  flasher.write_raw(0, backup, {}, unit.within(minutes{2}));
  EXPECT_TRUE(unit.slot().flash() == backup);
  EXPECT_EQ(unit.slot().chip_fault(), "");
}

TEST(FlasherStub, WhatIsAlreadyRightIsNotWritten) {
  SimulatedUnit unit({});
  const auto image = image_of(4 * twin::kSmallImage);
  unit.flasher().write_image(image, {}, {}, unit.within(minutes{1}));
  const WriteReport again = unit.flasher().write_image(image, {}, {}, unit.within(minutes{1}));
  EXPECT_EQ(again.written_bytes, 0U);
  EXPECT_EQ(again.skipped_bytes, image.size());
  auto spoiled = image;
  spoiled[0x13210] = static_cast<std::uint8_t>(spoiled[0x13210] ^ 0x40);
  unit.slot().load_flash(0, spoiled);
  const WriteReport repaired = unit.flasher().write_image(image, {}, {}, unit.within(minutes{1}));
  EXPECT_EQ(repaired.written_bytes, 4096U);
  EXPECT_TRUE(unit.flash(image.size()) == image);
}

TEST(FlasherStub, WhatShallBeBlankIsErasedAndNotSent) {
  SimulatedUnit unit({});
  auto expected = unit.slot().flash();
  const std::vector<std::uint8_t> blank(0x60000, 0xFF);
  std::copy(blank.begin(), blank.end(), expected.begin() + 0x4000);
  const WriteReport report = unit.flasher().write_raw(0x4000, blank, {}, unit.within(minutes{1}));
  EXPECT_TRUE(unit.slot().flash() == expected);
  EXPECT_GT(report.written_bytes, 0x50000U);
  // At 921600 the bytes alone would take 4.3 s; six erases of 64 KiB take 1.5 s.
  EXPECT_LT(report.took, std::chrono::milliseconds{4000});
  const WriteReport again = unit.flasher().write_raw(0x4000, blank, {}, unit.within(minutes{1}));
  EXPECT_EQ(again.written_bytes, 0U);
}

TEST(FlasherStub, BlankPartsBetweenDataLeaveTheDataRight) {
  SimulatedUnit unit({});
  auto bytes = image_of(2 * twin::kSmallImage);
  std::fill(bytes.begin() + 0x3000, bytes.begin() + 0x9000, std::uint8_t{0xFF});
  std::fill(bytes.begin() + 0xB000, bytes.begin() + 0xC000, std::uint8_t{0xFF});
  bytes.resize(bytes.size() - 0x804, 0xFF);
  unit.flasher().write_raw(0x21000, bytes, {}, unit.within(minutes{1}));
  const auto flash = unit.slot().flash();
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), flash.begin() + 0x21000));
}

TEST(FlasherStub, HeaderPatchIsWhatIsWrittenAndVerified) {
  SimulatedUnit unit({});
  auto options = twin::ImageOptions{};
  options.size_bytes = twin::kSmallImage;
  options.flash_mode = 2;
  const auto image = twin::make_image(options);
  EXPECT_EQ(fault_id([&] { unit.flasher().write_image(image, {}, {}, unit.within(minutes{1})); }),
            "image.mode");
  const HeaderPatch patch{FlashMode::dout, 0x100000, 40};
  unit.flasher().write_image(image, {.patch = patch}, {}, unit.within(minutes{1}));
  const auto expected = unit.flasher().patched(image, patch);
  EXPECT_NE(expected, image);
  EXPECT_TRUE(unit.flash(expected.size()) == expected);
  unit.flasher().verify(0, expected, {}, unit.within(minutes{1}));
  EXPECT_EQ(fault_id([&] { unit.flasher().verify(0, image, {}, unit.within(minutes{1})); }),
            "esp.verify.mismatch");
}

TEST(FlasherStub, ErasesExactlyTheRange) {
  SimulatedUnit unit({});
  auto expected = unit.slot().flash();
  for (const FlashRange range : {FlashRange{0xFF000, 0x1000}, FlashRange{0x2F000, 0x23000}}) {
    unit.flasher().erase(range, {}, unit.within(minutes{1}));
    std::fill_n(expected.begin() + range.offset, range.length, std::uint8_t{0xFF});
    EXPECT_TRUE(unit.slot().flash() == expected);
  }
  EXPECT_EQ(fault_id([&] {
              unit.flasher().erase({0x10, 0x1000}, {}, unit.within(minutes{1}));
            }),
            "flash.range");
  EXPECT_EQ(fault_id([&] {
              unit.flasher().erase({0xFF000, 0x2000}, {}, unit.within(minutes{1}));
            }),
            "flash.range");
}

struct FlashCase {
  const char* profile;
  const char* fault;  ///< of a write; "" = it works
};

class FlashProfiles : public ::testing::TestWithParam<FlashCase> {};

TEST_P(FlashProfiles, AreWrittenOrNamed) {
  SimulatedUnit unit({.flash = GetParam().profile});
  const auto image = image_of(3 * twin::kSmallImage);
  const std::string id =
      fault_id([&] { unit.flasher().write_image(image, {}, {}, unit.within(minutes{5})); });
  EXPECT_EQ(id, GetParam().fault);
  EXPECT_TRUE(!id.empty() || unit.flash(image.size()) == image);
}
INSTANTIATE_TEST_SUITE_P(All, FlashProfiles,
                         ::testing::Values(FlashCase{"gd25q80", ""}, FlashCase{"puya", ""},
                                           FlashCase{"slow", ""}, FlashCase{"locked", ""},
                                           FlashCase{"gd25q32", ""},
                                           FlashCase{"absent", "esp.flash.absent"},
                                           FlashCase{"stuck_wel", "esp.flash.wel"}),
                         [](const auto& row) { return std::string(row.param.profile); });

TEST(FlasherStub, AFlashThatNeverFinishesIsTheUnitsFault) {
  SimulatedUnit unit({.flash = "stuck_wip"});
  const auto image = image_of(twin::kSmallImage);
  try {
    unit.flasher().write_image(image, {}, {}, unit.within(minutes{5}));
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.blame(), Blame::unit) << fault.what();
  }
}

TEST(FlasherStub, AWeakSectorIsNamedAfterTheSecondTry) {
  SimulatedUnit unit({.flash = "weak_sector"});
  const std::vector<std::uint8_t> zeros(0x100000, 0x00);
  try {
    unit.flasher().write_raw(0, zeros, {}, unit.within(minutes{5}));
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "esp.flash.sector");
    EXPECT_EQ(fault.blame(), Blame::unit);
    ASSERT_FALSE(fault.evidence().empty());
    EXPECT_NE(fault.evidence()[0].text.find("are 1 that should be 0"), std::string::npos);
  }
}

TEST(FlasherStub, EveryRateWorks) {
  const auto image = image_of(2 * twin::kSmallImage);
  for (const std::uint32_t baud : {115'200U, 460'800U, 921'600U, 1'000'000U, 2'000'000U}) {
    UnitOptions options;
    options.flasher.baud = baud;
    SimulatedUnit unit(options);
    unit.flasher().write_image(image, {}, {}, unit.within(minutes{5}));
    EXPECT_TRUE(unit.flash(image.size()) == image) << baud;
    EXPECT_EQ(unit.port().baud(), baud) << "no fallback without errors";
  }
}

TEST(FlasherStub, UnexpectedChipIsRefusedBeforeAnythingIsWritten) {
  UnitOptions options;
  options.flasher.expected_chip = "ESP8266EX";
  SimulatedUnit unit(options);
  const auto before = unit.slot().flash();
  EXPECT_EQ(fault_id([&] { unit.flasher().erase_chip({}, unit.within(minutes{1})); }),
            "esp.chip.unexpected");
  EXPECT_TRUE(unit.slot().flash() == before);
}

TEST(FlasherStub, NoiseLowersTheRateAndTheReadIsRight) {
  UnitOptions options;
  options.flasher.baud = 2'000'000;
  options.faults.flip_per_byte_to_host = 2e-5;
  SimulatedUnit unit(options);
  const std::string id = fault_id([&] {
    const auto bytes = unit.flasher().read({0, 0x40000}, {}, unit.within(minutes{10}));
    EXPECT_TRUE(bytes == unit.flash(0x40000));
  });
  EXPECT_TRUE(id.empty() || id.starts_with("esp.")) << id;
}

}  // namespace
}  // namespace plugrig
