#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures/twin/image_maker.hpp"
#include "tests/unit/twin/chip_host.hpp"

// Each fault of a slot shows as it would on a bench.

namespace plugrig::twin::test {
namespace {

using testing::HasSubstr;

TwinSlotOptions with(const SlotFaults& faults) {
  TwinSlotOptions given = options();
  given.faults = faults;
  return given;
}

TEST(SlotFault, OpenTxIsSilence) {
  SlotFaults faults;
  faults.open_tx = true;
  TwinSlot slot(with(faults));
  Host host(slot);
  EXPECT_EQ(host.text(300ms, 74880), "");
  host.enter_loader();
  EXPECT_FALSE(host.sync());
}

TEST(SlotFault, OpenRxShowsTheLoaderButNoAnswer) {
  SlotFaults faults;
  faults.open_rx = true;
  TwinSlot slot(with(faults));
  Host host(slot);
  slot.set_lines(false, true);
  slot.advance(100ms);
  slot.set_lines(true, false);
  EXPECT_THAT(host.text(100ms, 74880), HasSubstr("boot mode:(1,"));
  EXPECT_FALSE(host.sync());
}

TEST(SlotFault, OpenStrapBootsFromFlash) {
  SlotFaults faults;
  faults.open_strap = true;
  TwinSlot slot(with(faults));
  Host host(slot);
  slot.set_lines(false, true);
  slot.advance(100ms);
  slot.set_lines(true, false);
  EXPECT_THAT(host.text(100ms, 74880), HasSubstr("rst cause:2, boot mode:(3,"));
}

TEST(SlotFault, OpenResetNeverResets) {
  SlotFaults faults;
  faults.open_reset = true;
  TwinSlot slot(with(faults));
  Host host(slot);
  EXPECT_THAT(host.text(300ms, 74880), HasSubstr("rst cause:1"));
  host.enter_loader();
  EXPECT_EQ(host.text(300ms, 74880), "");
}

TEST(SlotFault, OpenPowerAndWrongChipAreDead) {
  SlotFaults power;
  power.open_power = true;
  SlotFaults other;
  other.wrong_chip = true;
  for (const SlotFaults& faults : {power, other}) {
    TwinSlot slot(with(faults));
    Host host(slot);
    host.enter_loader();
    EXPECT_EQ(host.text(300ms, 74880), "");
    EXPECT_FALSE(host.sync());
    EXPECT_TRUE(slot.quiescent());
  }
}

TEST(SlotFault, BrownOutShowsAsBootTextInTheMiddleOfATransfer) {
  SlotFaults faults;
  faults.brown_out_at = 500ms;
  TwinSlot slot(with(faults));
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  ASSERT_LT(slot.now(), Duration{500ms});
  host.send_frame(request(0x02, words({0x40000, 1, 0x400, 0x10000})));  // erases for seconds
  EXPECT_THAT(host.text(1s, 74880), HasSubstr("rst cause:1, boot mode:(3,"));
  EXPECT_FALSE(host.sync());
}

/// Bytes of `count` READ_REG answers that differ from what a clean line gives.
int wrong_answers(const SlotFaults& faults, int count) {
  TwinSlot slot(with(faults));
  Host host(slot);
  host.enter_loader();
  bool synced = false;
  for (int i = 0; i < 5 && !synced; ++i) synced = host.sync();
  int wrong = 0;
  for (int i = 0; i < count; ++i) {
    host.send_frame(request(0x0A, words({0x40001000})));
    const auto answer = host.frame(100ms);
    if (!answer || hex(*answer) != "010a020001c1f0ff0000") ++wrong;
    host.drain();
  }
  return wrong;
}

TEST(SlotFault, NoiseSpoilsSomeAnswersAndRepeatsWithItsSeed) {
  EXPECT_EQ(wrong_answers({}, 40), 0);
  SlotFaults flip_in;
  flip_in.flip_per_byte_to_chip = 0.01;
  SlotFaults flip_out;
  flip_out.flip_per_byte_to_host = 0.01;
  SlotFaults drop_in;
  drop_in.drop_per_byte_to_chip = 0.01;
  SlotFaults drop_out;
  drop_out.drop_per_byte_to_host = 0.01;
  for (const SlotFaults& faults : {flip_in, flip_out, drop_in, drop_out}) {
    const int wrong = wrong_answers(faults, 40);
    EXPECT_GT(wrong, 0);
    EXPECT_LT(wrong, 40);
    EXPECT_EQ(wrong_answers(faults, 40), wrong);
  }
}

class DeadFlash : public testing::TestWithParam<std::string> {};

TEST_P(DeadFlash, NeverAnswersFlashBegin) {
  TwinSlotOptions given = options();
  given.chip.flash = GetParam();
  TwinSlot slot(given);
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  host.send_frame(request(0x02, words({0x1000, 4, 0x400, 0})));
  EXPECT_FALSE(host.frame(30s));
}

INSTANTIATE_TEST_SUITE_P(SlotFault, DeadFlash, testing::Values("stuck_wel", "stuck_wip", "absent"));

TEST(SlotFault, RingIsOverwrittenWhileTheLoaderIsBusy) {
  TwinSlot slot(options());
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  host.send_frame(request(0x02, words({0x8000, 4, 0x400, 0})));
  // Sent without waiting for the answer: the ring of 256 wraps, the request is lost.
  host.send(Bytes(300, 0x55));
  host.send_frame(request(0x0A, words({0x40001000})));
  const auto begin = host.frame(10s);
  ASSERT_TRUE(begin);
  EXPECT_EQ(hex(*begin), "01020200070712200000");
  const auto read = host.frame(200ms);
  EXPECT_TRUE(!read || hex(*read) == "010a020001c1f0ff0000");
}

TEST(SlotRates, RegisterWriteChangesTheRate) {
  TwinSlot slot(options());
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  for (const std::uint32_t divisor : {56U, 26U, 13U, 451U}) {
    host.send_frame(request(0x09, words({0x60000014, divisor, 0xFFFFFFFF, 0})));
    slot.advance(slot.now() + 20ms);
    while (slot.take()) {
    }
    host.baud = 52'000'000 / divisor;
    EXPECT_TRUE(host.sync()) << host.baud;
  }
}

TEST(SlotRates, AutobaudFollowsTheHost) {
  for (const std::uint32_t baud : {9600U, 115200U, 230400U, 460800U, 921600U}) {
    TwinSlot slot(options());
    Host host(slot);
    host.baud = baud;
    host.enter_loader();
    EXPECT_TRUE(host.sync()) << baud;
  }
}

TEST(SlotRates, AWrongRateOfTheHostGetsNothing) {
  TwinSlot slot(options());
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  host.baud = 230400;
  EXPECT_FALSE(host.sync());
}

TEST(SlotFlash, RomOnlyWriteEndsInTheImage) {
  TwinSlot slot(options());
  Host host(slot);
  host.enter_loader();
  ASSERT_TRUE(host.sync());
  const Bytes image = make_image({.size_bytes = kSmallImage});
  // 8 sectors at 0: the request of 4 makes the ROM erase 8.
  host.send_frame(request(0x02, words({0x4000, 8, 0x1000, 0})));
  ASSERT_TRUE(host.frame(10s));
  for (std::uint32_t i = 0; i < 8; ++i) {
    const auto first = image.begin() + static_cast<std::ptrdiff_t>(0x1000 * i);
    host.send_frame(data_request(0x03, i, Bytes(first, first + 0x1000)));
    const auto answer = host.frame(5s);
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)[8], 0);
  }
  const Bytes flash = slot.flash();
  EXPECT_EQ(Bytes(flash.begin(), flash.begin() + kSmallImage), image);
  host.start_application();
  EXPECT_THAT(host.text(5s, 115200), HasSubstr("Tasmota Version"));
}

}  // namespace
}  // namespace plugrig::twin::test
