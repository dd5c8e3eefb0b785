#include "sequences/steps/relay_timing.hpp"

#include <numeric>

#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Shows the mean over its last whole refresh of a load that a relay switches.
class AveragingMeter final : public PowerMeter {
 public:
  explicit AveragingMeter(Clock& clock) : clock_(clock) {
    info_.name = "reference";
    info_.refresh = milliseconds{250};
  }
  double load_W = 60;
  std::vector<std::pair<Instant, bool>> changes;  ///< of the relay, in order

  [[nodiscard]] const MeterInfo& info() const override { return info_; }
  PowerReading read(const Deadline& deadline) override {
    clock_.sleep_for(milliseconds{5}, deadline);
    const auto refresh = info_.refresh;
    const auto end = clock_.now() - (clock_.now().time_since_epoch() - milliseconds{70}) % refresh;
    PowerReading reading;
    reading.at = clock_.now() - refresh;
    reading.power_W = 1 + load_W * on_share(end - refresh, end);
    return reading;
  }
  [[nodiscard]] MeterRange range_at(double /*voltage_V*/, double /*current_A*/) const override {
    return {.voltage_V = 300, .current_A = 20};
  }

 private:
  [[nodiscard]] double on_share(Instant begin, Instant end) const {
    Duration on{};
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const auto until = i + 1 < changes.size() ? changes[i + 1].first : end;
      const auto from = std::max(begin, changes[i].first);
      if (changes[i].second && std::min(end, until) > from) on += std::min(end, until) - from;
    }
    return std::chrono::duration<double>(on) / std::chrono::duration<double>(end - begin);
  }

  Clock& clock_;
  MeterInfo info_;
};

class RelayTimings : public RegressionBench {
 protected:
  RelayTimings() {
    odd.instead = [this](const std::string& command) -> std::optional<json> {
      if (!command.starts_with("Power ")) return std::nullopt;
      // The command came half the latency ago; the switchings lie at all phases of the refresh.
      if (!stuck)
        meter.changes.emplace_back(clock().now() - odd.latency + follows_after,
                                   command == "Power ON");
      clock().sleep_for(milliseconds{answers++ % 7 * 3}, {});
      return json{{"POWER", command.substr(6)}};
    };
  }
  RelayTiming time(std::int64_t count) {
    last = context_for("plug.switchings");
    last->devices().network = &odd;
    const auto timing = time_relay(*last, meter, 60, count);
    mean_ms = timing.after_ms.empty()
                  ? -1
                  : std::accumulate(timing.after_ms.begin(), timing.after_ms.end(), 0.0) /
                        static_cast<double>(timing.after_ms.size());
    return timing;
  }

  AveragingMeter meter{clock()};
  Duration follows_after = milliseconds{60};  ///< the relay, after the command was sent
  int answers = 0;
  bool stuck = false;
  double mean_ms = 0;
};

TEST_F(RelayTimings, AreFinerThanTheMetersRefresh) {
  const auto timing = time(40);
  EXPECT_EQ(timing.unseen, 0);
  ASSERT_GT(timing.after_ms.size(), 20U);
  EXPECT_NEAR(mean_ms, 60, 12);
  for (const double after_ms : timing.after_ms) EXPECT_NEAR(after_ms, 60, 35);
}

TEST_F(RelayTimings, ARelayThatFollowsLaterShowsAsSo) {
  time(40);
  const double before_ms = mean_ms;
  follows_after = milliseconds{160};
  time(40);
  EXPECT_NEAR(mean_ms - before_ms, 100, 12);
}

TEST_F(RelayTimings, ARelayThatDoesNotFollowIsTheBuilds) {
  stuck = true;
  try {
    time(4);
    FAIL() << "a relay that stays off was timed";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "plug.relay");
    EXPECT_EQ(fault.blame(), Blame::unit);
  }
}

TEST_F(RelayTimings, WhatIsNotSeenInTimeIsCounted) {
  const auto sound = odd.instead;
  odd.instead = [&, sound](const std::string& command) {
    // The two of learning the levels, then one that is lost.
    stuck = answers == 4;
    return sound(command);
  };
  const auto timing = time(10);
  EXPECT_EQ(timing.unseen + timing.untimed, 2) << "lost, and back to where it was";
}

}  // namespace
}  // namespace plugrig::steps
