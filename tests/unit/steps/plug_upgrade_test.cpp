#include <filesystem>
#include <fstream>

#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Offers that a fake plug looks at directly.
class FakeFiles final : public FileServer {
 public:
  std::string offer(FileOffer offer) override {
    offers.push_back(std::move(offer));
    offered = true;
    return kUrl;
  }
  [[nodiscard]] FileFetches fetches(const std::string& /*url*/) const override { return fetched; }
  void withdraw(const std::string& url) noexcept override {
    if (url == kUrl) offered = false;
  }

  static constexpr const char* kUrl = "http://10.0.0.1:8000/1/F1.bin";
  std::vector<FileOffer> offers;
  bool offered = false;
  FileFetches fetched;
};

/// A plug that updates itself as the facts say (§16), or not quite.
class PlugUpgrade : public RegressionBench {
 protected:
  PlugUpgrade() {
    // Beside others that run at the same time.
    image_ = std::filesystem::temp_directory_path() /
             (std::string("plugrig-") +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".bin");
    std::ofstream(image_, std::ios::binary) << std::string("\xE9") + std::string(999, 'x');
    plug.settings["otaurl"] = "";
    odd.instead = [this](const std::string& command) { return answer(command); };
  }
  ~PlugUpgrade() override {
    std::filesystem::remove(image_);
    std::filesystem::remove(minimal_path());
  }

  [[nodiscard]] const std::filesystem::path& image() const { return image_; }
  [[nodiscard]] std::filesystem::path minimal_path() const { return image_.string() + ".minimal"; }
  /// As a parameter: a minimal build of 500 bytes.
  [[nodiscard]] std::string minimal() const {
    std::ofstream(minimal_path(), std::ios::binary) << std::string("\xE9") + std::string(499, 'm');
    return ", minimal: " + minimal_path().string();
  }

  std::string upgrade(const std::string& params = "") {
    last = context_for("plug.upgrade", "{image: " + image_.string() + params + "}");
    last->devices().console = nullptr;
    last->devices().network = &odd;
    last->devices().files = with_files ? &files : nullptr;
    std::string outcome;
    try {
      make_registry().find("plug.upgrade")->run(*last);
    } catch (const Fault& fault) {
      outcome = fault.id() + "/" + std::string(to_string(fault.blame()));
      last_fault = fault;
    }
    EXPECT_FALSE(files.offered) << "an offer ends with its step";
    return outcome;
  }

  FakeFiles files;
  bool with_files = true;
  bool fetches = true, checks_images = true, takes_half = false, refuses_all = false;
  bool restarts_after_refusal = true;
  bool stays_minimal = false;
  std::string version = "15.2.0(release-tasmota)", version_after = version;
  std::function<void()> on_update;  ///< what it forgets by it

 private:
  std::optional<json> answer(const std::string& command) {
    if (command == "Status 2") return json{{"StatusFWR", {{"Version", version}}}};
    if (command != "Upgrade 1") return std::nullopt;
    if (fetches) begin_update();
    return json{{"Upgrade", "Version " + version + " from " + plug.settings["otaurl"]}};
  }

  void begin_update() {
    EXPECT_TRUE(files.offered);
    EXPECT_EQ(plug.settings["otaurl"], FakeFiles::kUrl);
    const auto& offer = files.offers.back();
    const bool whole = !offer.cut_after || *offer.cut_after >= offer.bytes.size();
    const bool image = offer.bytes.at(0) == 0xE9;
    if (stays_minimal) {
      ++files.fetched.requests;
      odd.plug().command("Restart", "1", {});
      return;
    }
    const bool taken = !refuses_all && (whole || takes_half) && (image || !checks_images);
    files.fetched.requests += taken ? 1 : 5;
    files.fetched.bytes += std::min(offer.cut_after.value_or(SIZE_MAX), offer.bytes.size());
    if (!taken) {
      if (restarts_after_refusal) odd.plug().command("Restart", "1", {});
      return;
    }
    version = version_after;
    if (on_update) on_update();
    odd.plug().command("Restart", "1", {});
    // What is no image does not run.
    if (!image || !whole) odd.replies_after = odd.answers_after = std::chrono::hours{10};
  }

