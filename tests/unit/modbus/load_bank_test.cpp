#include "drivers/load/load_bank.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <deque>
#include <random>

#include "tests/unit/modbus/fake_board.hpp"
#include "tests/unit/modbus/fault_of.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::load::test {
namespace {

using namespace std::chrono_literals;
using modbus::test::fault_of;
using modbus::test::VirtualTime;

LoadElement resistor(double ohm, double rating, int relay, double duty = 1) {
  return {.name = "R" + std::to_string(relay),
          .resistance_Ohm = ohm,
          .rating_W = rating,
          .duty = duty,
          .duty_period = 10min,
          .relay = relay};
}

/// 60 W, 500 W, and 1 kW twice at 230 V.
LoadBankSpec four_resistors(double duty = 1) {
  return {.name = "four",
          .elements = {resistor(882, 75, 1), resistor(106, 625, 2), resistor(53, 1250, 3, duty),
                       resistor(53, 1250, 4, duty)}};
}

struct Bank {
  VirtualTime time;
  FakeBoard board{*time.clock};
  RelayLoadBank bank;
  explicit Bank(LoadBankSpec spec = four_resistors()) : bank(*time.clock, board, std::move(spec)) {}
  [[nodiscard]] Deadline soon() const { return time.in(1s); }
};

struct Point {
  double watts, volts;
  std::vector<int> elements;
};

TEST(LoadBankChoice, NearestCombination) {
  const Bank bench;
  const std::vector<Point> points{
      {60, 230, {0}},      {500, 230, {1}},     {560, 230, {0, 1}},     {1000, 230, {2}},
      {1500, 230, {1, 2}}, {2000, 230, {2, 3}}, {2500, 230, {1, 2, 3}}, {2560, 230, {0, 1, 2, 3}},
      {1060, 230, {0, 2}}, {0, 230, {}},        {15, 115, {0}},         {550, 230, {0, 1}},
  };
  for (const Point& point : points) {
    const LoadSetting setting = bench.bank.choose(point.watts, point.volts);
    EXPECT_EQ(setting.elements, point.elements) << point.watts << " W";
    EXPECT_NEAR(setting.nominal_W, point.watts, 0.15 * point.watts);
    EXPECT_NEAR(setting.nominal_A * point.volts, setting.nominal_W, 1e-9);
  }
}

TEST(LoadBankChoice, Refusals) {
  const Bank bench;
  EXPECT_EQ(fault_of([&] { (void)bench.bank.choose(200, 230); }).id(), "load.no_combination");
  EXPECT_EQ(fault_of([&] { (void)bench.bank.choose(5, 230); }).id(), "load.no_combination");
  EXPECT_EQ(fault_of([&] { (void)bench.bank.choose(9000, 230); }).id(), "load.no_combination");
  const Fault rating = fault_of([&] { (void)bench.bank.choose(1358, 268); });
  EXPECT_EQ(rating.id(), "load.rating");
  EXPECT_EQ(rating.blame(), Blame::config);
  for (const double watts : {-1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_EQ(fault_of([&] { (void)bench.bank.choose(watts, 230); }).id(), "load.config");
  }
  EXPECT_EQ(fault_of([&] { (void)bench.bank.choose(100, 0); }).id(), "load.config");
}

TEST(LoadBankChoice, ContactsAndWiring) {
  Bank weak_contacts;
  weak_contacts.board.contact = 3;
  EXPECT_EQ(fault_of([&] { (void)weak_contacts.bank.choose(1000, 230); }).id(), "load.rating");
  EXPECT_EQ(weak_contacts.bank.choose(500, 230).elements, std::vector<int>{1});

  LoadBankSpec thin = four_resistors();
  thin.wiring_rating_A = 6;
  const Bank thin_wires(std::move(thin));
  EXPECT_EQ(fault_of([&] { (void)thin_wires.bank.choose(2000, 230); }).id(), "load.rating");
  EXPECT_EQ(thin_wires.bank.rating_A(), 6);
  EXPECT_NEAR(Bank().bank.rating_A(),
              std::sqrt(75.0 / 882) + std::sqrt(625.0 / 106) + 2 * std::sqrt(1250.0 / 53), 1e-9);
}

TEST(LoadBankSpecification, WhatCannotBeIsRefused) {
  const VirtualTime time;
  FakeBoard board(*time.clock);
  const auto refused = [&](LoadBankSpec spec) {
    EXPECT_EQ(fault_of([&] { RelayLoadBank(*time.clock, board, std::move(spec)); }).id(),
              "load.config");
  };
  refused({});
  refused({.elements = std::vector<LoadElement>(13, resistor(100, 600, 1))});
  refused({.elements = {resistor(0, 600, 1)}});
  refused({.elements = {resistor(100, -1, 1)}});
  refused({.elements = {resistor(100, 600, 13)}});
  refused({.elements = {resistor(100, 600, 0)}});
  refused({.elements = {resistor(100, 600, 1, 0)}});
  refused({.elements = {resistor(100, 600, 1, 1.1)}});
  refused({.elements = {resistor(100, 600, 1), resistor(100, 600, 1)}});
  board.rated = false;
  refused({.elements = {resistor(100, 600, 1)}});
  LoadElement behind = resistor(53, 1250, 1);
  behind.contactor_A = 20;
  EXPECT_NO_THROW(RelayLoadBank(*time.clock, board, {.elements = {behind}}));
}

TEST(LoadBankSwitching, OffBeforeOn) {
  Bank bench;
  bench.bank.off(bench.soon());
  EXPECT_EQ(bench.board.commands, (std::vector<int>{-1, -2, -3, -4}));
  bench.board.commands.clear();
  bench.bank.apply(bench.bank.choose(1000, 230), bench.soon());
  bench.bank.apply(bench.bank.choose(500, 230), bench.soon());
  EXPECT_EQ(bench.board.commands, (std::vector<int>{3, -3, 2}));
  bench.board.commands.clear();
  bench.bank.apply(bench.bank.choose(0, 230), bench.soon());
  EXPECT_EQ(bench.board.commands, std::vector<int>{-2});
}

TEST(LoadBankSwitching, AtFirstEveryElementMayBeOn) {
  Bank bench;
  bench.bank.apply(bench.bank.choose(500, 230), bench.soon());
  EXPECT_EQ(bench.board.commands, (std::vector<int>{-1, -3, -4, 2}));
}

TEST(LoadBankSwitching, AFaultEndsWithEverythingOff) {
  Bank bench;
  bench.bank.off(bench.soon());
  bench.board.dead = {4};
  EXPECT_EQ(fault_of([&] { bench.bank.apply(bench.bank.choose(2000, 230), bench.soon()); }).id(),
            "relay.timeout");
  EXPECT_FALSE(bench.board.is_on(3));
  EXPECT_EQ(fault_of([&] { bench.bank.off(bench.soon()); }).id(), "relay.timeout")
      << "what did not answer may still be on";
}

TEST(LoadBankSwitching, ADeadRelayDoesNotKeepTheOthersOn) {
  Bank bench;
  bench.bank.apply(bench.bank.choose(2560, 230), bench.soon());
  bench.board.dead = {1};
  EXPECT_EQ(fault_of([&] { bench.bank.off(bench.soon()); }).id(), "relay.timeout");
  for (const int relay : {2, 3, 4}) EXPECT_FALSE(bench.board.is_on(relay));
}

TEST(LoadBankSwitching, OffDuringApplyWins) {
  Bank bench;
  bench.bank.off(bench.soon());
  bool called = false;
  bench.board.before_command = [&](int relay, bool on) {
    if (!on || relay != 3 || called) return;
    called = true;
    bench.bank.off(bench.soon());  // as from another thread
  };
  EXPECT_EQ(fault_of([&] { bench.bank.apply(bench.bank.choose(2000, 230), bench.soon()); }).id(),
            "load.overtaken");
  for (int relay = 1; relay <= 4; ++relay) EXPECT_FALSE(bench.board.is_on(relay)) << relay;
}

TEST(LoadBankSwitching, SettingsOfAnotherBankAreRefused) {
  Bank bench;
  for (const std::vector<int>& elements : {std::vector<int>{4}, {-1}, {1, 1}}) {
    LoadSetting setting;
    setting.elements = elements;
    setting.at_V = 230;
    EXPECT_EQ(fault_of([&] { bench.bank.apply(setting, bench.soon()); }).id(), "load.config");
  }
  LoadSetting hot;
  hot.elements = {0};
  hot.at_V = 400;
  EXPECT_EQ(fault_of([&] { bench.bank.apply(hot, bench.soon()); }).id(), "load.rating");
  EXPECT_TRUE(bench.board.commands.empty());
}

TEST(LoadBankDuty, IsSpentAndComesBack) {
  Bank bench(four_resistors(0.5));
  EXPECT_EQ(bench.bank.choose(2000, 230).may_stay, 5min);
  EXPECT_EQ(bench.bank.choose(60, 230).may_stay, Duration::max());
  bench.bank.apply(bench.bank.choose(2000, 230), bench.soon());
  EXPECT_EQ(bench.bank.off_due().value() - bench.time.clock->now(), 5min);
  bench.time.clock->sleep_for(295s, {});
  bench.bank.off(bench.soon());
  EXPECT_FALSE(bench.bank.off_due());
  EXPECT_EQ(fault_of([&] { (void)bench.bank.choose(2000, 230); }).id(), "load.duty");
  bench.time.clock->sleep_for(310s, {});
  EXPECT_GE(bench.bank.choose(2000, 230).may_stay, 10s);
}

TEST(LoadBankDuty, ASettingChosenLongAgoIsJudgedAgain) {
  Bank bench(four_resistors(0.5));
  const LoadSetting setting = bench.bank.choose(2000, 230);
  bench.bank.apply(setting, bench.soon());
  bench.time.clock->sleep_for(299s, {});
  bench.bank.off(bench.soon());
  EXPECT_EQ(fault_of([&] { bench.bank.apply(setting, bench.soon()); }).id(), "load.duty");
}

TEST(LoadBankDuty, TheBoardsOwnTimerKeepsIt) {
  Bank bench(four_resistors(0.5));
  bench.board.longest = 1h;
  bench.bank.apply(bench.bank.choose(2060, 230), bench.soon());
  bench.time.clock->sleep_for(301s, {});
  EXPECT_TRUE(bench.board.is_on(1)) << "it may stay for ever";
  EXPECT_FALSE(bench.board.is_on(3));
  EXPECT_FALSE(bench.board.is_on(4));
}

/// On-time of a relay within any window, looked at independently of the bank's own book.
struct Watch {
  std::deque<std::pair<Instant, Instant>> spans;
  [[nodiscard]] Duration within(Instant from, Instant to) const {
    Duration sum{};
    for (const auto& [begin, end] : spans) {
      sum += std::max(Duration::zero(), std::min(end, to) - std::max(begin, from));
    }
    return sum;
  }
};

TEST(LoadBankSweep, NeverBeyondAnyRating) {
  std::mt19937_64 random(20260417);
  const auto even = [&](double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(random);
  };
  int applied = 0;
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    const int count = 1 + static_cast<int>(random() % 8);
    LoadBankSpec spec{.name = "swept", .wiring_rating_A = even(4, 20)};
    for (int i = 1; i <= count; ++i) {
      spec.elements.push_back(
          resistor(even(20, 900), even(50, 2500), i, random() % 2 == 0 ? 1.0 : even(0.05, 0.95)));
      spec.elements.back().duty_period = std::chrono::seconds{60 + random() % 600};
    }
    Bank bench(spec);
    bench.board.contact = even(2, 16);
    bench.bank.off(bench.soon());
    std::vector<Watch> watches(spec.elements.size());
    for (int step = 0; step < 60; ++step) {
      const double volts = even(200, 260);
      try {
        const LoadSetting setting = bench.bank.choose(even(20, 4000), volts);
        bench.bank.apply(setting, bench.soon());
        ++applied;
        double amperes = 0;
        const Instant begin = bench.time.clock->now();
        const Duration stay =
            std::min<Duration>(setting.may_stay, std::chrono::seconds{random() % 120});
        bench.time.clock->sleep_for(stay, {});
        const Instant end = bench.time.clock->now();
        for (std::size_t i = 0; i < spec.elements.size(); ++i) {
          if (!bench.board.is_on(spec.elements[i].relay)) continue;
          const double own = volts / spec.elements[i].resistance_Ohm;
          amperes += own;
          ASSERT_LE(own * volts, spec.elements[i].rating_W);
          ASSERT_LE(own, bench.board.contact);
          watches[i].spans.emplace_back(begin, end);
          const Duration period = spec.elements[i].duty_period;
          const double share = static_cast<double>(watches[i].within(end - period, end).count()) /
                               static_cast<double>(period.count());
          ASSERT_LE(share, spec.elements[i].duty + 1e-6) << "round " << round << " step " << step;
        }
        ASSERT_LE(amperes, spec.wiring_rating_A);
        if (random() % 3 == 0) bench.bank.off(bench.soon());
      } catch (const Fault& fault) {
        ++refused;
        ASSERT_TRUE(fault.id() == "load.rating" || fault.id() == "load.duty" ||
                    fault.id() == "load.no_combination")
            << fault.what();
        bench.bank.off(bench.soon());
      }
      bench.time.clock->sleep_for(std::chrono::seconds{random() % 30}, {});
      bench.bank.off(bench.soon());
    }
  }
  std::printf("applied %d, refused %d\n", applied, refused);
  EXPECT_GT(applied, 300);
  EXPECT_GT(refused, 500);
}

TEST(Duty, LeftIsAsMuchAsAnyWindowAllows) {
  // Compared with a slow search on a grid of seconds.
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const int period = 20 + static_cast<int>(random() % 60);
    const int allowed = 1 + static_cast<int>(random() % static_cast<unsigned>(period - 1));
    DutyMeter meter(static_cast<double>(allowed) / period, std::chrono::seconds{period});
    std::vector<bool> on;
    while (on.size() < 200) {
      const Instant now{std::chrono::seconds{on.size()}};
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(meter.left(now)).count();
      const auto spent = [&](long extra) {  // seconds on in the worst window when on for `extra`
        long worst = 0;
        std::vector<bool> then = on;
        for (long i = 0; i < extra; ++i) {
          then.push_back(true);
          long sum = 0;
          for (std::size_t k = then.size() > static_cast<std::size_t>(period)
                                   ? then.size() - static_cast<std::size_t>(period)
                                   : 0;
               k < then.size(); ++k)
            sum += then[k] ? 1 : 0;
          worst = std::max(worst, sum);
        }
        return worst;
      };
      ASSERT_LE(spent(left), allowed) << "round " << round;
      if (left > 0 && left < 2 * period) {
        ASSERT_GT(spent(left + 1), allowed) << "round " << round;
      }
      const long stay =
          left == 0 ? 0 : static_cast<long>(random() % static_cast<unsigned long>(left + 1));
      if (stay > 0) {
        meter.switched_on(now);
        meter.switched_off(now + std::chrono::seconds{stay});
        on.insert(on.end(), static_cast<std::size_t>(stay), true);
      }
      on.insert(on.end(), 1 + random() % 20, false);
    }
  }
}

}  // namespace
}  // namespace plugrig::load::test
