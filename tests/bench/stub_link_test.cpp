// The stub's link: reading streams, noise, pipelining, and what it does with bad flash dies.

#include <algorithm>
#include <cstdio>

#include "stub_fixture.hpp"

namespace plugrig::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class StubRead : public StubTest {
 protected:
  struct Stream {
    Bytes bytes;
    Bytes digest;
    int most_unacknowledged = 0;  ///< frames seen before the first acknowledgement was sent
  };

  // Acknowledges `late` frames behind what has come in.
  Stream stream(std::uint32_t from, std::uint32_t count, std::uint32_t block,
                std::uint32_t in_flight, int late) {
    Stream out;
    EXPECT_EQ(chip_->ask(kReadFlash, StubClient::words({from, count, block, in_flight})).status,
              kOk);
    std::vector<std::uint32_t> due;
    while (out.bytes.size() < count) {
      const auto got = chip_->frame(seconds{1});
      if (!got) {
        if (due.empty()) break;
        acknowledge(due);
        continue;
      }
      out.bytes.insert(out.bytes.end(), got->begin(), got->end());
      due.push_back(static_cast<std::uint32_t>(out.bytes.size()));
      out.most_unacknowledged = std::max(out.most_unacknowledged, static_cast<int>(due.size()));
      if (static_cast<int>(due.size()) > late) acknowledge(due);
    }
    while (!due.empty()) acknowledge(due);
    out.digest = chip_->frame(seconds{1}).value_or(Bytes{});
    return out;
  }

 private:
  void acknowledge(std::vector<std::uint32_t>& due) {
    chip_->send_frame(StubClient::words({due.front()}));
    due.erase(due.begin());
  }
};

TEST_F(StubRead, StreamsWithTheCustomaryWindow) {
  start();
  change_baud(921600);
  const Stream got = stream(0x1000, 10000, 4096, 64, 0);
  EXPECT_EQ(got.bytes, read_back(0x1000, 10000));
  EXPECT_EQ(got.digest, md5(got.bytes));
  EXPECT_EQ(got.most_unacknowledged, 1);
  expect_alive();
}

TEST_F(StubRead, KeepsTwoBlocksInFlight) {
  start();
  change_baud(2000000);
  const Stream got = stream(3, 20001, 4096, 8192, 1);
  EXPECT_EQ(got.bytes, read_back(3, 20001));
  EXPECT_EQ(got.digest, md5(got.bytes));
  EXPECT_EQ(got.most_unacknowledged, 2);
}

TEST_F(StubRead, NeverSendsMoreThanTheWindow) {
  start();
  change_baud(921600);
  const Stream got = stream(0, 5 * 4096, 4096, 8192, 4);  // acknowledges only when nothing comes
  EXPECT_EQ(got.bytes, read_back(0, 5 * 4096));
  EXPECT_EQ(got.most_unacknowledged, 2);
}

TEST_F(StubRead, AHostThatGaveUpGetsTheStubBackWithSync) {
  start();
  change_baud(921600);
  EXPECT_EQ(chip_->ask(kReadFlash, StubClient::words({0, 0x10000, 4096, 64})).status, kOk);
  EXPECT_TRUE(chip_->frame(seconds{1}));
  expect_alive();
  EXPECT_EQ(chip_->ask(kReadFlash, StubClient::words({0, 100, 0, 64})).status, kTooBig);
  EXPECT_EQ(chip_->ask(kReadFlash, StubClient::words({0xFFFFF, 2, 64, 64})).status, kInvalid);
  EXPECT_EQ(chip_->ask(kMd5, StubClient::words({0x100000, 1, 0, 0})).status, kInvalid);
}

class StubNoise : public StubTest {};

TEST_F(StubNoise, GarbageAndHalfFramesCostNothingButThemselves) {
  start();
  const Bytes good = StubClient::slip(StubClient::data_block(0, noise(100, 1)));
  chip_->send_raw(noise(300, 2));
  chip_->send_raw(Bytes{0xC0, 0xC0, 0xC0});
  chip_->send_raw(Bytes(good.begin(), good.begin() + 50));  // cut off
  expect_alive();
  chip_->send_raw(Bytes{0xC0});  // an odd count of ENDs
  expect_alive();
  chip_->send_raw(Bytes{0xDB});  // half an escape in front of a frame
  expect_alive();
  chip_->send_raw(Bytes(20000, 0x55));  // longer than any frame
  expect_alive();
  EXPECT_EQ(overflows(), 0U);
}

