#include <gtest/gtest.h>

#include "tests/unit/twin/chip_host.hpp"

// Requests and answers of the real ROM, in order: ESP8266 flashing notes, golden vectors.

namespace plugrig::twin::test {
namespace {

using Answers = std::vector<std::string>;

Answers eight(const std::string& answer) { return Answers(8, answer); }

Bytes ramp(std::size_t size, std::uint8_t first) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

class RomGolden : public testing::Test {
 protected:
  void SetUp() override {
    host.enter_loader();
    ASSERT_TRUE(host.sync());
  }
  void expect(const Bytes& payload, const Answers& answers) {
    EXPECT_EQ(host.answers(payload), answers) << "request " << hex(payload).substr(0, 80);
  }
  TwinSlot slot{options()};
  Host host{slot};
};

TEST_F(RomGolden, AnswersInTheGivenOrder) {
  expect(kStandardSync, eight("01080200070712200000"));
  expect(request(0x08, hex("01020304")), eight("01080200010203040000"));
  expect(request(0x08, {}), eight("01080200010203040000"));
  expect(request(0x0A, words({0x40001000})), {"010a020001c1f0ff0000"});
  for (const int op : {0x14, 0x00, 0x0C, 0xD0}) {
    expect(request(static_cast<std::uint8_t>(op), {}), {"010a020001c1f0ff0105"});
  }
  Bytes from_chip = kStandardSync;
  from_chip[0] = 1;
  expect(from_chip, {"010a020001c1f0ff0105"});

  expect(request(0x09, words({0x3FFE8200, 0x11223344, 0xFFFFFFFF, 0})), {"0109020001c1f0ff0000"});
  expect(request(0x0A, words({0x3FFE8200})), {"010a0200443322110000"});
  expect(request(0x09, words({0x3FFE8200, 0xFFFFFFFF, 0x0000FF00, 0})), {"01090200443322110000"});
  expect(request(0x0A, words({0x3FFE8200})), {"010a020044ff22110000"});
  expect(request(0x09, words({0x3FFE8200, 0, 0xFFFFFFFF})), {"0109020044ff22110000"});
  expect(request(0x0A, words({0x3FFE8200})), {"010a020044ff22110000"});  // nothing was written

  const Bytes params = words({0, 0x100000, 0x10000, 0x1000, 0x100, 0xFFFF});
  expect(request(0x0B, params), {"010b020044ff22110000"});
  expect(request(0x0B, Bytes(params.begin(), params.begin() + 20)), {"010b020044ff22110105"});
  expect(request(0x0A, words({0x3FFFC71C})), {"010a0200000010000000"});

  expect(request(0x02, words({0x1000, 4, 0x400})), {"01020200000010000105"});
  expect(request(0x02, words({0x1000, 4, 0x400, 0, 0})), {"01020200000010000105"});
  expect(request(0x02, words({0x1000, 4, 0x1801, 0})), {"01020200000010000105"});
  expect(request(0x02, words({0x1000, 4, 0x400, 0x100})), {"01020200000010000106"});
  expect(request(0x02, words({0x1000, 4, 0x400, 0x100000})), {"01020200000010000106"});
  expect(request(0x02, words({0x1000, 4, 0x400, 0})), {"01020200000010000006"});

  const Bytes block = ramp(0x400, 1);
  expect(data_request(0x03, 0, block), {"01030200000010000006"});
  expect(data_request(0x03, 0, block), {"01030200000010000105"});
  Bytes wrong = data_request(0x03, 1, block);
  wrong[4] ^= 1;
  expect(wrong, {"01030200000010000107"});
  expect(data_request(0x03, 1, block), {"01030200000010000105"});
  expect(data_request(0x03, 2, ramp(1023, 0)), {"01030200000010000105"});
  expect(data_request(0x03, 2, ramp(0x800, 0)), {"01030200000010000105"});
  expect(data_request(0x03, 2, block), {"01030200000010000005"});
}

TEST_F(RomGolden, WritingOverZerosIsSeenByTheReadBack) {
  slot.load_flash(0x8000, Bytes(0x1000, 0));
  expect(request(0x02, words({0, 4, 0x400, 0x8000})), {"01020200070712200000"});
  expect(data_request(0x03, 0, ramp(0x400, 0x5A)), {"01030200070712200108"});
}

TEST_F(RomGolden, ErasingTheLastSectorRunsOverTheEndOfTheChip) {
  expect(request(0x0B, words({0, 0x100000, 0x10000, 0x1000, 0x100, 0xFFFF})),
         {"010b0200070712200000"});
  slot.load_flash(0xFF000, Bytes(0x1000, 0));
  expect(request(0x02, words({0x1000, 5, 0x400, 0xFF000})), {"01020200070712200106"});
  const Bytes flash = slot.flash();
  EXPECT_EQ(Bytes(flash.begin() + 0xFF000, flash.end()), Bytes(0x1000, 0xFF));
}

TEST_F(RomGolden, MemoryCommands) {
  expect(request(0x05, words({0x800, 2})), {"01050200070712200105"});
  expect(request(0x05, words({0x800, 2, 0x1801, 0x3FFE9000})), {"01050200070712200105"});
  expect(request(0x05, words({0x800, 2, 0x400, 0x3FFE9000})), {"01050200070712200005"});
  const Bytes block = ramp(0x400, 7);
  expect(data_request(0x07, 1, block), {"01070200070712200105"});
  Bytes wrong = data_request(0x07, 0, block);
  wrong[4] ^= 0x80;
  expect(wrong, {"01070200070712200107"});
  expect(data_request(0x07, 0, block), {"01070200070712200105"});
  expect(data_request(0x07, 1, ramp(13, 9)), {"01070200070712200005"});
  expect(request(0x0A, words({0x3FFE9000})), {"010a0200"
                                              "090a0b0c"
                                              "0000"});
  expect(request(0x06, words({1, 0, 0})), {"01060200090a0b0c0105"});
  expect(request(0x06, words({1, 0})), {"01060200090a0b0c0005"});
  expect(kStandardSync, eight("01080200070712200000"));  // still there
}

TEST_F(RomGolden, FlashEndWithoutMatchingCountsStillBoots) {
  expect(request(0x02, words({0x1000, 4, 0x400, 0xF0000})), {"01020200070712200000"});
  host.send_frame(request(0x04, words({1})));
  const auto answer = host.frame();
  ASSERT_TRUE(answer);
  EXPECT_EQ(hex(*answer), "01040200070712200106");
  EXPECT_NE(host.text(200ms, 115200).find("csum 0x"), std::string::npos);
}

TEST_F(RomGolden, ReadRegWithoutDataReadsThePreviousBuffer) {
  expect(request(0x0A, words({0x40001000})), {"010a020001c1f0ff0000"});
  expect(request(0x0A, {}), {"010a020001c1f0ff0000"});
}

TEST_F(RomGolden, UnknownOpAfterSyncIsAnsweredEightTimes) {
  expect(kStandardSync, eight("01080200070712200000"));
  expect(request(0x14, {}), eight("01080200070712200105"));
}

}  // namespace
}  // namespace plugrig::twin::test
