#include <gtest/gtest.h>

#include <random>

#include "console_plug.hpp"
#include "drivers/tasmota/console.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;

/// A bad contact: bytes flip, vanish and appear, in both directions.
class Noise {
 public:
  Noise(std::uint64_t seed, double rate) : random_(seed), rate_(rate) {}

  std::string operator()(std::string text) {
    std::string out;
    for (const char c : text) {
      if (!hit()) {
        out += c;
        continue;
      }
      switch (random_() % 3) {
        case 0:
          break;
        case 1:
          out += static_cast<char>(static_cast<unsigned char>(c) ^ (1U << (random_() % 8)));
          break;
        default:
          out += c;
          out += static_cast<char>(random_());
      }
    }
    return out;
  }

 private:
  bool hit() { return std::uniform_real_distribution<>(0, 1)(random_) < rate_; }

  std::mt19937_64 random_;
  double rate_;
};

struct Tally {
  int right = 0;
  int wrong = 0;
  int faults = 0;
};

/// Asks for a constant many times.
Tally ask_through(Noise noise, int times) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  seat->enter();
  test::ConsolePlug plug(*clock);
  plug.on_wire = [&](std::string line) { return noise(std::move(line)); };
  plug.to_plug = [&](std::string text) { return noise(std::move(text)); };
  SerialConsole console(plug, *clock);
  Tally tally;
  for (int i = 0; i < times; ++i) {
    const Instant begin = clock->now();
    try {
      const auto answer = console.command("VoltageCal", "", {.at = begin + 5s});
      EXPECT_EQ(answer.size(), 1U) << answer;
      const bool right = answer.contains("VoltageCal") && answer["VoltageCal"] == 1950;
      ++(right ? tally.right : tally.wrong);
    } catch (const Fault& fault) {
      EXPECT_TRUE(fault.id().starts_with("plug.")) << fault.what();
      ++tally.faults;
    }
    EXPECT_LE(clock->now() - begin, 5s);
  }
  return tally;
}

TEST(NoisyConsole, ACleanLineIsAlwaysRight) {
  const Tally tally = ask_through({1, 0}, 100);
  EXPECT_EQ(tally.right, 100);
}

TEST(NoisyConsole, RareNoiseIsOvercome) {
  const Tally tally = ask_through({2, 0.001}, 1000);
  EXPECT_GE(tally.right, 980);
  // A flipped digit inside an answer cannot be seen: that is why callers read back.
  EXPECT_LE(tally.wrong, 5);
}

TEST(NoisyConsole, HeavyNoiseGivesFaultsInTime) {
  const Tally tally = ask_through({3, 0.05}, 300);
  EXPECT_GT(tally.faults, 100);
  EXPECT_LE(tally.wrong, 30);
}

}  // namespace
}  // namespace plugrig::tasmota
