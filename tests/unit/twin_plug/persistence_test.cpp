#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures/twin/tasmota/settings.hpp"
#include "tests/unit/twin_plug/plug_host.hpp"

// What survives restart, reset, loss of supply. Source: Tasmota notes, flash and settings area;
// restart, reset, recovery.

namespace plugrig::twin::test {
namespace {

using tasmota::Settings;
using tasmota::Text;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t kSector = 0x1000, kLowest = 0xF4000, kFirstSlot = 0xFB000;

/// The valid copy with the highest counter, and where.
std::pair<Settings, std::uint32_t> newest(const Bytes& flash) {
  std::pair<Settings, std::uint32_t> best{Settings::defaults(), 0};
  for (std::uint32_t at = kLowest; at <= kFirstSlot; at += kSector) {
    const auto found = Settings::from_block(std::span(flash).subspan(at, kSector));
    if (found && (best.second == 0 || found->save_count > best.first.save_count)) {
      best = {*found, at};
    }
  }
  return best;
}

TEST(SettingsBlock, OffsetsOfTheNotes) {
  Settings settings = Settings::defaults();
  settings.metering = {0x11223344, 0x55667788, 0x99AABBCC};
  settings.save_count = 12;
  settings.power_on_state = 5;
  settings.module = 0;
  settings.template_pins[1] = 0xBEEF;
  settings.texts.set(Text::ota_url, "http://x");
  const Bytes block = settings.to_block();
  const auto word = [&](std::size_t at) {
    return block[at] | block[at + 1] << 8 | block[at + 2] << 16 |
           static_cast<std::uint32_t>(block[at + 3]) << 24;
  };
  ASSERT_EQ(block.size(), 4096U);
  EXPECT_EQ(word(0) & 0xFFFF, 4617U);
  EXPECT_EQ(word(0x004), 12U);
  EXPECT_EQ(word(0x364), 0x11223344U);
  EXPECT_EQ(word(0x368), 0x55667788U);
  EXPECT_EQ(word(0x36C), 0x99AABBCCU);
  EXPECT_EQ(block[0x398], 5);
  EXPECT_EQ(block[0x474], 0);
  EXPECT_EQ(word(0x3FC) >> 16, 0xBEEFU);
  EXPECT_EQ(std::string(block.begin() + 0x17, block.begin() + 0x1F), "http://x");
  EXPECT_EQ(Settings::from_block(block), settings);
}

TEST(SettingsBlock, ChecksumStartsAtZero) {
  // CRC-32 with initial value 0 of "123456789", complemented: 0x2DFD2D88 (the usual one with all
  // ones at the start is 0xCBF43926).
  const std::string digits = "123456789";
  const Bytes bytes(digits.begin(), digits.end());
  std::uint32_t crc = 0;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1U) * 0xEDB88320U);
  }
  EXPECT_EQ(tasmota::settings_crc(bytes), ~crc);
  EXPECT_NE(tasmota::settings_crc(bytes), 0xCBF43926U);
}

TEST(SettingsBlock, CutAtEveryByteIsNotValid) {
  Settings settings = Settings::defaults();
  settings.texts.set(Text::ssid1, "bench");
  const Bytes block = settings.to_block();
  for (std::size_t cut = 0; cut < block.size(); ++cut) {
    Bytes half(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(cut));
    half.resize(block.size(), 0xFF);
    ASSERT_FALSE(Settings::from_block(half)) << "cut at " << cut;
  }
}

class Persistence : public testing::Test {
 protected:
  void SetUp() override {
    host.pass(3s);
    host.take_text();
  }
  PlugHost host;
};

TEST_F(Persistence, AChangeIsSavedWithinTwoSeconds) {
  host.ask("DeviceName Kitchen", 50ms);
  host.pass(2500ms);
  EXPECT_EQ(newest(host.slot.flash()).first.texts[Text::device_name], "Kitchen");
  host.power_cycle();
  host.pass(3s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"Kitchen"})");
}

