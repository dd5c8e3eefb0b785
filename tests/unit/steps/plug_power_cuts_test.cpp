#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A plug that saves a setting a while after it was written, and has then what it saved.
class PowerCuts : public RegressionBench {
 protected:
  PowerCuts() {
    plug.settings["setoption65"] = "1";
    plug.running_template = {{"NAME", "Gosund EP2"}};
    odd.instead = [this](const std::string& command) -> std::optional<json> {
      wake_up();
      if (command.starts_with("TelePeriod ")) {
        writing = command.substr(11);
        written_at = clock().now();
        return json{{"TelePeriod", std::stoi(writing)}};
      }
      return std::nullopt;
    };
  }
  /// The first command after mains came back finds what was saved when it went.
  void wake_up() {
    if (mains.times_on == awake || writing.empty()) return;
    awake = mains.times_on;
    const auto without = mains.on_times.size();
    cut_after.push_back(mains_went_off() - written_at);
    if (cut_after.back() >= saves_after) plug.settings["teleperiod"] = writing;
    if (without == damaged_at) plug.settings["teleperiod"] = "300";
    if (without == forgets_at) plug.running_template = {{"NAME", "Sonoff"}};
  }
  /// 5 s without mains, 0.4 s of switching, and at least 4 s until it answers.
  [[nodiscard]] Instant mains_went_off() { return clock().now() - seconds{9} - milliseconds{400}; }

  std::string writing;
  Instant written_at{};
  Duration saves_after = milliseconds{1500};
  std::vector<Duration> cut_after;
  int awake = 1;
  std::size_t damaged_at = 0, forgets_at = 0;
};

TEST_F(PowerCuts, LeaveTheOldOrTheNewSetting) {
  EXPECT_EQ(run_odd("plug.power_cuts", "{count: 10}"), "");
  EXPECT_EQ(value("settings.damaged"), 0);
  EXPECT_GT(value("settings.unsaved"), 0);
  EXPECT_LT(value("settings.unsaved"), 10) << "cuts lie before and behind the save";
  EXPECT_EQ(mains.times_on, 11);
  EXPECT_EQ(facts["binding"], "shown");
}

TEST_F(PowerCuts, ASettingThatIsNeitherIsDamaged) {
  saves_after = Duration{};
  damaged_at = 3;
  EXPECT_EQ(run_odd("plug.power_cuts", "{count: 5}"), "");
  EXPECT_EQ(value("settings.damaged"), 1);
  EXPECT_TRUE(said("and is 300"));
}

TEST_F(PowerCuts, APlugThatForgetsWhatItIsIsBroken) {
  forgets_at = 2;
  EXPECT_EQ(run_odd("plug.power_cuts", "{count: 5}"), "plug.settings_lost/unit");
}

TEST_F(PowerCuts, AreRefusedWhereShortRunsResetThePlug) {
  plug.settings["setoption65"] = "0";
  EXPECT_EQ(run_odd("plug.power_cuts"), "plug.quick_cycles/config");
  EXPECT_EQ(mains.times_on, 1);
}

}  // namespace
}  // namespace plugrig::steps
