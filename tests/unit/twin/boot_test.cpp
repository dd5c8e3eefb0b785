#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures/twin/image_maker.hpp"
#include "tests/unit/twin/chip_host.hpp"

// What comes out of the chip after a reset, for every kind of flash content.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t kRomBaud = 74880;

class Boot : public testing::Test {
 protected:
  /// Boot from flash with `image` at 0 and `settings` left as the factory wrote them or erased.
  void give(const Bytes& image, bool erase_settings = true) {
    slot.load_flash(0, image);
    if (erase_settings) slot.load_flash(0xF3000, Bytes(0xD000, 0xFF));
  }
  std::string rom_text(Duration time = 100ms) {
    host.start_application();
    return host.text(time, kRomBaud);
  }
  TwinSlot slot{options()};
  Host host{slot};
};

TEST_F(Boot, PowerOnTextNamesCauseAndMode) {
  const std::string text = host.text(30ms, kRomBaud);
  EXPECT_EQ(text.substr(0, 56), "\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,6)\r\n\r\nload ");
}

TEST_F(Boot, FirstCharacterComesAtOnceAtTheBootDivisor) {
  host.start_application();
  slot.advance_to_output(slot.now() + 10ms);
  const auto byte = slot.take();
  ASSERT_TRUE(byte);
  EXPECT_EQ(byte->bit_per_s, 74928U);
  EXPECT_EQ(byte->value, '\r');
}

TEST_F(Boot, LoaderIsSilentAfterItsText) {
  slot.set_lines(false, true);
  slot.advance(slot.now() + 100ms);
  host.drain();
  slot.set_lines(true, false);
  EXPECT_EQ(host.text(2s, kRomBaud), "\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,6)\r\n\r\n");
}

TEST_F(Boot, GoodImageStartsTasmota) {
  give(make_image({.version = "15.1.0", .size_bytes = kSmallImage}));
  const std::string text = rom_text();
  EXPECT_THAT(text, HasSubstr("rst cause:2, boot mode:(3,6)\r\n\r\nload 0x4010f000, len 3584, "
                              "room 16 \r\ntail 0\r\nchksum 0x"));
  EXPECT_THAT(text, HasSubstr("\n~ld\n"));
  const std::string log = host.text(5s, 115200);
  EXPECT_THAT(log, HasSubstr("00:00:00.001 HDW: ESP8285"));
  EXPECT_THAT(log, HasSubstr(" CFG: Use defaults\r\n"));
  EXPECT_THAT(log, HasSubstr("Project tasmota - Tasmota Version 15.1.0(release-tasmota)-2_7_8("));
  EXPECT_FALSE(slot.quiescent());  // its loop runs for ever
}

TEST_F(Boot, SecondBootFindsItsSettingsAndIsFaster) {
  give(make_image({.size_bytes = kSmallImage}));
  const auto until_banner = [&] {
    host.start_application();
    std::string log;
    const Duration begin = slot.now();
    while (log.find("Project") == std::string::npos && slot.now() < begin + 5s) {
      log += host.text(10ms, 115200);
    }
    return slot.now() - begin;
  };
  const Duration first = until_banner();
  slot.advance(slot.now() + 5s);
  const Duration second = until_banner();
  EXPECT_LT(first, 5s);
  EXPECT_LT(second + 500ms, first);
}

TEST_F(Boot, FactoryImageBootsAndSaysNothing) {
  EXPECT_THAT(rom_text(), HasSubstr("~ld"));
  EXPECT_EQ(host.text(3s, 115200), "");
}

TEST_F(Boot, EmptyFlashLoopsThroughTheWatchdog) {
  slot.load_flash(0, Bytes(0x100000, 0xFF));
  EXPECT_THAT(rom_text(), HasSubstr("boot mode:(3,6)\r\n\r\nets_main.c "));
  EXPECT_THAT(host.text(2s, kRomBaud),
              HasSubstr("rst cause:4, boot mode:(3,6)\r\n\r\nwdt reset\r\n"));
}

TEST_F(Boot, DamagedImageSaysChecksum) {
  Bytes image = make_image({.size_bytes = kSmallImage});
  image[0x20] ^= 4;
  give(image);
  EXPECT_THAT(rom_text(), HasSubstr("csum err\r\nets_main.c "));
}

TEST_F(Boot, DamagedApplicationDoesNotStart) {
  Bytes image = make_image({.size_bytes = kSmallImage});
  image[0x3000] ^= 1;
  give(image);
  const std::string text = rom_text(3s);
  EXPECT_THAT(text, HasSubstr("e:1\n"));
  EXPECT_THAT(text, HasSubstr("rst cause:4"));
}

class BootMode : public testing::TestWithParam<std::uint8_t> {};

TEST_P(BootMode, OnlyDualModesBootAnEsp8285) {
  const bool quad = GetParam() < 2;
  for (const bool esp8285 : {true, false}) {
    TwinSlotOptions given = options();
    given.chip.esp8285 = esp8285;
    TwinSlot slot(given);
    Host host(slot);
    slot.load_flash(0, make_image({.size_bytes = kSmallImage, .flash_mode = GetParam()}));
    host.start_application();
    const std::string text = host.text(3s, 74880);
    if (quad && esp8285) {
      EXPECT_THAT(text, Not(HasSubstr("load ")));
      EXPECT_THAT(text, HasSubstr("rst cause:4, boot mode:(3,6)"));
    } else {
      EXPECT_THAT(text, HasSubstr("~ld"));
      EXPECT_THAT(text, Not(HasSubstr("rst cause:4")));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllModes, BootMode, testing::Values(0, 1, 2, 3));

TEST(BootImage, AbsentFlashLooksBusyForEver) {
  TwinSlotOptions given = options();
  given.chip.flash = "absent";
  TwinSlot slot(given);
  Host host(slot);
  EXPECT_EQ(host.text(3s, 74880), "\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,6)\r\n\r\n");
}

TEST(BootIdentity, MacOfTheEfuseIsTheSlots) {
  TwinSlot slot(options(7));
  TwinSlot other(options(8));
  EXPECT_NE(slot.mac(), other.mac());
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  Bytes fuses;
  for (const std::uint32_t address : {0x3FF00050U, 0x3FF00054U, 0x3FF00058U, 0x3FF0005CU}) {
    const auto answers = host.answers(request(0x0A, words({address})));
    ASSERT_EQ(answers.size(), 1U);
    const Bytes answer = hex(answers[0]);
    fuses.insert(fuses.end(), answer.begin() + 4, answer.begin() + 8);
  }
  char text[18];
  // m0…m2 from word 3, m3 and m4 from word 1, m5 from word 0.
  std::snprintf(text, sizeof text, "%02X:%02X:%02X:%02X:%02X:%02X", fuses[14], fuses[13], fuses[12],
                fuses[5], fuses[4], fuses[3]);
  EXPECT_EQ(slot.mac(), text);
  EXPECT_TRUE((fuses[0] & 0x10) != 0 || (fuses[10] & 1) != 0);  // an ESP8285
}

}  // namespace
}  // namespace plugrig::twin::test
