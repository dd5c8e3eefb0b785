#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/twin_plug/defect_host.hpp"
#include "tests/unit/twin_plug/memory_files.hpp"

// Another firmware over the network. Texts: Tasmota notes, upgrade.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kUrl = "http://127.0.0.1:8000/tasmota.bin";
constexpr const char* kSuccess = R"(RSL: UPGRADE = {"Upgrade":"Successful. Restarting"})";

class Upgrade : public testing::Test {
 protected:
  void start(const std::string& defects = "") {
    host = joined(defects);
    host->slot.connect_files(&files);
    host->ask("OtaUrl " + kUrl, 3s);
    before = host->slot.flash();
  }
  /// What the plug says about it until it has restarted.
  std::string upgrade(Duration time = 60s) {
    host->take_text();
    host->send("Upgrade 1");
    host->pass(time);
    return host->take_text();
  }
  std::string version() { return host->ask("Status 2"); }
  /// The part of flash with the running program is as it was.
  [[nodiscard]] bool program_kept() const {
    const Bytes now = host->slot.flash();
    return std::equal(before.begin(), before.begin() + kSmallImage, now.begin());
  }
  MemoryFiles files;
  std::unique_ptr<PlugHost> host;
  Bytes before;
};

TEST_F(Upgrade, BringsTheOtherVersionAndKeepsTheSettings) {
  start();
  const Bytes image = make_image({.seed = 7, .version = "15.3.0", .size_bytes = kSmallImage});
  files.files[kUrl] = image;
  ASSERT_THAT(version(), HasSubstr("15.2.0("));
  const std::string text = upgrade();
  EXPECT_THAT(text, HasSubstr(R"({"Upgrade":"Version 15.2.0 from )" + kUrl + "\"}"));
  EXPECT_THAT(text, HasSubstr(kSuccess));
  EXPECT_THAT(text, HasSubstr("Version 15.3.0("));
  EXPECT_THAT(text, HasSubstr("CFG: Loaded from flash"));
  EXPECT_THAT(version(), HasSubstr("15.3.0("));
  EXPECT_TRUE(host->slot.on_network());
  const Bytes now = host->slot.flash();
  EXPECT_TRUE(std::equal(image.begin(), image.end(), now.begin()));
  EXPECT_EQ(files.asked, 1);
  EXPECT_EQ(files.open(), 0U);
  // It stays, and nothing is copied again.
  host->power_cycle();
  host->pass(10s);
  EXPECT_THAT(version(), HasSubstr("15.3.0("));
}

TEST_F(Upgrade, DefectsComeAndGoWithIt) {
  start("json_key_renamed,http_late=1 s");
  files.files[kUrl] = make_image({.defects = "boot_slower=20 s", .size_bytes = kSmallImage});
  upgrade(20s);
  EXPECT_THAT(host->take_text(), Not(HasSubstr("Project tasmota")));
  host->pass(40s);
  EXPECT_THAT(host->take_text(), HasSubstr("Project tasmota"));
  const Duration asked = host->slot.now();
  EXPECT_TRUE(host->get("/cm?cmnd=Power"));
  EXPECT_LT(host->slot.now() - asked, 500ms);
}

struct Refused {
  const char* name;
  void (*spoil)(MemoryFiles& files);
  const char* reason;
};
class UpgradeRefused : public Upgrade, public testing::WithParamInterface<Refused> {};

TEST_P(UpgradeRefused, LeavesTheOldFirmware) {
  start();
  files.files[kUrl] = make_image({.version = "15.3.0", .size_bytes = kSmallImage});
  GetParam().spoil(files);
  const std::string text = upgrade(100s);
  EXPECT_THAT(text, HasSubstr(std::string(R"(RSL: UPGRADE = {"Upgrade":"Failed )") +
                              GetParam().reason + "\"}"));
  EXPECT_THAT(text, Not(HasSubstr("Successful")));
  EXPECT_EQ(files.asked, 5);
  EXPECT_EQ(files.open(), 0U);
  EXPECT_TRUE(program_kept());
  host->power_cycle();
  host->pass(20s);
  EXPECT_THAT(version(), HasSubstr("15.2.0("));
  EXPECT_TRUE(host->slot.on_network());
}