  std::filesystem::path image_;
};

TEST_F(PlugUpgrade, BringsTheOtherVersionAndKeepsWhatWasSet) {
  version_after = "15.3.0(release-tasmota)";
  plug.settings["devicename"] = "as it was";
  EXPECT_EQ(upgrade(", version: 15.3.0"), "");
  EXPECT_NEAR(value("update.time", "a whole image"), 5.5, 1.5);
  EXPECT_EQ(measured("update.time")->unit, "s");
  EXPECT_EQ(value("update.settings_lost"), 0);
  EXPECT_TRUE(said("15.3.0"));
  EXPECT_EQ(last->known["firmware_version"], version_after) << "what a report names from now on";
  EXPECT_EQ(last->known.count("build_version"), 0U);
  EXPECT_EQ(plug.settings["devicename"], "as it was");
  EXPECT_EQ(plug.settings["teleperiod"], "300");
}

TEST_F(PlugUpgrade, OffersAMinimalBuildBesideAWholeOne) {
  EXPECT_EQ(upgrade(minimal()), "");
  EXPECT_EQ(files.offers.back().bytes.size(), 1000U);
  EXPECT_EQ(files.offers.back().minimal.size(), 500U);
  EXPECT_GT(value("update.time", "a whole image, in two steps"), 0);
  EXPECT_EQ(value("update.settings_lost", "a whole image, in two steps"), 0);
}

TEST_F(PlugUpgrade, NoMinimalBuildIsNone) {
  EXPECT_EQ(upgrade(", minimal: none"), "");
  EXPECT_TRUE(files.offers.back().minimal.empty());
  EXPECT_GT(value("update.time", "a whole image"), 0);
}

TEST_F(PlugUpgrade, WhoStaysInTheMinimalBuildIsNotUpdated) {
  stays_minimal = true;
  EXPECT_EQ(upgrade(minimal()), "plug.upgrade_minimal/unit");
  ASSERT_FALSE(last_fault->evidence().empty());
}

TEST_F(PlugUpgrade, WhoNeverAsksForEitherIsNotTheUnitsFault) {
  fetches = false;
  EXPECT_EQ(upgrade(minimal()), "plug.upgrade_not_fetched/host");
}

/// A plug would not fetch what has no room, and nothing would be shown by that.
TEST_F(PlugUpgrade, WhatItMustNotTakeIsTheMinimalBuild) {
  EXPECT_EQ(upgrade(minimal() + ", cut_after: 100 B, expect: old"), "");
  EXPECT_EQ(files.offers.back().bytes.size(), 500U);
  EXPECT_TRUE(files.offers.back().minimal.empty());
  EXPECT_EQ(upgrade(minimal() + ", cut_after: 600 B, expect: old"), "plug.upgrade_whole/config");
  EXPECT_EQ(upgrade(minimal() + ", garbage: true, expect: refused"), "");
  EXPECT_EQ(files.offers.back().bytes.at(0), 0x16);
}

TEST_F(PlugUpgrade, TellsTheVersionOfTheBuildThatIsCompared) {
  version_after = "15.3.0(release-tasmota)";
  facts["build_file"] = image().string();
  ASSERT_EQ(upgrade(), "");
  EXPECT_EQ(last->known["build_version"], version_after);
}

TEST_F(PlugUpgrade, ALaterReturnShowsInItsTime) {
  ASSERT_EQ(upgrade(), "");
  const auto before_s = value("update.time");
  clock().sleep_for(seconds{20}, {});
  odd.replies_after = odd.answers_after = seconds{14};
  ASSERT_EQ(upgrade(), "");
  EXPECT_NEAR(value("update.time") - before_s, 10, 1.5);
}

TEST_F(PlugUpgrade, WhatIsForgottenIsCounted) {
  on_update = [&] {
    plug.settings["devicename"] = "Tasmota";
    plug.settings["teleperiod"] = "300";
  };
  EXPECT_EQ(upgrade(), "");
  EXPECT_EQ(value("update.settings_lost"), 2);
  EXPECT_TRUE(said("lost: DeviceName"));
}

