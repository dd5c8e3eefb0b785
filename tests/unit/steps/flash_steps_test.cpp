#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sequences/steps/library.hpp"
#include "tests/unit/steps/fake_context.hpp"

namespace plugrig::steps {
namespace {

class FlashSteps : public ::testing::Test {
 protected:
  void SetUp() override {
    image_ =
        std::filesystem::path(::testing::TempDir()) /
        (std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".bin");
    std::ofstream(image_, std::ios::binary)
        << std::string("\xE9\x01\x00\x20 rest of the image", 22);
  }
  void TearDown() override { std::filesystem::remove(image_); }

  const StepType& step(const std::string& name) { return *registry_.find(name); }
  std::string with_image(const std::string& more = "") {
    return "{image: '" + image_.string() + "'" + more + "}";
  }

  std::string id_of(FakeContext& context, const std::string& name) {
    try {
      step(name).run(context);
    } catch (const Fault& fault) {
      return fault.id() + "/" + std::string(to_string(fault.blame()));
    }
    return "";
  }

  StepRegistry registry_ = make_registry();
  std::filesystem::path image_;
};

TEST_F(FlashSteps, IdentifyLeavesWhatTheUnitIs) {
  FakeContext context(step("flash.identify"), "{chip: ESP8285, flash: 1 MB}");
  ASSERT_EQ(context.problems_text, "");
  step("flash.identify").run(context);
  EXPECT_EQ(context.known["mac"], "A4:CF:12:00:00:01");
  EXPECT_EQ(context.known["chip"], "ESP8285");
  EXPECT_EQ(context.known["flash_id"], "0x144051");
  EXPECT_EQ(context.known["flash_bytes"], "1048576");
}

TEST_F(FlashSteps, IdentifyRefusesAnotherProduct) {
  FakeContext other_chip(step("flash.identify"), "{chip: ESP8266EX}");
  EXPECT_EQ(id_of(other_chip, "flash.identify"), "unit.chip/unit");
  FakeContext other_size(step("flash.identify"), "{flash: 4 MB}");
  EXPECT_EQ(id_of(other_size, "flash.identify"), "unit.flash_size/unit");
}

TEST_F(FlashSteps, BackupIsKeptAsSensitive) {
  FakeContext context(step("flash.backup"), "{file: here.bin, range: 0x10+0x20}");
  step("flash.backup").run(context);
  EXPECT_EQ(context.attached_name, "here.bin");
  EXPECT_EQ(context.attached, std::vector<std::uint8_t>(0x20, 0x5A));
  EXPECT_TRUE(context.attached_sensitive);
}

TEST_F(FlashSteps, EraseTakesARangeInsideTheChipOnly) {
  FakeContext settings(step("flash.erase"), "{range: settings}");
  step("flash.erase").run(settings);
  EXPECT_EQ(settings.flasher.flash[0xF2FFF], 0x5A);
  EXPECT_EQ(settings.flasher.flash[0xF3000], 0xFF);
  FakeContext outside(step("flash.erase"), "{range: 0x100000+0x1000}");
  EXPECT_EQ(id_of(outside, "flash.erase"), "flash.range/config");
}

TEST_F(FlashSteps, WritePatchesTheModeAndVerifyExpectsIt) {
  FakeContext write(step("flash.write"), with_image(", mode: dout"));
  ASSERT_EQ(write.problems_text, "");
  step("flash.write").run(write);
  EXPECT_EQ(write.flasher.flash[0], 0xE9);
  EXPECT_EQ(write.flasher.flash[2], 3);
  EXPECT_EQ(write.known["image_sha256"], "digest");
  ASSERT_EQ(write.measurements.size(), 1U);
  EXPECT_EQ(write.measurements[0].unit, "s");
  EXPECT_DOUBLE_EQ(write.measurements[0].value, 2.0);

  FakeContext same(step("flash.verify"), with_image(", mode: dout"));
  same.flasher.flash = write.flasher.flash;
  EXPECT_EQ(id_of(same, "flash.verify"), "");
  FakeContext unpatched(step("flash.verify"), with_image());
  unpatched.flasher.flash = write.flasher.flash;
  EXPECT_EQ(id_of(unpatched, "flash.verify"), "esp.verify.mismatch/unit");
}

TEST_F(FlashSteps, WriteWithTheRestErasedLeavesNothingElse) {
  FakeContext write(step("flash.write"), with_image(", mode: dout, rest: erased"));
  ASSERT_EQ(write.problems_text, "");
  step("flash.write").run(write);
  std::vector<std::uint8_t> expected(0x100000, 0xFF);
  const std::string image("\xE9\x01\x03\x20 rest of the image", 22);
  std::ranges::copy(image, expected.begin());
  EXPECT_TRUE(write.flasher.flash == expected);
  EXPECT_EQ(write.known["image_sha256"], "digest");
  EXPECT_TRUE(write.measurements.empty()) << "its time depends on what was there";
}

TEST_F(FlashSteps, WhatIsLeftBehindTheImageIsAFault) {
  FakeContext write(step("flash.write"), with_image(", mode: dout, rest: erased"));
  write.flasher.stuck_at = 0xF4000;
  EXPECT_EQ(id_of(write, "flash.write"), "esp.verify.mismatch/unit");
}

TEST_F(FlashSteps, AnImageThatVanishedIsAFaultOfTheConfiguration) {
  FakeContext context(step("flash.write"), with_image());
  std::filesystem::remove(image_);
  EXPECT_EQ(id_of(context, "flash.write"), "file.read/config");
}

TEST_F(FlashSteps, ASlotWithoutLoaderSaysSo) {
  FakeContext context(step("flash.identify"));
  context.devices().flasher = nullptr;
  EXPECT_EQ(id_of(context, "flash.identify"), "slot.no_loader/config");
}

TEST_F(FlashSteps, BootWaitAsksForTheFirmwaresBanner) {
  FakeContext tasmota(step("boot.wait"), "{within: 5 s}");
  const auto before = tasmota.clock().now();
  step("boot.wait").run(tasmota);
  EXPECT_EQ(tasmota.flasher.asked_banner, "Tasmota Version");
  EXPECT_GE(tasmota.flasher.asked_limit, before + std::chrono::seconds{5});
  EXPECT_LT(tasmota.flasher.asked_limit, Instant::max());
  EXPECT_EQ(tasmota.known["banner"], "Tasmota Version 1");
  FakeContext any(step("boot.wait"), "{firmware: any}");
  step("boot.wait").run(any);
  EXPECT_EQ(any.flasher.asked_banner, "");
  FakeContext own(step("boot.wait"), "{banner: Hello}");
  step("boot.wait").run(own);
  EXPECT_EQ(own.flasher.asked_banner, "Hello");
}

TEST_F(FlashSteps, APowerCycleEndsTheLoaderSession) {
  FakeContext context(step("slot.power_cycle"), "{off: 3 s}");
  step("slot.power_cycle").run(context);
  EXPECT_EQ(context.boot.off, std::chrono::seconds{3});
  EXPECT_TRUE(context.flasher.forgotten);
}

TEST_F(FlashSteps, EveryStepOfTheLibraryDescribesItself) {
  const auto& all = registry_.all();
  EXPECT_GE(all.size(), 7U);
  for (const auto& [name, type] : all) {
    EXPECT_FALSE(type.help.empty()) << name;
    EXPECT_GT(type.default_timeout, Duration::zero()) << name;
    EXPECT_TRUE(type.run) << name;
    for (const auto& field : type.fields) EXPECT_FALSE(field.help.empty()) << name << field.name;
  }
}

}  // namespace
}  // namespace plugrig::steps