TEST_F(StubNoise, ADamagedFrameIsRefused) {
  start();
  EXPECT_EQ(begin(100, 0, 100).status, kOk);
  Bytes frame = StubClient::slip(Bytes{0, kReadReg, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  frame[7] = 0xDB;  // followed by 0: no such escape
  chip_->send_raw(frame);
  EXPECT_EQ(chip_->answer(kReadReg).value_or(Answer{}).status, kBadLength);
}

TEST_F(StubNoise, AThousandBadFramesLeaveTheFlashAlone) {
  start();
  change_baud(2000000);
  const Bytes before = chip_->slot().flash();
  Bytes seeds = noise(4000, 11);
  for (std::size_t i = 0; i != 1000; ++i) {
    // A good header of a data command with everything else at random: never begun.
    Bytes payload = noise(24 + seeds[i * 4] % 64U, i);
    payload[0] = 0;
    payload[1] = (seeds[i * 4 + 1] & 1) != 0 ? std::uint8_t{kFlashData} : std::uint8_t{0x30};
    chip_->send_frame(payload);
    chip_->idle(milliseconds{1});
    while (chip_->slot().take()) {
    }
  }
  expect_alive();
  EXPECT_EQ(chip_->slot().flash(), before);
  EXPECT_EQ(chip_->slot().chip_fault(), "");
}

class StubFlashes : public StubTest {};

TEST_F(StubFlashes, StuckWriteEnableIsAFailureNotAHang) {
  start("stuck_wel");
  const Duration from = chip_->now();
  EXPECT_EQ(chip_->ask(kEraseRegion, StubClient::words({0, kSector}), seconds{3}).status,
            kFlashFailed);
  EXPECT_LT(chip_->now() - from, seconds{1});
  EXPECT_EQ(begin(1024, 0, 1024).status, kOk);
  EXPECT_EQ(data(0, noise(1024, 1)).status, kFlashFailed);  // the erase ahead has failed by now
  EXPECT_EQ(end().status, kFlashFailed);
  expect_alive();
}

TEST_F(StubFlashes, AFailedWriteIsToldInEveryAnswerUntilTheNextBegin) {
  start("stuck_wip");
  const Bytes image = noise(4 * 1024, 1);
  const std::span<const std::uint8_t> all{image};
  EXPECT_EQ(begin(4 * 1024, 0, 1024).status, kOk);
  chip_->send_data(kFlashData, 0, all.first(1024));
  EXPECT_TRUE(chip_->answer(kFlashData, seconds{10}));
  chip_->send_data(kFlashData, 1, all.subspan(1024, 1024));
  EXPECT_EQ(chip_->answer(kFlashData, seconds{10}).value_or(Answer{}).status, kFlashFailed);
  EXPECT_EQ(data(1, all.subspan(1024, 1024)).status, kFlashFailed);
  EXPECT_EQ(end().status, kFlashFailed);
  EXPECT_EQ(chip_->ask(kMd5, StubClient::words({0, 64, 0, 0}), seconds{10}).status, kFlashFailed);
  expect_alive();
}

TEST_F(StubFlashes, NoFlashIsAFailureAtOnce) {
  start("absent");
  const Duration from = chip_->now();
  EXPECT_EQ(begin(1024, 0, 1024).status, kFlashFailed);
  EXPECT_EQ(chip_->ask(kEraseFlash, {}).status, kFlashFailed);
  EXPECT_EQ(chip_->ask(kEraseRegion, StubClient::words({0, kSector})).status, kFlashFailed);
  EXPECT_EQ(chip_->ask(kMd5, StubClient::words({0, 64, 0, 0})).status, kFlashFailed);
  EXPECT_EQ(chip_->ask(kReadFlash, StubClient::words({0, 64, 64, 64})).status, kFlashFailed);
  EXPECT_LT(chip_->now() - from, milliseconds{500});
}

TEST_F(StubFlashes, ALockedFlashIsUnlocked) {
  start("locked");
  change_baud(2000000);
  const Bytes image = noise(5000, 6);
  write(0xFE000, image, 1024);
  EXPECT_EQ(read_back(0xFE000, 5000), image);
}

TEST_F(StubFlashes, AWeakSectorShowsInTheDigest) {
  start("weak_sector");
  change_baud(2000000);
  const Bytes image(7 * kSector, 0);
  write(kSector, image);
  const Answer digest = chip_->ask(kMd5, StubClient::words({kSector, 7 * kSector, 0, 0}));
  EXPECT_EQ(digest.status, kOk);
  EXPECT_NE(digest.data, md5(image));
  EXPECT_EQ(digest.data, md5(read_back(kSector, 7 * kSector)));
}

TEST_F(StubFlashes, EveryGoodDieIsWritten) {
  for (const char* profile : {"puya", "slow", "gd25q32"}) {
    start(profile);
    change_baud(2000000);
    const Bytes image = noise(20000, 12);
    write(0x10000, image, 4096);
    EXPECT_EQ(read_back(0x10000, 20000), image) << profile;
  }
}

class StubSpeed : public StubTest {};

TEST_F(StubSpeed, ReceivesAtFullRateWhileItErasesAndPrograms) {
  constexpr std::uint32_t kSize = 0x10000;
  const Bytes image = noise(kSize, 42);
  for (const std::uint32_t baud : {921600U, 2000000U, 4000000U}) {
    for (const std::uint32_t block : {0x1000U, kBlock}) {
      start();
      change_baud(baud);
      const Duration from = chip_->now();
      const std::uint64_t instructions = chip_->slot().instructions();
      write(0x20000, image, block);
      const double took = std::chrono::duration<double>(chip_->now() - from).count();
      const double wire = kSize * 1.0078 * 10 / baud;
      std::printf(
          "64 KiB at %u in blocks of %u: %.3f s, wire alone %.3f s, %.1f instructions/byte\n", baud,
          block, took, wire,
          static_cast<double>(chip_->slot().instructions() - instructions) / kSize);
      EXPECT_EQ(read_back(0x20000, kSize), image);
      EXPECT_EQ(overflows(), 0U);
      EXPECT_EQ(lost_frames(), 0U);
    }
  }
}

TEST_F(StubSpeed, DigestsAndReads) {
  start();
  change_baud(2000000);
  const Duration from = chip_->now();
  const std::uint64_t instructions = chip_->slot().instructions();
  EXPECT_EQ(chip_->ask(kMd5, StubClient::words({0, 0x40000, 0, 0}), seconds{8}).data,
            md5(read_back(0, 0x40000)));
  std::printf("MD5 of 256 KiB: %.3f s, %.1f instructions/byte\n",
              std::chrono::duration<double>(chip_->now() - from).count(),
              static_cast<double>(chip_->slot().instructions() - instructions) / 0x40000);
}

}  // namespace
}  // namespace plugrig::test
