#include "sequences/steps/energy_integral.hpp"
#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using PlugStandby = RegressionBench;

TEST_F(PlugStandby, IsWhatTheReferenceSeesWithTheRelayOff) {
  EXPECT_EQ(run_odd("plug.standby"), "");
  EXPECT_NEAR(value("standby.power"), 1, 1e-9);
  EXPECT_NEAR(value("standby.scatter"), 0, 1e-9);
  EXPECT_GT(measured("standby.power")->samples.size(), 10U);
  EXPECT_FALSE(plug.relay);
}

TEST_F(PlugStandby, IsNotMeasuredWhereTheReferenceIsBehindTheRelay) {
  facts["reference_place"] = "downstream";
  EXPECT_EQ(run_odd("plug.standby"), "");
  EXPECT_TRUE(last->measurements.empty()) << "0 W would be no consumption but no reading";
}

TEST_F(PlugStandby, NeedsAMeterThatMeasuresPower) {
  mains.measures_power = false;
  EXPECT_EQ(run_odd("plug.standby"), "meter.no_power/instrument");
}

using EnergyOverTime = RegressionBench;

TEST_F(EnergyOverTime, OfThePlugIsHeldAgainstTheReference) {
  plug.settings["energyres"] = "3";
  EXPECT_EQ(run_odd("plug.energy_counter", "{load: 500 W, time: 60 s}"), "");
  EXPECT_NEAR(value("energy.error"), 0, 0.4);
  EXPECT_EQ(measured("energy.error")->condition, "500 W for 60 s");
  EXPECT_EQ(plug.settings["energyres"], "3") << "given back";
  EXPECT_EQ(mains.load_W, 0);
}

TEST_F(EnergyOverTime, ACounterThatCountsTooMuchShows) {
  plug.settings["energyres"] = "3";
  odd.energy_gain = 1.05;
  ASSERT_EQ(run_odd("plug.energy_counter"), "");
  EXPECT_NEAR(value("energy.error"), 5, 0.4);
}

TEST_F(EnergyOverTime, ACounterThatStandsStillIsBroken) {
  plug.settings["energyres"] = "3";
  odd.energy_gain = 0;
  EXPECT_EQ(run_odd("plug.energy_counter"), "plug.energy_still/unit");
  EXPECT_EQ(mains.load_W, 0);
}

TEST(EnergyIntegral, IsTheAreaUnderStraightLines) {
  const Instant zero{};
  EnergyIntegral integral;
  for (int i = 0; i <= 60; ++i) integral.add(zero + seconds{i}, i < 30 ? 1000 : 2000);
  EXPECT_NEAR(integral.between_Wh(zero, zero + seconds{60}, seconds{2}).value(),
              (29 * 1000 + 1500 + 30 * 2000) / 3600.0, 1e-9);
  EXPECT_NEAR(
      integral.between_Wh(zero + milliseconds{500}, zero + milliseconds{1500}, seconds{2}).value(),
      1000 / 3600.0, 1e-9);
}

TEST(EnergyIntegral, IsNothingWithAHoleInIt) {
  const Instant zero{};
  EnergyIntegral integral;
  EXPECT_FALSE(integral.between_Wh(zero, zero + seconds{10}, seconds{2}));
  integral.add(zero, 100);
  integral.add(zero + seconds{1}, 100);
  integral.add(zero + seconds{1}, 900);
  integral.add(zero + seconds{6}, 100);
  EXPECT_EQ(integral.readings(), 3U);
  EXPECT_FALSE(integral.between_Wh(zero, zero + seconds{6}, seconds{2}));
  EXPECT_TRUE(integral.between_Wh(zero, zero + seconds{6}, seconds{6}));
}

class PlugSoak : public RegressionBench {
 protected:
  PlugSoak() {
    odd.instead = [this](const std::string& command) -> std::optional<json> {
      if (command == "Status 1") return json{{"StatusPRM", {{"RestartReason", "Exception"}}}};
      if (command != "Status 11") return std::nullopt;
      const auto up_s = std::chrono::duration<double>(clock().now() - up_since).count();
      return json{{"StatusSTS",
                   {{"UptimeSec", std::floor(up_s)}, {"Heap", heap_kB - lost_kB * up_s / 60}}}};
    };
  }
  Instant up_since{};
  double heap_kB = 27;
  double lost_kB = 0;  ///< a minute
};

TEST_F(PlugSoak, OfASoundPlugShowsNothing) {
  const auto began = clock().now();
  EXPECT_EQ(run_odd("plug.soak"), "");
  EXPECT_GE(clock().now() - began, minutes{10});
  EXPECT_EQ(value("soak.restarts"), 0);
  EXPECT_EQ(value("soak.unanswered"), 0);
  EXPECT_NEAR(value("soak.heap_slope"), 0, 1e-6);
  EXPECT_NEAR(value("soak.heap_lowest"), 27, 1e-9);
}

TEST_F(PlugSoak, ALeakIsASlope) {
  lost_kB = 0.5;
  ASSERT_EQ(run_odd("plug.soak", "{time: 20 min}"), "");
  EXPECT_NEAR(value("soak.heap_slope"), -512, 2);
  EXPECT_LT(value("soak.heap_lowest"), 17.1);
}

TEST_F(PlugSoak, RestartsAreCountedWithTheirReason) {
  const auto sound = odd.instead;
  const auto began = clock().now();
  odd.instead = [&, sound](const std::string& command) {
    for (const auto at : {seconds{100}, seconds{300}})
      if (clock().now() - began > at && up_since < began + at) up_since = clock().now();
    return sound(command);
  };
  ASSERT_EQ(run_odd("plug.soak"), "");
  EXPECT_EQ(value("soak.restarts"), 2);
  EXPECT_TRUE(said("Exception"));
}

TEST_F(PlugSoak, SilenceIsCountedUntilThePlugIsGone) {
  const auto sound = odd.instead;
  int asked = 0;
  int silent_from = 5;
  int silent_to = 8;
  odd.instead = [&, sound](const std::string& command) {
    ++asked;
    if (asked >= silent_from && asked < silent_to)
      throw Fault("plug.silent", Blame::contact, "No answer.", "Look.");
    return sound(command);
  };
  EXPECT_EQ(run_odd("plug.soak"), "");
  EXPECT_EQ(value("soak.unanswered"), 3);
  asked = 0;
  silent_to = 1000;
  EXPECT_EQ(run_odd("plug.soak"), "plug.silent/contact");
}

TEST_F(PlugSoak, UnderLoadHoldsItForTheTime) {
  EXPECT_EQ(run_odd("plug.soak", "{load: 500 W, time: 2 min}"), "");
  EXPECT_EQ(mains.leased_for, std::vector<std::string>{"plug.soak"});
  EXPECT_EQ(mains.load_W, 0);
  EXPECT_EQ(run_odd("plug.soak", "{load: 500 W, time: 30 min}"), "plug.soak_load/config");
}

}  // namespace
}  // namespace plugrig::steps