TEST_F(Persistence, PowerCutWithinASecondLosesIt) {
  for (const auto wait : {10ms, 400ms, 900ms}) {
    PlugHost plug;
    plug.pass(3s + wait);
    plug.ask("DeviceName Kitchen", 900ms);
    plug.power_cycle();
    plug.pass(3s);
    EXPECT_EQ(plug.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
  }
}

TEST_F(Persistence, SaveDataZeroNeverSavesByItself) {
  host.ask("SaveData 0", 2s);
  host.ask("DeviceName Kitchen", 10s);
  host.power_cycle();
  host.pass(3s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
  host.ask("DeviceName Cellar");
  host.ask("Restart 1", 6s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"Cellar"})");
}

TEST_F(Persistence, SaveDataIntervalWaits) {
  host.ask("SaveData 5", 3s);
  host.ask("DeviceName Kitchen", 3s);
  EXPECT_EQ(newest(host.slot.flash()).first.texts[Text::device_name], "Tasmota");
  host.pass(4s);
  EXPECT_EQ(newest(host.slot.flash()).first.texts[Text::device_name], "Kitchen");
}

TEST_F(Persistence, SavingWaitsForTheBacklog) {
  host.ask("Backlog DeviceName Kitchen;Delay 80;VoltRes 1", 6s);
  EXPECT_EQ(newest(host.slot.flash()).first.texts[Text::device_name], "Tasmota");
  host.pass(6s);
  EXPECT_EQ(newest(host.slot.flash()).first.texts[Text::device_name], "Kitchen");
}

TEST_F(Persistence, CopiesRotateDownwardsThroughSevenSectors) {
  std::vector<std::uint32_t> places{newest(host.slot.flash()).second};
  for (int i = 0; i < 8; ++i) {
    host.ask("DeviceName n" + std::to_string(i), 2500ms);
    places.push_back(newest(host.slot.flash()).second);
  }
  for (std::size_t i = 1; i < places.size(); ++i) {
    const std::uint32_t expected = places[i - 1] == 0xF4000 ? 0xFA000 : places[i - 1] - kSector;
    EXPECT_EQ(places[i], expected);
  }
}

TEST_F(Persistence, OneSlotOnlyWithSetOption12) {
  host.ask("SetOption12 1", 2500ms);
  EXPECT_EQ(newest(host.slot.flash()).second, kFirstSlot);
  host.ask("DeviceName x2", 2500ms);
  EXPECT_EQ(newest(host.slot.flash()).second, kFirstSlot);
}

TEST_F(Persistence, ADamagedNewestCopyFallsBackToTheOneBefore) {
  host.ask("DeviceName older", 2500ms);
  host.ask("DeviceName newer", 2500ms);
  const auto [settings, place] = newest(host.slot.flash());
  ASSERT_EQ(settings.texts[Text::device_name], "newer");
  host.slot.load_flash(place + 0x800, {0x5A});
  host.power_cycle();
  host.pass(3s);
  EXPECT_EQ(host.result("DeviceName"), R"({"DeviceName":"older"})");
}

TEST_F(Persistence, PowerCutDuringTheSaveLeavesAValidCopy) {
  // Seeded cuts over the time that erase and programs take.
  host.ask("DeviceName older", 2500ms);
  const Bytes before = host.slot.flash();
  for (int i = 0; i < 40; ++i) {
    PlugHost plug;
    plug.slot.load_flash(0, before);
    plug.pass(3500ms);
    plug.ask("DeviceName newer", 10ms);
    plug.pass(1000ms + 25ms * i);
    plug.power_cycle();
    plug.pass(3s);
    const std::string name = plug.result("DeviceName");
    EXPECT_TRUE(name == R"({"DeviceName":"older"})" || name == R"({"DeviceName":"newer"})") << name;
  }
}

TEST_F(Persistence, SettingsSurviveAnotherImage) {
  host.ask("DeviceName kept", 2500ms);
  host.slot.load_flash(0, make_image({.version = "15.3.0", .size_bytes = kSmallImage}));
  host.power_cycle();
  host.pass(3s);
  EXPECT_THAT(host.take_text(), HasSubstr("Project tasmota - kept Version 15.3.0("));
}

TEST_F(Persistence, SaveLostFault) {
  TwinSlotOptions options = plug_options();
  options.plug.save_lost = true;
  PlugHost plug(options);
  plug.pass(3s);
  plug.ask("DeviceName Kitchen", 10s);
  EXPECT_EQ(plug.result("DeviceName"), R"({"DeviceName":"Kitchen"})");
  plug.power_cycle();
  plug.pass(3s);
  EXPECT_EQ(plug.result("DeviceName"), R"({"DeviceName":"Tasmota"})");
}

TEST_F(Persistence, BootCountGoesUpAfterTenSeconds) {
  host.pass(9s);
  EXPECT_THAT(host.ask("Status 1"), HasSubstr(R"("BootCount":1,)"));
}

TEST_F(Persistence, RelayAfterPowerOnFollowsPowerOnState) {
  const auto after_power_on = [](const std::string& state, bool before) {
    PlugHost plug;
    plug.pass(3s);
    plug.send("Backlog SetOption65 1;Template " + kEp2Template + ";Module 0");
    plug.pass(12s);
    plug.ask("PowerOnState " + state);
    plug.ask(before ? "Power ON" : "Power OFF", 3s);
    plug.power_cycle();
    plug.pass(2s);
    return plug.board.relay;
  };
  EXPECT_TRUE(after_power_on("1", false));
  EXPECT_FALSE(after_power_on("0", true));
  EXPECT_TRUE(after_power_on("3", true));
  EXPECT_FALSE(after_power_on("3", false));
  EXPECT_TRUE(after_power_on("2", false));
  EXPECT_FALSE(after_power_on("2", true));
}

// Reset n.

struct ResetRow {
  int number;
  bool keeps_wifi;
  bool keeps_mqtt;
};

class Resets : public testing::TestWithParam<ResetRow> {};

TEST_P(Resets, KeepsWhatTheNotesSay) {
  const ResetRow row = GetParam();
  PlugHost host;
  host.pass(3s);
  host.send("Backlog SSId2 other;MqttHost broker;DeviceName mine");
  host.pass(14s);
  host.ask("Reset " + std::to_string(row.number), 100ms);
  // The restart comes 2–3 s after the answer.
  host.pass(1800ms);
  EXPECT_THAT(host.take_text(), Not(HasSubstr("APP: Restarting")));
  host.pass(12s);
  EXPECT_THAT(host.take_text(), HasSubstr("APP: Restarting"));
  EXPECT_EQ(host.result("SSId2"), row.keeps_wifi ? R"({"SSId2":"other"})" : R"({"SSId2":""})");
  EXPECT_EQ(host.result("MqttHost"),
            row.keeps_mqtt ? R"({"MqttHost":"broker"})" : R"({"MqttHost":""})");
  const bool all_kept = row.number == 3;
  EXPECT_EQ(host.result("DeviceName"),
            all_kept ? R"({"DeviceName":"mine"})" : R"({"DeviceName":"Tasmota"})");
}

INSTANTIATE_TEST_SUITE_P(Table, Resets,
                         testing::Values(ResetRow{1, false, false}, ResetRow{2, false, false},
                                         ResetRow{3, true, true}, ResetRow{4, true, false},
                                         ResetRow{5, true, false}, ResetRow{6, true, true}));

}  // namespace
}  // namespace plugrig::twin::test
