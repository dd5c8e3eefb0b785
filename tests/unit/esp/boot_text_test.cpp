#include "drivers/esp/boot_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/esp/diagnosis.hpp"

namespace plugrig::esp {
namespace {

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

const std::string kDownload = "\r\n ets Jan  8 2013,rst cause:2, boot mode:(1,6)\r\n\r\n";
const std::string kFlash =
    "\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,7)\r\n\r\nload 0x4010f000, len 3584, room 16 "
    "\r\ntail 0\r\nchksum 0xb0\r\ncsum 0xb0\r\nv0009e2f0\n~ld\n";

TEST(BootText, LoaderLine) {
  const BootText text = parse_boot_text(bytes(kDownload));
  ASSERT_EQ(text.lines.size(), 1U);
  EXPECT_EQ(text.lines[0].reset_cause, 2);
  EXPECT_EQ(text.lines[0].boot_mode, 1);
  EXPECT_FALSE(text.loader_started);
  EXPECT_FALSE(text.garbage);
}

TEST(BootText, FlashBootUpToTheApplication) {
  const BootText text = parse_boot_text(bytes(kFlash));
  ASSERT_EQ(text.lines.size(), 1U);
  EXPECT_EQ(text.lines[0].boot_mode, 3);
  EXPECT_TRUE(text.loader_started);
  EXPECT_TRUE(text.handed_over);
  EXPECT_FALSE(text.rom_gave_up);
}

TEST(BootText, EveryResetOfALoopIsSeen) {
  const BootText text = parse_boot_text(
      bytes("\r\n ets Jan  8 2013,rst cause:4, boot mode:(3,6)\r\n\r\nwdt reset\r\nets_main.c \r\n"
            " ets Jan  8 2013,rst cause:4, boot mode:(3,6)\r\n"));
  ASSERT_EQ(text.lines.size(), 2U);
  EXPECT_EQ(text.lines[1].reset_cause, 4);
  EXPECT_TRUE(text.rom_gave_up);
}

TEST(BootText, CutAtEveryByteNeverInventsAMode) {
  for (std::size_t size = 0; size <= kFlash.size(); ++size) {
    const BootText text = parse_boot_text(bytes(kFlash.substr(0, size)));
    for (const BootLine& line : text.lines) {
      EXPECT_TRUE(line.reset_cause == -1 || line.reset_cause == 1);
      EXPECT_TRUE(line.boot_mode == -1 || line.boot_mode == 3);
    }
    EXPECT_FALSE(text.garbage);
  }
}

TEST(BootText, WrongRateIsGarbage) {
  std::vector<std::uint8_t> noise;
  for (int at = 0; at < 60; ++at) noise.push_back(static_cast<std::uint8_t>(0x80 + at * 7));
  EXPECT_TRUE(parse_boot_text(noise).garbage);
  EXPECT_FALSE(parse_boot_text(std::vector<std::uint8_t>{0xFF, 0x00}).garbage);
  EXPECT_FALSE(parse_boot_text({}).garbage);
}

TEST(BootText, PrintableIsBoundedAndEscaped) {
  EXPECT_EQ(to_printable(bytes("a\r\n\x01")), "a\n\\x01");
  EXPECT_EQ(to_printable(std::vector<std::uint8_t>(5000, 'x')).size(), 2000U);
}

struct Case {
  const char* name;
  std::string slow, fast;
  bool damaged;
  const char* id;
  const char* contact;  ///< must be named as what to check
  int answered = 4;     ///< resets of four that gave boot text
};

TEST(Diagnosis, EveryPatternHasItsOwnNameAndContact) {
  const std::string noise(60, '\x9d');
  const ContactNames names{"P3-strap", "P2-reset", "P5-tx", "P4-rx", "P1-power", "P6-ground"};
  const Case cases[] = {
      {"boots flash", "\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,7)\r\n", "", false,
       "esp.sync.strap", "P3-strap"},
      {"in loader, deaf", kDownload, "", false, "esp.sync.unit_rx", "P4-rx"},
      {"in loader, answers spoiled", kDownload, "", true, "esp.sync.rate", "P5-tx"},
      {"40 MHz crystal, deaf", noise, kDownload, false, "esp.sync.unit_rx", "P4-rx"},
      {"other strap", "\r\n ets Jan  8 2013,rst cause:2, boot mode:(7,7)\r\n", "", false,
       "esp.sync.mode", "GPIO15"},
      {"noise at both rates", noise, noise, false, "esp.sync.garbage", "P6-ground"},
      {"application prints, no reset", "hello", "hello", false, "esp.sync.no_boot_text",
       "P2-reset"},
      {"one start in four resets", "\r\n ets Jan  8 2013,rst cause:1, boot mode:(3,7)\r\n", "",
       false, "esp.sync.reset", "P2-reset", 1},
      {"nothing", "", "", false, "esp.sync.silent", "P1-power"},
  };
  for (const Case& c : cases) {
    const SyncEvidence seen{4, 20, c.answered, bytes(c.slow), bytes(c.fast), c.damaged};
    const Fault fault = diagnose_no_sync(seen, names, false, {});
    EXPECT_EQ(fault.id(), c.id) << c.name;
    EXPECT_EQ(fault.blame(), Blame::contact) << c.name;
    EXPECT_NE(fault.next().find(c.contact), std::string::npos) << c.name << ": " << fault.next();
  }
}

TEST(Diagnosis, SilenceSaysWhatCannotBeToldApart) {
  const ContactNames names;
  const Fault with_reset = diagnose_no_sync({4, 20, 0, {}, {}, false}, names, false, {});
  EXPECT_NE(with_reset.next().find("RST"), std::string::npos);
  EXPECT_NE(with_reset.next().find("cannot be told apart"), std::string::npos);
  // Where reset is the supply itself there is no reset contact to check.
  const Fault by_power = diagnose_no_sync({4, 20, 0, {}, {}, false}, names, true, {});
  EXPECT_EQ(by_power.next().find("RST"), std::string::npos);
}

TEST(SlowerText, IsSeenInPiecesOfLongLevels) {
  const std::vector<std::uint8_t> pieces{0x00, 0xFE, 0x00, 0xF8, 0x00, 0x80};
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 8; ++i) bytes.insert(bytes.end(), pieces.begin(), pieces.end());
  EXPECT_TRUE(looks_like_slower_text(bytes));
  EXPECT_TRUE(looks_like_slower_text(std::vector<std::uint8_t>(40, 0x00)));
}

TEST(SlowerText, IsNotSeenInErasedFlashTextOrTooLittle) {
  EXPECT_FALSE(looks_like_slower_text(std::vector<std::uint8_t>(48, 0xFF)));
  EXPECT_FALSE(looks_like_slower_text(std::vector<std::uint8_t>(23, 0x00)));
  EXPECT_FALSE(looks_like_slower_text({}));
  std::vector<std::uint8_t> ramp;
  for (int i = 0; i < 48; ++i) ramp.push_back(static_cast<std::uint8_t>(i * 5));
  EXPECT_FALSE(looks_like_slower_text(ramp));
}

}  // namespace
}  // namespace plugrig::esp
