// Steps show that what they did before a crash still holds, without doing it again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rig/core/digest.hpp"
#include "rig/engine/other_unit.hpp"
#include "sequences/steps/library.hpp"
#include "tests/unit/steps/fake_context.hpp"

namespace plugrig::steps {
namespace {

class ProveSteps : public testing::Test {
 protected:
  void SetUp() override {
    image_ = std::filesystem::path(testing::TempDir()) /
             (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".bin");
    std::ofstream(image_, std::ios::binary)
        << std::string("\xE9\x01\x00\x20 rest of the image", 22);
  }
  void TearDown() override { std::filesystem::remove(image_); }

  const StepType& step(const std::string& name) { return *registry_.find(name); }
  std::string image(const std::string& more = "") {
    return "{image: '" + image_.string() + "'" + more + "}";
  }
  std::string proof(FakeContext& context, const std::string& name) {
    try {
      step(name).prove(context);
    } catch (const Fault& fault) {
      return fault.id();
    }
    return "holds";
  }

  StepRegistry registry_ = make_registry();
  std::filesystem::path image_;
};

TEST_F(ProveSteps, WhatWasWrittenHoldsAsLongAsTheFlashHoldsIt) {
  FakeContext context(step("flash.write"), image(", mode: dout"));
  step("flash.write").run(context);
  const auto written = context.flasher.flash;
  EXPECT_EQ(proof(context, "flash.write"), "holds");
  EXPECT_EQ(context.flasher.flash, written) << "nothing is written to show it";
  context.flasher.flash[9] ^= 1U;
  EXPECT_EQ(proof(context, "flash.write"), "esp.verify.mismatch");
}

TEST_F(ProveSteps, AnotherChipIsAnotherUnit) {
  for (const auto* name : {"flash.identify", "flash.erase"}) {
    FakeContext context(step(name));
    context.known["mac"] = context.flasher.identity.mac;
    context.known[std::string(kContinuedIn)] = "F1";
    const auto before = context.flasher.flash;
    EXPECT_EQ(proof(context, name), "holds") << name;
    context.flasher.identity.mac = "A4:CF:12:00:00:02";
    EXPECT_EQ(proof(context, name), kOtherUnit) << name;
    EXPECT_EQ(context.flasher.flash, before) << name << " erased something";
  }
}

TEST_F(ProveSteps, IdentifyDoesNotTakeAnotherUnitForTheOneOfTheRecord) {
  FakeContext context(step("flash.identify"));
  context.known["mac"] = "A4:CF:12:00:00:02";
  context.known[std::string(kContinuedIn)] = "F1";
  EXPECT_THROW(step("flash.identify").run(context), Fault);
  EXPECT_EQ(context.known["mac"], "A4:CF:12:00:00:02") << "the record keeps its unit";
}

TEST_F(ProveSteps, ABackupHoldsAsLongAsItsFileIsAsItWasKept) {
  FakeContext context(step("flash.backup"));
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  std::ofstream(image_, std::ios::binary) << std::string(bytes.begin(), bytes.end());
  AttemptRecord attempt;
  attempt.attachments.push_back({"b.bin", "x", image_.string(), sha256_hex(bytes), 3, true});
  context.unit_record.attempts.push_back(attempt);
  EXPECT_EQ(proof(context, "flash.backup"), "holds");
  std::ofstream(image_, std::ios::binary) << "other";
  EXPECT_EQ(proof(context, "flash.backup"), "record.attachment");
  std::filesystem::remove(image_);
  EXPECT_NE(proof(context, "flash.backup"), "holds");
}

TEST_F(ProveSteps, BootingHoldsWhenTheSameFirmwareComesUp) {
  FakeContext context(step("boot.wait"), "{expect_defaults: true}");
  context.flasher.boot_banner = "Project tasmota Version 15.2.0(release-tasmota)-2_7_8";
  step("boot.wait").run(context);
  ASSERT_EQ(context.known["firmware_version"], "15.2.0(release-tasmota)");
  context.flasher.boot_console = "settings of its own";
  EXPECT_EQ(proof(context, "boot.wait"), "holds") << "it may have been set up since";
  context.flasher.boot_banner = "Project tasmota Version 14.0.0(release-tasmota)-2_7_8";
  EXPECT_EQ(proof(context, "boot.wait"), "boot.other_firmware");
}

TEST_F(ProveSteps, WhatIsMeasuredOrSentToNobodyKnowsWhatHasNoProof) {
  for (const auto* name :
       {"tasmota.command", "plug.join", "power.as_found", "power.calibrate", "power.as_left"}) {
    ASSERT_NE(registry_.find(name), nullptr) << name;
    EXPECT_FALSE(step(name).prove) << name;
  }
}

}  // namespace
}  // namespace plugrig::steps
