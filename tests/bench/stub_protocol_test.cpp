// Our stub on the simulated chip: every op, every status code, through a host of the test's own.

#include <algorithm>
#include <numeric>

#include "drivers/esp/stub/stub_image.hpp"
#include "stub_fixture.hpp"

namespace plugrig::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kScratch = 0x3FFFB000;  // data RAM that neither stub nor ROM use now

TEST_F(StubTest, SyncIsAnsweredEightTimesWithValueZero) {
  start();
  chip_->send(kSync, sync_data());
  for (int i = 0; i != 8; ++i) {
    const auto got = chip_->answer(kSync, milliseconds{50});
    ASSERT_TRUE(got) << i;
    EXPECT_EQ(got->value, 0U);
    EXPECT_EQ(got->status, kOk);
  }
  EXPECT_FALSE(chip_->answer(kSync, milliseconds{50}));
}

TEST_F(StubTest, ReadsAndWritesRegisters) {
  start();
  const auto write = [&](std::uint32_t value, std::uint32_t mask) {
    return chip_->ask(kWriteReg, StubClient::words({kScratch, value, mask, 0})).status;
  };
  EXPECT_EQ(write(0x11223344, 0xFFFFFFFF), kOk);
  EXPECT_EQ(word(kScratch), 0x11223344U);
  EXPECT_EQ(write(0xFFFFFFFF, 0x0000FF00), kOk);
  EXPECT_EQ(word(kScratch), 0x1122FF44U);
  const Bytes two =
      StubClient::words({kScratch, 1, 0xFFFFFFFF, 100, kScratch + 4, 0xC0DBC0DB, 0xFFFFFFFF, 0});
  EXPECT_EQ(chip_->ask(kWriteReg, two).status, kOk);
  EXPECT_EQ(word(kScratch), 1U);
  EXPECT_EQ(word(kScratch + 4), 0xC0DBC0DBU);  // escapes both ways
  EXPECT_EQ(chip_->ask(kReadReg, StubClient::words({kScratch + 1})).status, kInvalid);
  EXPECT_EQ(chip_->ask(kWriteReg, StubClient::words({kScratch + 2, 1, 1, 0})).status, kInvalid);
}

TEST_F(StubTest, WrongLengthsAreTold) {
  start();
  struct Case {
    Op op;
    std::size_t bytes;
  };
  for (const auto& [op, bytes] :
       {Case{kFlashBegin, 12}, Case{kFlashData, 8}, Case{kFlashEnd, 0}, Case{kMemBegin, 20},
        Case{kMemData, 12}, Case{kMemEnd, 4}, Case{kSync, 35}, Case{kWriteReg, 12},
        Case{kReadReg, 0}, Case{kSetParams, 20}, Case{kAttach, 0}, Case{kChangeBaud, 4},
        Case{kMd5, 8}, Case{kEraseFlash, 4}, Case{kEraseRegion, 4}, Case{kReadFlash, 12},
        Case{kRunUserCode, 4}}) {
    EXPECT_EQ(chip_->ask(op, Bytes(bytes)).status, kBadLength) << int{op};
  }
  // A length field that is not that of the frame.
  chip_->send_frame(Bytes{0, kReadReg, 4, 0, 0, 0, 0, 0, 1, 2});
  const auto got = chip_->answer(kReadReg);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, kBadLength);
  expect_alive();
}

TEST_F(StubTest, UnknownAndDeflateOpsAreNotImplemented) {
  start();
  for (const int op : {0x00, 0x01, 0x0C, 0x10, 0x11, 0x12, 0x14, 0x7F, 0xD4, 0xFF}) {
    EXPECT_EQ(chip_->ask(static_cast<std::uint8_t>(op), Bytes(16)).status, kNotImplemented) << op;
  }
}

