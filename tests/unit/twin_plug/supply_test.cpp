#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/twin_plug/plug_host.hpp"

// Mains, contacts, and what a hostile line does.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;

TEST(Supply, WithoutContactsAndMainsThePlugIsDead) {
  PlugHost host;
  host.pass(5s);
  host.take_text();
  host.slot.set_contacts(false);
  host.pass(5s);
  EXPECT_EQ(host.ask("Status"), "");
  EXPECT_TRUE(host.slot.quiescent());
}

TEST(Supply, MainsIsAPowerOnWithoutAConsole) {
  PlugHost host;
  host.pass(14s);
  host.slot.set_contacts(false);
  host.pass(1s);
  host.slot.set_mains(true);
  host.pass(12s);
  host.take_text();
  EXPECT_EQ(host.ask("Status"), "");
  host.slot.set_contacts(true);
  host.slot.set_mains(false);
  host.pass(1s);
  const std::string text = host.ask("Status 1");
  EXPECT_THAT(text, HasSubstr("\"BootCount\":2,"));
}

TEST(Supply, MainsOverTheJigChangesNothing) {
  PlugHost host;
  host.pass(5s);
  host.slot.set_mains(true);
  host.pass(1s);
  host.slot.set_mains(false);
  host.pass(1s);
  // Start-up with defaults takes 1.1 s; uptime counts one at its end.
  EXPECT_THAT(host.ask("Status 11"), HasSubstr("\"UptimeSec\":6"));
}

TEST(Supply, StartsFiftyMillisecondsAfterMains) {
  PlugHost host;
  host.slot.set_contacts(false);
  host.pass(1s);
  host.slot.set_mains(true);
  EXPECT_FALSE(host.slot.quiescent());
  host.pass(49ms);
  EXPECT_TRUE(host.slot.instructions() == 0 && host.board.relay_history.empty());
  host.pass(5s);
  host.slot.set_mains(false);
  EXPECT_TRUE(host.slot.quiescent());
}

TEST(Supply, RelayOpensWithTheSupplyAndOnAReset) {
  PlugHost host;
  host.pass(3s);
  host.send("Backlog Template " + kEp2Template + ";Module 0");
  host.pass(12s);
  host.ask("Power ON", 3s);
  ASSERT_TRUE(host.board.relay);
  host.slot.set_lines(false, true);
  EXPECT_FALSE(host.board.relay);
  host.pass(1s);
  host.slot.set_lines(false, false);
  host.pass(3s);
  EXPECT_TRUE(host.board.relay);
}

TEST(Supply, AnotherBoardIsToldAboutTheRelay) {
  PlugHost host;
  host.pass(3s);
  host.send("Backlog Template " + kEp2Template + ";Module 0");
  host.pass(12s);
  host.ask("Power ON", 1s);
  SteadyBoard other;
  host.slot.connect(&other, &host.network);
  host.pass(200ms);
  EXPECT_TRUE(other.relay);
  host.slot.connect(&host.board, &host.network);
}

TEST(Quiet, ARunningFirmwareIsNeverQuiescent) {
  PlugHost host;
  host.pass(5s);
  host.take_text();
  EXPECT_FALSE(host.slot.quiescent());
}

TEST(Determinism, OneSeedOneLog) {
  const auto run = [] {
    PlugHost host;
    host.pass(3s);
    host.send("Backlog Password1 correct horse;SSId1 bench");
    host.pass(40s);
    return host.take_text();
  };
  EXPECT_EQ(run(), run());
}

TEST(Fuzz, RandomBytesNeverHurt) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    std::mt19937_64 random(seed);
    PlugHost host;
    host.pass(3s);
    for (int burst = 0; burst < 30; ++burst) {
      const auto length = random() % 400;
      for (std::uint64_t i = 0; i < length; ++i) {
        const bool end = random() % 12 == 0;
        const bool printable = random() % 4 != 0;
        const auto value = end         ? std::uint64_t{10}
                           : printable ? 32 + random() % 95
                                       : random() % 256;
        host.slot.send(static_cast<std::uint8_t>(value), 115200);
      }
      host.pass(std::chrono::milliseconds{random() % 60});
    }
    host.pass(2s);
    host.take_text();
    EXPECT_EQ(host.slot.chip_fault(), "");
    host.ask("");
    EXPECT_THAT(host.ask("VoltRes"), HasSubstr("CMD: VoltRes")) << "seed " << seed;
  }
}

TEST(Fuzz, RealCommandsWithRandomArguments) {
  constexpr const char* kNames[] = {"Template", "Module",   "Backlog",    "SetOption",  "Timezone",
                                    "SSId",     "Password", "DeviceName", "PowerDelta", "Status",
                                    "WifiTest", "Topic",    "PowerSet",   "VoltageCal", "Delay",
                                    "Hostname", "LedMask",  "SaveData",   "SerialLog",  "Reset"};
  constexpr char kAlphabet[] = "0123456789{}[]\",;:.-+eE x%/\\\"ONF";
  std::mt19937_64 random(7);
  PlugHost host;
  host.pass(3s);
  for (int i = 0; i < 600; ++i) {
    std::string line = kNames[random() % std::size(kNames)];
    if (random() % 3 == 0) line += std::to_string(random() % 200);
    line += ' ';
    for (auto n = random() % 24; n > 0; --n) {
      line.push_back(kAlphabet[random() % (sizeof kAlphabet - 1)]);
    }
    host.ask(line, 60ms);
    ASSERT_EQ(host.slot.chip_fault(), "") << line;
  }
  host.power_cycle();
  host.pass(12s);
  EXPECT_THAT(host.ask("VoltRes"), HasSubstr("CMD: VoltRes"));
}

TEST(Fuzz, FlippedBytesInAllSettingsAreAnErase) {
  PlugHost host;
  host.pass(3s);
  host.ask("DeviceName mine", 3s);
  for (std::uint32_t sector = 0xF4000; sector <= 0xFB000; sector += 0x1000) {
    host.slot.load_flash(sector + 0x111, {0x42});
  }
  host.power_cycle();
  host.pass(5s);
  EXPECT_THAT(host.take_text(), HasSubstr("CFG: Use defaults"));
}

}  // namespace
}  // namespace plugrig::twin::test
