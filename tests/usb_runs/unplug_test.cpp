#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include "tests/usb_runs/usb_run.hpp"

namespace plugrig::test {
namespace {

using ::testing::IsEmpty;

/// Pulls one adapter's plug again and again at random moments, until told to end.
class Puller {
 public:
  Puller(EmulatedBench& bench, std::string adapter, std::uint64_t seed)
      : bench_(bench), adapter_(std::move(adapter)), random_(seed) {
    thread_ = std::jthread([this](const std::stop_token& stop) { pull(stop); });
  }
  int end() {
    thread_.request_stop();
    thread_.join();
    return pulls_;
  }

 private:
  Duration between(int low_ms, int high_ms) {
    return std::chrono::milliseconds{std::uniform_int_distribution<int>(low_ms, high_ms)(random_)};
  }
  void pull(const std::stop_token& stop) {
    const auto wait = [&](Duration time) {
      return clock_->wait({}, {clock_->now() + time, stop}) != WaitResult::stopped;
    };
    while (wait(between(200, 4000))) {
      bench_.unplug(adapter_);
      ++pulls_;
      wait(between(20, 800));
      bench_.plug(adapter_);
    }
  }

  EmulatedBench& bench_;
  const std::string adapter_;
  std::mt19937_64 random_;
  const std::unique_ptr<Clock> clock_ = make_real_clock();
  int pulls_ = 0;
  std::jthread thread_;
};

TEST(UsbUnplug, NeverPassesAWrongUnitAndOtherAdaptersNeverNotice) {
  UsbRun run("unplug");
  const int wanted = long_tests() ? 200 : 4;
  const auto seed = static_cast<std::uint64_t>(20'261'125);
  int pulls = 0;
  for (int round = 0; pulls < wanted && round < 10 * wanted; ++round) {
    Puller puller(run.bench(), "quad", seed + static_cast<std::uint64_t>(round));
    const auto result = run.run({"--slots", "D1,Q1,Q4", "--stages", "flash"});
    pulls += puller.end();
    EXPECT_EQ(result.verdict("D1"), "pass") << "another adapter's slot\n" << result.told();
    for (const auto* slot : {"Q1", "Q4"}) {
      const auto verdict = result.verdict(slot);
      if (verdict == "pass") {
        EXPECT_TRUE(run.holds_image(slot)) << "round " << round;
      }
      EXPECT_NE(verdict, "fail") << "a pulled cable is not the unit's fault\n" << result.told();
      EXPECT_NE(verdict, "") << result.told();
    }
  }
  std::cout << pulls << " pulls, seed " << seed << "\n";
  EXPECT_GE(pulls, wanted);
  // The same adapter is back: the slots work again.
  const auto after = run.run({"--slots", "Q1", "--stages", "flash"});
  EXPECT_EQ(after.verdict("Q1"), "pass") << after.told();
}

}  // namespace
}  // namespace plugrig::test
