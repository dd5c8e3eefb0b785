#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "rig/core/file_bytes.hpp"
#include "tests/unit/cli/said.hpp"

// Firmware images for the simulated bench, with defects.

namespace plugrig::cli {
namespace {

using ::testing::HasSubstr;

class MakeFirmware : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file); }
  /// As characters.
  [[nodiscard]] std::string image() const {
    const auto bytes = read_bytes(file);
    return {bytes.begin(), bytes.end()};
  }
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) /
                                     ("made-firmware-" + std::to_string(::getpid()) + ".bin");
};

TEST_F(MakeFirmware, VersionAndDefectsAreInTheImage) {
  const auto said =
      plugrig({"twin", "--make-firmware", file.string(), "--firmware-version", "15.2.0", "--defect",
               "power_gain=0.3 %", "--defect", "forgets_settings"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("defects: power_gain=0.3 %,forgets_settings"));
  EXPECT_THAT(image(), HasSubstr("TASMOTA-TWIN-VERSION=15.2.0"));
  EXPECT_THAT(image(), HasSubstr("TASMOTA-TWIN-DEFECTS=power_gain=0.3 %,forgets_settings"));
}

TEST_F(MakeFirmware, SizeCanBeGiven) {
  EXPECT_EQ(plugrig({"twin", "--make-firmware", file.string(), "--firmware-size", "400 kB"}).code,
            0);
  EXPECT_EQ(image().size(), 400U * 1024);
  EXPECT_EQ(plugrig({"twin", "--make-firmware", file.string(), "--firmware-size", "2 MB"}).code, 2);
  EXPECT_EQ(plugrig({"twin", "--make-firmware", file.string(), "--firmware-size", "2 s"}).code, 2);
}

TEST_F(MakeFirmware, WithoutThemItIsAGoodBuild) {
  EXPECT_EQ(plugrig({"twin", "--make-firmware", file.string()}).code, 0);
  EXPECT_THAT(image(), HasSubstr("TASMOTA-TWIN-VERSION=15.1.0"));
  EXPECT_EQ(image().find("DEFECTS"), std::string::npos);
}

TEST_F(MakeFirmware, WrongDefectsAreRefusedWithTheKnownOnes) {
  const auto said =
      plugrig({"twin", "--make-firmware", file.string(), "--defect", "boot_slow=2 s"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("no defect 'boot_slow'; did you mean 'boot_slower'?"));
  EXPECT_THAT(said.err, HasSubstr("known: boot_slower, "));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(plugrig({"twin", "--bench", "x.yaml", "--defect", "boot_slower"}).code, 2);
}

TEST_F(MakeFirmware, HelpNamesTheDefects) {
  const auto said = plugrig({"twin", "--help"});
  EXPECT_THAT(said.out, HasSubstr("boot_slower"));
  EXPECT_THAT(said.out, HasSubstr("heap_leak"));
}

}  // namespace
}  // namespace plugrig::cli
