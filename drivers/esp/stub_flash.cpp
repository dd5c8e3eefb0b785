#include "drivers/esp/stub_flash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/rom_flash.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kErase_block = 0x10000;
constexpr milliseconds kAnswer{500};
// ESP8266 flashing notes, flash timing: worst cases for time-outs.
constexpr milliseconds kSectorWorst{500};
constexpr milliseconds kBlockWorst{3000};
// Reading and digesting 64 KiB takes some 75 ms.
constexpr milliseconds kDigestPer64K{500};

constexpr std::uint32_t kReadBlock = 4096;
constexpr std::uint32_t kReadInFlight = 2 * kReadBlock;
constexpr int kTries = 5;

void join(std::vector<FlashRange>& ranges, FlashRange next) {
  if (!ranges.empty() && ranges.back().offset + ranges.back().length == next.offset) {
    ranges.back().length += next.length;
  } else {
    ranges.push_back(next);
  }
}

}  // namespace

void StubFlash::recover(const char* doing, std::uint32_t address, const Deadline& deadline) {
  ++anomalies_;
  Link& link = commands_.link();
  link.log().note(link.clock().now(), fmt::format("trouble {} at 0x{:X}", doing, address));
  if (!link.resynchronise(deadline)) {
    throw LinkTrouble(LinkTrouble::Kind::lost,
                      fmt::format("no answer while {} at 0x{:X}", doing, address));
  }
}

Md5 StubFlash::digest(FlashRange range, const Deadline& deadline) {
  const Duration limit =
      kAnswer + static_cast<int>(range.length / kErase_block + 1) * kDigestPer64K;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Response answer = commands_.command(
        Op::flash_md5, words({range.offset, range.length, 0, 0}), limit, deadline);
    Md5 out{};
    if (answer.data.size() == out.size()) {
      std::copy(answer.data.begin(), answer.data.end(), out.begin());
      return out;
    }
    recover("digesting", range.offset, deadline);
  }
  throw LinkTrouble(LinkTrouble::Kind::noisy, "no digest in the answer");
}

bool StubFlash::holds(std::uint32_t offset, std::span<const std::uint8_t> expected,
                      const Deadline& deadline) {
  if (expected.empty()) return true;
  const Md5 wanted = md5(expected);
  const FlashRange range{offset, static_cast<std::uint32_t>(expected.size())};
  std::optional<Md5> last;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Md5 found = digest(range, deadline);
    if (found == wanted) return true;
    if (last == found) return false;
    last = found;
  }
  throw LinkTrouble(LinkTrouble::Kind::noisy, "the digest is different each time");
}

std::vector<std::uint32_t> StubFlash::differing_sectors(std::uint32_t offset,
                                                        std::span<const std::uint8_t> expected,
                                                        const AddressFn& reached,
                                                        const Deadline& deadline) {
  std::vector<std::uint32_t> found;
  for (std::size_t at = 0; at < expected.size(); at += sector_bytes) {
    const auto part =
        expected.subspan(at, std::min<std::size_t>(sector_bytes, expected.size() - at));
    const auto address = offset + static_cast<std::uint32_t>(at);
    if (!holds(address, part, deadline)) found.push_back(address);
    if (reached) reached(address + static_cast<std::uint32_t>(part.size()));
  }
  return found;
}

std::vector<FlashRange> StubFlash::worth_writing(std::uint32_t offset,
                                                 std::span<const std::uint8_t> expected,
                                                 const AddressFn& reached,
                                                 const Deadline& deadline) {
  std::vector<FlashRange> ranges;
  const auto total = static_cast<std::uint32_t>(expected.size());
  for (std::uint32_t at = 0; at < total;) {
    const std::uint32_t to_boundary = kErase_block - (offset + at) % kErase_block;
    const std::uint32_t length = std::min(to_boundary, total - at);
    const auto block = expected.subspan(at, length);
    const auto first = block.first(std::min(length, sector_bytes));
    // Other firmware differs from its first sector on: one short digest settles the block.
    if (!holds(offset + at, first, deadline)) {
      join(ranges, {offset + at, length});
    } else if (!holds(offset + at, block, deadline)) {
      for (const std::uint32_t sector : differing_sectors(offset + at, block, {}, deadline)) {
        join(ranges, {sector, std::min(sector_bytes, offset + total - sector)});
      }
    }
    at += length;
    if (reached) reached(offset + at);
  }
  return ranges;
}

void StubFlash::erase(FlashRange range, const AddressFn& reached, const Deadline& deadline) {
  const std::uint32_t end = range.offset + range.length;
  for (std::uint32_t at = range.offset; at < end;) {
    const std::uint32_t length = std::min(kErase_block - at % kErase_block, end - at);
    const Duration limit = length == kErase_block
                               ? kAnswer + kBlockWorst
                               : kAnswer + static_cast<int>(length / sector_bytes) * kSectorWorst;
    commands_.command(Op::erase_region, words({at, length}), limit, deadline);
    at += length;
    if (reached) reached(at);
  }
}

std::vector<std::uint8_t> StubFlash::read(FlashRange range, const AddressFn& reached,
                                          const Deadline& deadline) {
  std::vector<std::uint8_t> out;
  out.reserve(range.length);
  std::uint32_t chunk_bytes = kErase_block;
  int failures = 0;
  while (out.size() < range.length) {
    const auto done = static_cast<std::uint32_t>(out.size());
    const FlashRange chunk{range.offset + done, std::min(chunk_bytes, range.length - done)};
    if (read_chunk(chunk, out, deadline)) {
      failures = 0;
      if (reached) reached(chunk.offset + chunk.length);
      continue;
    }
    out.resize(done);
    if (++failures > (last_resort_ ? 3 * kTries : kTries)) {
      throw LinkTrouble(LinkTrouble::Kind::noisy,
                        fmt::format("0x{:X} comes damaged each time", chunk.offset));
    }
    chunk_bytes = sector_bytes;
    recover("reading", chunk.offset, deadline);
  }
  return out;
}

bool StubFlash::read_chunk(FlashRange chunk, std::vector<std::uint8_t>& into,
                           const Deadline& deadline) {
  Link& link = commands_.link();
  const std::size_t start = into.size();
  commands_.command(Op::read_flash, words({chunk.offset, chunk.length, kReadBlock, kReadInFlight}),
                    kAnswer, deadline);
  while (into.size() - start < chunk.length) {
    const auto got = static_cast<std::uint32_t>(into.size() - start);
    const std::uint32_t wanted = std::min(kReadBlock, chunk.length - got);
    const auto frame =
        link.receive_frame(kAnswer + link.wire_time(std::size_t{2} * kReadBlock), deadline);
    if (!frame || frame->size() != wanted) return false;
    into.insert(into.end(), frame->begin(), frame->end());
    link.send_frame(words({got + wanted}), deadline);
  }
  const auto sum = link.receive_frame(kAnswer, deadline);
  const Md5 wanted = md5(std::span(into).subspan(start));
  return sum && std::equal(sum->begin(), sum->end(), wanted.begin(), wanted.end());
}

}  // namespace plugrig::esp