TEST_F(StubTest, LoadsMemoryAndRunsIt) {
  start();
  // Instruction RAM: two literals, then l32r a2; l32r a3; s32i.n a3, a2, 0; ret.n
  Bytes code = StubClient::words({kScratch, 0x12345678});
  for (const int byte : {0x21, 0xFE, 0xFF, 0x31, 0xFE, 0xFF, 0x39, 0x02, 0x0D, 0xF0, 0, 0}) {
    code.push_back(static_cast<std::uint8_t>(byte));
  }
  constexpr std::uint32_t kCode = 0x40100000;
  EXPECT_EQ(chip_->ask(kMemBegin, StubClient::words({20, 2, 12, kCode})).status, kOk);
  const std::span<const std::uint8_t> all{code};
  const auto send = [&](std::uint32_t sequence, std::span<const std::uint8_t> block) {
    chip_->send_data(kMemData, sequence, block);
    return chip_->answer(kMemData).value_or(Answer{}).status;
  };
  EXPECT_EQ(send(1, all.first(12)), kInvalid);
  EXPECT_EQ(send(0, all.first(12)), kOk);
  EXPECT_EQ(send(0, all.first(12)), kOk);  // its answer was lost: not stored twice
  EXPECT_EQ(chip_->ask(kMemEnd, StubClient::words({0, kCode + 8})).status, kNotEnough);
  EXPECT_EQ(send(1, all), kTooBig);
  EXPECT_EQ(send(1, all.subspan(12, 6)), kBadLength);
  EXPECT_EQ(send(1, all.first(12)), kTooMuch);
  EXPECT_EQ(send(1, all.subspan(12)), kOk);
  EXPECT_EQ(word(kCode), kScratch);
  EXPECT_EQ(word(kCode + 8), 0x31FFFE21U);
  EXPECT_EQ(chip_->ask(kMemEnd, StubClient::words({1, 0})).status, kOk);  // stay
  EXPECT_EQ(chip_->ask(kMemEnd, StubClient::words({0, kCode + 8})).status, kOk);
  expect_alive();  // the code came back
  EXPECT_EQ(word(kScratch), 0x12345678U);
}

TEST_F(StubTest, MemoryRulesAreKept) {
  start();
  const auto& stub = esp::stub_image();
  const auto begin_at = [&](std::uint32_t address, std::uint32_t size, std::uint32_t block) {
    return chip_->ask(kMemBegin, StubClient::words({size, 1, block, address})).status;
  };
  EXPECT_EQ(begin_at(stub.text_address + 64, 64, 64), kInvalid);
  EXPECT_EQ(begin_at(stub.text_address - 32, 64, 64), kInvalid);
  EXPECT_EQ(begin_at(stub.data_address + 0x8000, 64, 64), kInvalid);
  EXPECT_EQ(begin_at(kScratch + 2, 64, 64), kInvalid);
  EXPECT_EQ(begin_at(kScratch, 64, kBlock + 1), kTooBig);
  chip_->send_data(kMemData, 0, Bytes(64));
  EXPECT_EQ(chip_->answer(kMemData).value_or(Answer{}).status, kNotBegun);
  EXPECT_EQ(begin_at(kScratch, 64, 64), kOk);
  chip_->send(kMemData, StubClient::data_block(0, Bytes(64)), 0x12);
  EXPECT_EQ(chip_->answer(kMemData).value_or(Answer{}).status, kBadChecksum);
}

TEST_F(StubTest, WritesReadsBackAndDigests) {
  start();
  change_baud(2000000);
  const Bytes image = noise(50000, 7);  // neither block nor sector nor word aligned at the end
  const Bytes before = chip_->slot().flash();
  write(0x3000, image);
  EXPECT_EQ(read_back(0x3000, 50000), image);
  EXPECT_EQ(read_back(0, 0x3000), Bytes(before.begin(), before.begin() + 0x3000));
  const std::uint32_t erased_to = 0x10000;
  EXPECT_EQ(read_back(erased_to, 0x1000),
            Bytes(before.begin() + erased_to, before.begin() + erased_to + 0x1000));
  const Answer digest = chip_->ask(kMd5, StubClient::words({0x3000, 50000, 0, 0}));
  EXPECT_EQ(digest.status, kOk);
  EXPECT_EQ(digest.data, md5(image));
  const Answer empty = chip_->ask(kMd5, StubClient::words({0x3000, 0, 0, 0}));
  EXPECT_EQ(empty.data, md5({}));
  EXPECT_EQ(overflows(), 0U);
  EXPECT_EQ(lost_frames(), 0U);
}

