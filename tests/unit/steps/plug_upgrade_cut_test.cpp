// Mains that goes away while a plug updates itself.
#include <filesystem>
#include <fstream>

#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A transfer of a byte a millisecond, for as long as mains is on.
class SlowFiles final : public FileServer {
 public:
  SlowFiles(Clock& clock, FakeMains& mains) : clock_(clock), mains_(mains) {}

  std::string offer(FileOffer offer) override {
    bytes = offer.bytes.size();
    return kUrl;
  }
  [[nodiscard]] FileFetches fetches(const std::string& /*url*/) const override {
    if (began && mains_.on && mains_.times_on == times_on) {
      const auto count = std::max<std::int64_t>((clock_.now() - *began) / milliseconds{1}, 0);
      seen = {count > 0 ? 1 : 0, std::min(static_cast<std::size_t>(count), bytes)};
    }
    return seen;
  }
  void withdraw(const std::string& /*url*/) noexcept override {}

  static constexpr const char* kUrl = "http://10.0.0.1:8000/1/F1.bin";
  std::optional<Instant> began;
  int times_on = 0;
  std::size_t bytes = 0;
  mutable FileFetches seen;  ///< the last before mains went

 private:
  Clock& clock_;
  FakeMains& mains_;
};

class UpgradePowerCut : public RegressionBench {
 protected:
  UpgradePowerCut() {
    image_ = std::filesystem::temp_directory_path() /
             (std::string("plugrig-cut-") +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".bin");
    std::ofstream(image_, std::ios::binary) << std::string("\xE9") + std::string(9999, 'x');
    plug.settings["otaurl"] = "";
    odd.instead = [this](const std::string& command) { return answer(command); };
  }
  ~UpgradePowerCut() override { std::filesystem::remove(image_); }

  std::string upgrade(const std::string& params) {
    last = context_for("plug.upgrade", "{image: " + image_.string() + ", " + params + "}");
    last->devices().console = nullptr;
    last->devices().network = &odd;
    last->devices().files = &files;
    std::string outcome;
    try {
      make_registry().find("plug.upgrade")->run(*last);
    } catch (const Fault& fault) {
      outcome = fault.id() + "/" + std::string(to_string(fault.blame()));
      last_fault = fault;
    }
    facts = last->known;
    return outcome;
  }

  SlowFiles files{clock(), mains};
  bool fetches = true;
  bool survives = true;
  std::string version = "15.2.0(release-tasmota)";
  std::function<void()> on_cut;  ///< what the plug is after it

 private:
  std::optional<json> answer(const std::string& command) {
    if (files.began && mains.times_on != files.times_on && on_cut) std::exchange(on_cut, {})();
    if (command == "Status 2") return json{{"StatusFWR", {{"Version", version}}}};
    if (command != "Upgrade 1") return std::nullopt;
    if (fetches) files.began = clock().now() + seconds{1};
    files.times_on = mains.times_on;
    if (!survives) odd.replies_after = odd.answers_after = hours{10};
    return json{{"Upgrade", "Version " + version}};
  }

  std::filesystem::path image_;
};

TEST_F(UpgradePowerCut, InTheTransferLeavesWhatRan) {
  plug.settings["devicename"] = "as it was";
  EXPECT_EQ(upgrade("power_cut_after: 4 kB, expect: old"), "");
  EXPECT_EQ(mains.times_on, 2);
  EXPECT_GE(files.seen.bytes, 4000U);
  EXPECT_LT(files.seen.bytes, 4200U) << "it is cut at once";
  EXPECT_EQ(value("update.settings_lost", "a power cut in the transfer"), 0);
  EXPECT_EQ(measured("update.time"), nullptr);
  EXPECT_EQ(facts["binding"], "shown") << "who was without mains may have been exchanged";
  EXPECT_EQ(plug.settings["devicename"], "as it was");
}

TEST_F(UpgradePowerCut, LastsAsLongAsItShall) {
  const auto began = clock().now();
  ASSERT_EQ(upgrade("power_cut_after: 4 kB, expect: old, off: 60 s"), "");
  EXPECT_GT(clock().now() - began, seconds{60});
}

TEST_F(UpgradePowerCut, ABuildThatDoesNotComeBackIsFound) {
  survives = false;
  EXPECT_EQ(upgrade("power_cut_after: 4 kB, expect: old"), "plug.upgrade_power_cut/unit");
}

TEST_F(UpgradePowerCut, ABuildThatForgetsIsFound) {
  on_cut = [this] { plug.settings["teleperiod"] = "300"; };
  EXPECT_EQ(upgrade("power_cut_after: 4 kB, expect: old"), "");
  EXPECT_EQ(value("update.settings_lost"), 1);
}

TEST_F(UpgradePowerCut, AnotherVersionAfterHalfAnImageIsAFault) {
  on_cut = [this] { version = "15.3.0(release-tasmota)"; };
  EXPECT_EQ(upgrade("power_cut_after: 4 kB, expect: old"), "plug.upgrade_power_cut/unit");
}

TEST_F(UpgradePowerCut, ACutThatComesTooLateProvesNothing) {
  EXPECT_EQ(upgrade("power_cut_after: 10 kB, expect: old"), "plug.upgrade_whole/config");
  EXPECT_EQ(upgrade("power_cut_after: 9999 B, expect: old"), "plug.upgrade_over/config");
}

TEST_F(UpgradePowerCut, APlugThatNeverAsksIsNotCut) {
  fetches = false;
  EXPECT_EQ(upgrade("power_cut_after: 4 kB, expect: old"), "plug.upgrade_not_fetched/host");
  EXPECT_EQ(mains.times_on, 1);
}

TEST_F(UpgradePowerCut, WhileCopyingIsMeasured) {
  EXPECT_EQ(upgrade("power_cut_copying: 3 s, expect: any"), "");
  EXPECT_EQ(files.seen.bytes, 10'000U);
  EXPECT_EQ(value("update.survived"), 1);
}

TEST_F(UpgradePowerCut, APlugThatIsDeadAfterItsCopyingIsMeasuredToo) {
  survives = false;
  EXPECT_EQ(upgrade("power_cut_copying: 3 s, expect: any"), "");
  EXPECT_EQ(value("update.survived"), 0);
}

TEST_F(UpgradePowerCut, WhatIsExpectedMustFit) {
  for (const char* wrong :
       {"power_cut_after: 4 kB, expect: taken", "power_cut_after: 4 kB, expect: any",
        "power_cut_copying: 3 s, expect: taken", "power_cut_copying: 3 s", "expect: any"})
    EXPECT_EQ(upgrade(wrong), "plug.upgrade_expect/config") << wrong;
  EXPECT_EQ(mains.times_on, 1);
}

}  // namespace
}  // namespace plugrig::steps