INSTANTIATE_TEST_SUITE_P(
    Table, UpgradeRefused,
    testing::Values(
        Refused{"Nobody", [](MemoryFiles& files) { files.reachable = false; },
                "HTTP error: connection refused"},
        Refused{"NoFile", [](MemoryFiles& files) { files.files.clear(); }, "File Not Found (404)"},
        Refused{"NoSize", [](MemoryFiles& files) { files.tells_size = false; },
                "Server Did Not Report Size"},
        Refused{"NoImage", [](MemoryFiles& files) { files.files[kUrl][0] = 0x1F; },
                "Verify Bin Header Failed"},
        Refused{"FlippedBit", [](MemoryFiles& files) { files.files[kUrl][0x2000] ^= 4; },
                "Verify Bin Header Failed"},
        Refused{"TooShort", [](MemoryFiles& files) { files.files[kUrl].resize(0x3000); },
                "Verify Bin Header Failed"},
        Refused{"TooLarge", [](MemoryFiles& files) { files.files[kUrl].resize(980'000); },
                "File Not Found (404)"},  // of a minimal build, which is looked for then
        Refused{"Broken", [](MemoryFiles& files) { files.breaks_after = 20'000; },
                "HTTP error: connection lost"},
        Refused{"Stalled", [](MemoryFiles& files) { files.stalls_after = 20'000; },
                "HTTP error: read Timeout"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(Upgrade, SupplyLostWhileFetchingLeavesTheOldFirmware) {
  start();
  files.files[kUrl] = make_image({.version = "15.3.0", .size_bytes = kSmallImage});
  upgrade(1300ms);
  ASSERT_EQ(files.open(), 1U);
  host->power_cycle();
  EXPECT_EQ(files.open(), 0U);
  host->pass(20s);
  EXPECT_TRUE(program_kept());
  EXPECT_THAT(version(), HasSubstr("15.2.0("));
}

TEST_F(Upgrade, SupplyLostWhileCopyingLeavesHalfOfEach) {
  // The order to copy stands in memory that is lost; what has been copied stays.
  start();
  files.files[kUrl] = make_image({.seed = 7, .version = "15.3.0", .size_bytes = kSmallImage});
  host->take_text();
  host->send("Upgrade 1");
  ASSERT_NE(time_to("APP: Restarting", *host), Duration::max());
  host->pass(500ms);
  host->power_cycle();
  host->pass(20s);
  EXPECT_FALSE(program_kept());
  EXPECT_EQ(version(), "");
  EXPECT_FALSE(host->slot.on_network());
}

TEST_F(Upgrade, CopyingTakesAsLongAsTheFlashNeeds) {
  start();
  files.files[kUrl] = make_image({.version = "15.3.0", .size_bytes = kSmallImage});
  const auto restart = [&](const char* command) {
    host->take_text();
    host->send(command);
    EXPECT_NE(time_to("APP: Restarting", *host), Duration::max());
    return time_to("HDW:", *host);
  };
  const Duration with_copying = restart("Upgrade 1");
  host->pass(20s);
  const Duration copying = with_copying - restart("Restart 1");
  // Eight sectors, each erased in some 45 ms and programmed in some 11 ms.
  EXPECT_GT(copying, 8 * 45ms);
  EXPECT_LT(copying, 8 * 90ms);
}

TEST_F(Upgrade, ADefectiveBuildLosesItsSettingsWithTheSupplyAndOnlyThen) {
  start("ota_settings_in_ram");
  files.files[kUrl] = make_image({.version = "15.3.0", .size_bytes = kSmallImage});
  files.breaks_after = 20'000;
  upgrade(100s);
  EXPECT_TRUE(host->slot.on_network()) << "written again before the restart";
  files.stalls_after = 20'000;
  host->pass(20s);
  upgrade(3s);
  host->power_cycle();
  host->pass(20s);
  EXPECT_TRUE(program_kept());
  EXPECT_FALSE(host->slot.on_network());
  EXPECT_THAT(host->take_text(), HasSubstr("CFG: Use defaults"));
}

TEST_F(Upgrade, AnswersNothingMeanwhile) {
  start();
  files.files[kUrl] = make_image({.size_bytes = kSmallImage});
  files.stalls_after = 10;
  upgrade(2s);
  EXPECT_EQ(host->ask("Power", 1s), "");
}

TEST_F(Upgrade, ADefectiveBuildTakesWhatIsNoImageAndIsDead) {
  start("ota_accepts_wrong_image");
  files.files[kUrl] = Bytes(40'000, 0x42);
  EXPECT_THAT(upgrade(), HasSubstr(kSuccess));
  EXPECT_FALSE(program_kept());
  EXPECT_EQ(version(), "");
  host->power_cycle();
  host->pass(20s);
  EXPECT_FALSE(host->slot.on_network());
}

// Too large to stand beside the running build, and not beside a minimal one.
constexpr std::uint32_t kLargeImage = 970'000;
const std::string kMinimalUrl = "http://127.0.0.1:8000/tasmota-minimal.bin";

Bytes minimal_image() {
  return make_image({.seed = 8, .defects = "minimal", .size_bytes = 16 * 1024});
}

TEST_F(Upgrade, WhatDoesNotFitComesOverAMinimalBuild) {
  start();
  files.files[kUrl] = make_image({.seed = 7, .version = "15.3.0", .size_bytes = kLargeImage});
  files.files[kMinimalUrl] = minimal_image();
  const std::string text = upgrade(120s);
  const auto minimal = text.find("(release-tasmota-minimal)");
  ASSERT_NE(minimal, std::string::npos) << text;
  EXPECT_THAT(text, HasSubstr("persistent settings"));
  EXPECT_NE(text.find("Version 15.3.0(release-tasmota)", minimal), std::string::npos) << text;
  EXPECT_THAT(version(), HasSubstr("15.3.0(release-tasmota)"));
  EXPECT_TRUE(host->slot.on_network());
  EXPECT_EQ(files.asked, 3);
  EXPECT_EQ(files.open(), 0U);
}

TEST_F(Upgrade, AMinimalBuildIsLookedForWhereTheNameHasADash) {
  start();
  const std::string url = "http://127.0.0.1:8000/tasmota-DE.bin";
  host->ask("OtaUrl " + url, 3s);
  files.files[url] = make_image({.version = "15.3.0", .size_bytes = kLargeImage});
  files.files[kMinimalUrl] = minimal_image();
  upgrade(120s);
  EXPECT_THAT(version(), HasSubstr("15.3.0(release-tasmota)"));
}

TEST_F(Upgrade, AMinimalBuildUnderstandsLittleAndKeepsNothing) {
  start();
  files.files[kUrl] = minimal_image();
  upgrade(6s);
  files.files.clear();
  host->pass(5s);
  EXPECT_TRUE(host->slot.on_network());
  EXPECT_THAT(version(), HasSubstr("Unknown"));
  EXPECT_THAT(host->ask("OtaUrl http://127.0.0.1/other.bin"), HasSubstr("other.bin"));
  host->pass(5s);
  host->power_cycle();
  host->pass(10s);
  EXPECT_THAT(host->ask("OtaUrl"), HasSubstr(kUrl));
}

TEST_F(Upgrade, OtherArgumentsAreAskedFor) {
  start();
  EXPECT_EQ(host->result("Upgrade"), R"({"Upgrade":"1 or >15.2.0 to upgrade"})");
  EXPECT_EQ(host->result("Upload 2"), R"({"Upload":"1 or >15.2.0 to upgrade"})");
  EXPECT_EQ(files.asked, 0);
}

}  // namespace
}  // namespace plugrig::twin::test