TEST_F(StubTest, WritesAtAnyOffsetWithAnyBlockSize) {
  start();
  change_baud(2000000);
  const Bytes image = noise(9001, 8);
  write(0x5003, image, 1001);
  EXPECT_EQ(read_back(0x5003, 9001), image);
  const Bytes tiny = noise(77, 9);
  write(0x9FFF, tiny, 13);
  EXPECT_EQ(read_back(0x9FFF, 77), tiny);
}

TEST_F(StubTest, APaddedLastBlockWritesOnlyWhatWasAnnounced) {
  start();
  Bytes block = noise(1024, 3);
  EXPECT_EQ(begin(1000, 0x4000, 1024).status, kOk);
  EXPECT_EQ(data(0, block).status, kOk);
  EXPECT_EQ(data(1, block).status, kTooMuch);
  EXPECT_EQ(end().status, kOk);
  std::fill(block.begin() + 1000, block.end(), std::uint8_t{0xFF});
  EXPECT_EQ(read_back(0x4000, 1024), block);
}

TEST_F(StubTest, ABlockSentAgainIsAcknowledgedAndNotWrittenTwice) {
  start();
  const Bytes image = noise(3 * 1024, 4);
  const std::span<const std::uint8_t> all{image};
  EXPECT_EQ(begin(3 * 1024, 0x8000, 1024).status, kOk);
  EXPECT_EQ(data(0, all.first(1024)).status, kOk);
  EXPECT_EQ(data(0, all.first(1024)).status, kOk);
  EXPECT_EQ(data(2, all.subspan(2048)).status, kInvalid);  // a gap
  EXPECT_EQ(data(1, all.subspan(1024, 1024)).status, kOk);
  EXPECT_EQ(data(0, all.first(1024)).status, kInvalid);  // too old
  // The right number of the block before, but other bytes: no repetition.
  EXPECT_EQ(data(1, all.subspan(2048)).status, kInvalid);
  EXPECT_EQ(end().status, kNotEnough);
  EXPECT_EQ(data(2, all.subspan(2048)).status, kOk);
  EXPECT_EQ(end().status, kOk);
  EXPECT_EQ(end().status, kNotBegun);
  EXPECT_EQ(read_back(0x8000, 3 * 1024), image);
}

TEST_F(StubTest, ARejectedBlockChangesNothingAndMayBeSentAgain) {
  start();
  const Bytes image = noise(1024, 5);
  EXPECT_EQ(data(0, image).status, kNotBegun);
  EXPECT_EQ(begin(1024, 0x8000, 1024).status, kOk);
  chip_->send(kFlashData, StubClient::data_block(0, image), StubClient::checksum(image) ^ 0x40);
  EXPECT_EQ(chip_->answer(kFlashData).value_or(Answer{}).status, kBadChecksum);
  chip_->send(kFlashData, StubClient::data_block(0, image),
              StubClient::checksum(image) | 0x100);  // the whole word counts
  EXPECT_EQ(chip_->answer(kFlashData).value_or(Answer{}).status, kBadChecksum);
  EXPECT_EQ(data(0, noise(1025, 1)).status, kTooBig);
  Bytes wrong_length = StubClient::data_block(0, image);
  wrong_length[0] = 0xFC;
  chip_->send(kFlashData, wrong_length, StubClient::checksum(image));
  EXPECT_EQ(chip_->answer(kFlashData).value_or(Answer{}).status, kBadLength);
  EXPECT_EQ(data(0, image).status, kOk);
  EXPECT_EQ(end().status, kOk);
  EXPECT_EQ(read_back(0x8000, 1024), image);
}

