#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;

/// The supply of an access point that starts some time after it got it.
class FakeSupply final : public AccessPointSupply {
 public:
  FakeSupply(OddNetwork& network, Clock& clock) : network_(network), clock_(clock) {}

  Duration starts = seconds{15};
  bool wired = true;                ///< false: the plug's access point is another one
  std::function<void()> meanwhile;  ///< what the loss does to the plug
  Duration at_most{};
  int taken = 0, given_back = 0;

  void take_away(Duration time, const Deadline& /*deadline*/) override {
    ++taken;
    at_most = time;
    network_.away = wired;
    if (meanwhile) meanwhile();
  }
  void give_back(const Deadline& deadline) override {
    EXPECT_FALSE(deadline.stop.stop_requested());
    ++given_back;
    network_.away = false;
    network_.back_from = clock_.now() + starts;
  }

 private:
  OddNetwork& network_;
  Clock& clock_;
};

class PlugWifiLoss : public RegressionBench {
 protected:
  PlugWifiLoss() { access_point = &supply; }

  FakeSupply supply{odd, clock()};
};

TEST_F(PlugWifiLoss, TheReturnIsTimedFromTheSupplyOn) {
  EXPECT_EQ(run_odd("plug.wifi_loss"), "") << (last_fault ? last_fault->what() : "");
  EXPECT_NEAR(value("wifi.return_time"), 15, 1.2);
  EXPECT_EQ(value("boot.restarts", "while the network was away"), 0);
  EXPECT_EQ(supply.taken, 1);
  EXPECT_EQ(supply.given_back, 1);
  EXPECT_GT(supply.at_most, seconds{20}) << "the timer must not end the loss";
  EXPECT_TRUE(plug.relay);
}

TEST_F(PlugWifiLoss, ABuildThatComesLaterShows) {
  ASSERT_EQ(run_odd("plug.wifi_loss"), "");
  const auto before_s = value("wifi.return_time");
  supply.starts = seconds{35};
  ASSERT_EQ(run_odd("plug.wifi_loss"), "");
  EXPECT_NEAR(value("wifi.return_time") - before_s, 20, 2);
}

TEST_F(PlugWifiLoss, ABenchThatCannotDoItIsRefusedBeforeMains) {
  mains.on = false;
  access_point = nullptr;
  EXPECT_EQ(run_odd("plug.wifi_loss"), "bench.no_access_point/config");
  EXPECT_FALSE(mains.on);
}

TEST_F(PlugWifiLoss, APlugThatStillAnswersHasLostNothing) {
  supply.wired = false;
  EXPECT_EQ(run_odd("plug.wifi_loss"), "bench.access_point/fixture");
  EXPECT_EQ(measured("wifi.return_time"), nullptr);
  EXPECT_EQ(supply.given_back, 1);
}

TEST_F(PlugWifiLoss, ARestartIsTheBuildsFault) {
  supply.meanwhile = [&] { plug.boot(clock().now(), "CFG: Loaded from flash at F9, Count 12"); };
  EXPECT_EQ(run_odd("plug.wifi_loss"), "plug.wifi.restarts/unit");
  EXPECT_EQ(value("boot.restarts"), 1);
  EXPECT_NEAR(value("wifi.return_time"), 15, 1.2) << "it is measured all the same";
}

TEST_F(PlugWifiLoss, ARelayThatNobodySwitchedIsTheBuildsFault) {
  supply.meanwhile = [&] { plug.relay = false; };
  EXPECT_EQ(run_odd("plug.wifi_loss"), "plug.wifi.relay/unit");
}

TEST_F(PlugWifiLoss, APlugThatStaysAwayIsFound) {
  supply.starts = seconds{500};
  EXPECT_EQ(run_odd("plug.wifi_loss", "{within: 30 s}"), "plug.not_found/unit");
  EXPECT_EQ(measured("wifi.return_time"), nullptr) << "no time is no long time";
  EXPECT_EQ(supply.given_back, 1);
}

TEST_F(PlugWifiLoss, WhateverEndsItGivesTheSupplyBack) {
  deadline = Deadline{clock().now() + seconds{20}, {}};
  EXPECT_EQ(run_odd("plug.wifi_loss", "{away: 60 s}"), "step.no_time/config");
  EXPECT_EQ(supply.given_back, 1);
  EXPECT_FALSE(odd.away);
}

TEST_F(PlugWifiLoss, AStopToo) {
  std::stop_source stop;
  stop.request_stop();
  deadline = Deadline{Instant::max(), {}};
  supply.meanwhile = [&] { last->set_deadline({Instant::max(), stop.get_token()}); };
  EXPECT_THROW(run_odd("plug.wifi_loss"), Stopped);
  EXPECT_EQ(supply.given_back, 1);
}

}  // namespace
}  // namespace plugrig::steps