TEST_F(PlugUpgrade, APlugThatForgetsWhatItIsIsAFault) {
  plug.running_template = {{"NAME", "Gosund EP2"}};
  on_update = [&] { plug.running_template = {{"NAME", "Generic"}}; };
  EXPECT_EQ(upgrade(), "plug.settings_lost/unit");
  EXPECT_EQ(value("update.settings_lost"), 1);
}

TEST_F(PlugUpgrade, AnotherVersionThanWantedIsAFault) {
  EXPECT_EQ(upgrade(", version: 15.3"), "plug.upgrade_version/unit");
}

TEST_F(PlugUpgrade, AnImageThatIsNotTakenIsAFault) {
  refuses_all = true;
  for (const bool restarts : {true, false}) {
    restarts_after_refusal = restarts;
    EXPECT_EQ(upgrade(), "plug.upgrade_refused/unit");
    EXPECT_EQ(measured("update.time"), nullptr) << "no update has no time";
    clock().sleep_for(seconds{20}, {});
  }
}

TEST_F(PlugUpgrade, AWrongImageIsRefused) {
  EXPECT_EQ(upgrade(", garbage: true, expect: refused"), "");
  ASSERT_EQ(files.offers.size(), 1U);
  EXPECT_EQ(files.offers[0].bytes.size(), 1000U);
  EXPECT_EQ(files.offers[0].bytes[0], 0x16);
  EXPECT_EQ(value("update.settings_lost", "a wrong image"), 0);
  EXPECT_EQ(measured("update.time"), nullptr);
}

TEST_F(PlugUpgrade, ABuildThatTakesAWrongImageIsFound) {
  checks_images = false;
  EXPECT_EQ(upgrade(", garbage: true, expect: refused"), "plug.upgrade_wrong_image/unit");
}

TEST_F(PlugUpgrade, ARefusalWithoutRestartIsOneToo) {
  restarts_after_refusal = false;
  EXPECT_EQ(upgrade(", garbage: true, expect: refused"), "");
}

TEST_F(PlugUpgrade, AnotherVersionAfterAWrongImageIsNoRefusal) {
  version_after = "15.3.0(release-tasmota)";
  EXPECT_EQ(upgrade(", expect: refused"), "plug.upgrade_wrong_image/unit");
}

TEST_F(PlugUpgrade, AnInterruptedTransferLeavesWhatRan) {
  EXPECT_EQ(upgrade(", cut_after: 300 B, expect: old"), "");
  EXPECT_EQ(files.offers[0].cut_after, 300U);
  EXPECT_EQ(value("update.settings_lost", "an interrupted transfer"), 0);
}

TEST_F(PlugUpgrade, ABuildThatTakesHalfAnImageIsFound) {
  takes_half = true;
  EXPECT_EQ(upgrade(", cut_after: 300 B, expect: old"), "plug.upgrade_interrupted/unit");
}

TEST_F(PlugUpgrade, AnInterruptionBehindTheEndIsNone) {
  EXPECT_EQ(upgrade(", cut_after: 1000 B, expect: old"), "plug.upgrade_whole/config");
  EXPECT_EQ(upgrade(", expect: old"), "plug.upgrade_whole/config");
}

TEST_F(PlugUpgrade, APlugThatNeverAsksProvesNothing) {
  fetches = false;
  EXPECT_EQ(upgrade(), "plug.upgrade_not_fetched/host");
  EXPECT_EQ(upgrade(", garbage: true, expect: refused"), "plug.upgrade_not_fetched/host");
}

TEST_F(PlugUpgrade, APlugThatDoesNotComeBackFromItsOwnImage) {
  odd.replies_after = odd.answers_after = std::chrono::hours{1};
  clock().sleep_for(std::chrono::hours{2}, {});
  EXPECT_EQ(upgrade(), "plug.not_found/unit");
}

TEST_F(PlugUpgrade, APlugThatDoesNotKeepTheUrlIsNotUpdated) {
  plug.deaf = {"otaurl"};
  EXPECT_EQ(upgrade(), "plug.upgrade_url/unit");
}

TEST_F(PlugUpgrade, ABenchWithoutFilesSaysSo) {
  with_files = false;
  EXPECT_EQ(upgrade(), "slot.no_files/config");
}

}  // namespace
}  // namespace plugrig::steps