TEST_F(StubTest, FlashBeginChecksWhatIsAnnounced) {
  start();
  EXPECT_EQ(begin(1024, 0x100000 - 1023).status, kInvalid);
  EXPECT_EQ(begin(0xFFFFFFFF, 0x1000).status, kInvalid);
  EXPECT_EQ(begin(1024, 0, kBlock + 1).status, kTooBig);
  EXPECT_EQ(begin(0, 0).status, kOk);
  EXPECT_EQ(end().status, kOk);
  const Bytes with_encrypt = StubClient::words({0, 0, 1024, 0, 0});
  EXPECT_EQ(chip_->ask(kFlashBegin, with_encrypt).status, kOk);
  const Bytes larger = StubClient::words({0, 0x400000, 0x10000, 0x1000, 0x100, 0xFFFF});
  EXPECT_EQ(chip_->ask(kSetParams, larger).status, kOk);
  EXPECT_EQ(begin(0, 0x3FFFFF).status, kOk);
  EXPECT_EQ(chip_->ask(kAttach, StubClient::words({0})).status, kOk);
}

TEST_F(StubTest, ErasesRegionsAndNothingElse) {
  start();
  chip_->slot().load_flash(0, Bytes(0x100000, 0));
  const auto erase = [&](std::uint32_t from, std::uint32_t count) {
    return chip_->ask(kEraseRegion, StubClient::words({from, count}), seconds{30}).status;
  };
  EXPECT_EQ(erase(0xF000, 0x12000), kOk);  // sector, block, sector
  Bytes expected(0x100000, 0);
  std::fill(expected.begin() + 0xF000, expected.begin() + 0x21000, std::uint8_t{0xFF});
  EXPECT_EQ(chip_->slot().flash(), expected);
  EXPECT_EQ(erase(0x100, 0x1000), kInvalid);
  EXPECT_EQ(erase(0x1000, 0x100), kInvalid);
  EXPECT_EQ(erase(0xFF000, 0x2000), kInvalid);
  EXPECT_EQ(erase(0xFF000, 0x1000), kOk);
  EXPECT_EQ(erase(0, 0), kOk);
  std::fill(expected.begin() + 0xFF000, expected.end(), std::uint8_t{0xFF});
  EXPECT_EQ(chip_->slot().flash(), expected);
}

TEST_F(StubTest, ErasesTheChip) {
  start();
  EXPECT_EQ(chip_->ask(kEraseFlash, {}, seconds{20}).status, kOk);
  EXPECT_EQ(chip_->slot().flash(), Bytes(0x100000, 0xFF));
}

TEST_F(StubTest, RunUserCodeBootsTheFlash) {
  start();
  chip_->send(kRunUserCode, {});
  std::string text;
  chip_->set_baud(115200);
  chip_->idle(milliseconds{400});
  while (const auto wire = chip_->slot().take()) text += static_cast<char>(wire->value);
  EXPECT_NE(text.find("load 0x"), std::string::npos) << text << chip_->slot().chip_fault();
}

TEST_F(StubTest, FlashEndWithZeroReboots) {
  start();
  EXPECT_EQ(begin(0, 0).status, kOk);
  EXPECT_EQ(chip_->ask(kFlashEnd, StubClient::words({0})).status, kOk);
  chip_->idle(milliseconds{200});
  std::string text;
  while (const auto wire = chip_->slot().take()) text += static_cast<char>(wire->value);
  EXPECT_NE(text.find("rst cause:"), std::string::npos) << text;
}

TEST_F(StubTest, ChangesTheRateExactlyAndRefusesWhatItCannotMake) {
  start();
  EXPECT_EQ(chip_->ask(kChangeBaud, StubClient::words({3600000, 115200})).status, kInvalid);
  EXPECT_EQ(chip_->ask(kChangeBaud, StubClient::words({0, 115200})).status, kInvalid);
  constexpr std::uint32_t kDivisor = 0x60000014;
  struct Case {
    std::uint32_t baud, divisor;
  };
  for (const auto& [baud, divisor] : {Case{921600, 56}, Case{2000000, 26}, Case{460800, 113},
                                      Case{4000000, 13}, Case{1000000, 52}, Case{115200, 451}}) {
    change_baud(baud);
    EXPECT_EQ(word(kDivisor) & 0xFFFFF, divisor) << baud;
  }
}

}  // namespace
}  // namespace plugrig::test
