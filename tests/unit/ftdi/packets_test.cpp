#include "drivers/serial/ftdi/packets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "drivers/serial/ftdi/byte_ring.hpp"
#include "drivers/serial/ftdi/channel_faults.hpp"

namespace plugrig::ftdi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;

struct Parsed {
  std::vector<std::size_t> sizes;
  Bytes data;
  LineStatus status;
};

Parsed parse(const Bytes& transfer, std::size_t packet_bytes) {
  Parsed parsed;
  std::span<const std::uint8_t> rest = transfer;
  Packet packet;
  while (!rest.empty() && next_packet(rest, packet_bytes, packet)) {
    parsed.sizes.push_back(packet.data.size());
    parsed.data.insert(parsed.data.end(), packet.data.begin(), packet.data.end());
    note_status(parsed.status, packet.modem, packet.line, Instant{Duration{7}});
  }
  return parsed;
}

TEST(Packets, EveryPacketLosesItsTwoStatusBytes) {
  Bytes transfer;
  for (int packet = 0; packet < 3; ++packet) {
    transfer.insert(transfer.end(), {0x01, 0x60});
    for (int i = 0; i < (packet < 2 ? 62 : 5); ++i)
      transfer.push_back(static_cast<std::uint8_t>(packet * 62 + i));
  }
  const Parsed parsed = parse(transfer, 64);
  EXPECT_THAT(parsed.sizes, ElementsAre(62, 62, 5));
  for (std::size_t i = 0; i < parsed.data.size(); ++i) EXPECT_EQ(parsed.data[i], i);
}

TEST(Packets, ABarePacketHasNoData) {
  EXPECT_THAT(parse({0x01, 0x60}, 64).sizes, ElementsAre(0));
  EXPECT_THAT(parse({}, 64).sizes, IsEmpty());
}

TEST(Packets, AStumpIsNoPacket) {
  EXPECT_THAT(parse({0x01}, 64).sizes, IsEmpty());
  Bytes transfer(64, 0x11);
  transfer.push_back(0x01);
  EXPECT_THAT(parse(transfer, 64).sizes, ElementsAre(62));
}

// FTDI facts, section 4: byte 0 bits 4 … 7, byte 1 bits 1 … 4.
TEST(Packets, StatusBitsMeanWhatTheFactsSay) {
  LineStatus status;
  note_status(status, 0x12, 0x60, {});
  EXPECT_TRUE(status.cts);
  EXPECT_FALSE(status.dsr || status.ri || status.dcd);
  note_status(status, 0xE1, 0x02, Instant{Duration{9}});
  EXPECT_FALSE(status.cts);
  EXPECT_TRUE(status.dsr && status.ri && status.dcd);
  EXPECT_EQ(status.seen, Instant{Duration{9}});
  note_status(status, 0, 0x04 | 0x08, {});
  note_status(status, 0, 0x08 | 0x10, {});
  EXPECT_EQ(status.overruns, 1U);
  EXPECT_EQ(status.parity_errors, 1U);
  EXPECT_EQ(status.framing_errors, 2U);
  EXPECT_EQ(status.breaks, 1U);
}

TEST(Packets, ErrorsInTheMiddleOfATransferCount) {
  Bytes transfer(64 * 3, 'x');
  for (std::size_t i = 0; i < 3; ++i) {
    transfer[i * 64] = 0x01;
    transfer[i * 64 + 1] = i == 1 ? 0x0A : 0x60;
  }
  const Parsed parsed = parse(transfer, 64);
  EXPECT_EQ(parsed.status.overruns, 1U);
  EXPECT_EQ(parsed.status.framing_errors, 1U);
  EXPECT_EQ(parsed.data, Bytes(62 * 3, 'x'));
}

TEST(LineErrors, OnlyWhatIsNewBecomesEvidence) {
  LineStatus before, after;
  EXPECT_THAT(line_error_evidence(before, after), IsEmpty());
  before.framing_errors = after.framing_errors = 3;
  after.breaks = 2;
  const auto found = line_error_evidence(before, after);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "breaks");
  EXPECT_EQ(found[0].text, "2");
}

TEST(ByteRing, GivesBackInOrderWhateverThePieces) {
  std::mt19937_64 random(20261125);
  ByteRing ring(1000);
  std::deque<std::uint8_t> expected;
  std::uint8_t next = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes piece(random() % 400);
    for (auto& byte : piece) byte = next++;
    const std::size_t kept = ring.push(piece);
    EXPECT_EQ(kept, std::min(piece.size(), 1000 - expected.size()));
    expected.insert(expected.end(), piece.begin(),
                    piece.begin() + static_cast<std::ptrdiff_t>(kept));
    Bytes taken(random() % 500);
    taken.resize(ring.take(taken));
    ASSERT_LE(taken.size(), expected.size());
    ASSERT_TRUE(std::equal(taken.begin(), taken.end(), expected.begin()));
    expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(taken.size()));
    ASSERT_EQ(ring.size(), expected.size());
  }
  ring.clear();
  Bytes none(10);
  EXPECT_EQ(ring.take(none), 0U);
}

}  // namespace
}  // namespace plugrig::ftdi
