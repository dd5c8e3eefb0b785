#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rig/cli/commands/doctor_parts.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;

class DoctorOfTheHost : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  HealthReport report() {
    return [this](const Health& health) { found_.push_back(health); };
  }
  [[nodiscard]] Health of(const std::string& check) const {
    for (const auto& health : found_)
      if (health.check == check) return health;
    return {Health::Is::fail, "", check, "was not looked at", ""};
  }

  std::vector<Health> found_;
  fs::path folder_ =
      fs::path(::testing::TempDir()) /
      (std::string("doctor-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(DoctorOfTheHost, AStoreThatIsNotThereYetIsFineAndIsNotMade) {
  examine_store(folder_ / "new.sqlite", UtcTime{1'767'225'600'000}, report());
  EXPECT_EQ(of("writable").is, Health::Is::ok);
  EXPECT_FALSE(fs::exists(folder_ / "new.sqlite"));
  found_.clear();
  examine_store("/nowhere/at/all.sqlite", {}, report());
  EXPECT_EQ(of("writable").is, Health::Is::fail);
  EXPECT_NE(of("writable").next, "");
  EXPECT_EQ(of("disk").is, Health::Is::fail);
}

TEST_F(DoctorOfTheHost, AClockBehindTheNewestRecordFails) {
  const auto file = folder_ / "records.sqlite";
  const UtcTime recorded{1'767'225'600'000};
  { RecordStore(file).begin_run({"seq", "bench", "0.1.0", recorded}); }
  examine_store(file, UtcTime{recorded.unix_ms - 60'000}, report());
  EXPECT_EQ(of("date").is, Health::Is::fail);
  EXPECT_THAT(of("date").found, HasSubstr("60 s behind"));
  found_.clear();
  examine_store(file, UtcTime{recorded.unix_ms + 1}, report());
  EXPECT_EQ(of("date").is, Health::Is::ok);
}

TEST_F(DoctorOfTheHost, WhatIsNoStoreFails) {
  std::ofstream(folder_ / "x.sqlite") << "no database at all, but long enough to be looked at";
  examine_store(folder_ / "x.sqlite", {}, report());
  EXPECT_EQ(of("records").is, Health::Is::fail);
}

TEST_F(DoctorOfTheHost, FirmwareThatIsNoImageFailsWithTheFix) {
  const auto file = (folder_ / "page.bin").string();
  std::ofstream(file) << "<html>not found</html>";
  examine_firmware(file, report());
  EXPECT_EQ(of("image").is, Health::Is::fail);
  EXPECT_NE(of("image").next, "");
  found_.clear();
  examine_firmware((folder_ / "none.bin").string(), report());
  EXPECT_EQ(of("image").is, Health::Is::fail);
}

TEST_F(DoctorOfTheHost, APrinterThatCannotBeReachedFails) {
  examine_printer((folder_ / "no-printer").string(), report());
  EXPECT_EQ(of("connection").is, Health::Is::fail);
}

}  // namespace
}  // namespace plugrig::cli
