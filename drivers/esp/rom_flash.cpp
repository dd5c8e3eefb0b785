#include "drivers/esp/rom_flash.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/pace.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kSectorsPerBlock = 16;
// ESP8266 flashing notes, flash timing: worst cases for time-outs.
constexpr milliseconds kSectorWorst{500};
constexpr milliseconds kBlockWorst{3000};
constexpr milliseconds kPageWorst{5};
constexpr milliseconds kAnswer{500};
// The ROM programs a 256-byte page with 8 commands of 32 bytes.
constexpr int kCommandsPerPage = 8;

constexpr std::uint32_t kSmallBlock = 0x400;
constexpr int kMaxFailuresInPlace = 6;
constexpr int kMaxReadBackFailures = 3;

constexpr std::uint8_t kReadBackDiffers = 8;

Duration erase_worst(std::uint32_t erase_size) {
  // The ROM erases up to twice the sectors asked for, the later ones mostly in 64 KiB blocks.
  const std::uint32_t sectors = erase_size / sector_bytes;
  const auto single = static_cast<int>(std::min(sectors, 2 * kSectorsPerBlock) * 2);
  return kAnswer + single * kSectorWorst +
         static_cast<int>(sectors / kSectorsPerBlock) * kBlockWorst;
}

Duration write_worst(std::uint32_t bytes) {
  return kAnswer + static_cast<int>((bytes + 255) / 256 * kCommandsPerPage) * kPageWorst;
}

}  // namespace

RomErase plan_rom_erase(std::uint32_t offset, std::uint32_t length) {
  const std::uint32_t sectors = (length + sector_bytes - 1) / sector_bytes;
  const std::uint32_t head = kSectorsPerBlock - offset / sector_bytes % kSectorsPerBlock;
  const std::uint32_t first = std::min(head, sectors);
  if (sectors >= 2 * first) return {(sectors - first) * sector_bytes, 0};
  return {sectors / 2 * sector_bytes, sectors % 2};
}

void RomFlash::prepare(const Deadline& deadline) {
  unlock_flash(spi_, deadline);
  // Without it the ROM believes in 4 MiB and would let a damaged offset through.
  commands_.command(Op::spi_set_params,
                    words({0, flash_bytes_, 0x10000, sector_bytes, 0x100, 0xFFFF}), kAnswer,
                    deadline);
}

void RomFlash::begin(std::uint32_t offset, std::uint32_t erase_size, std::uint32_t write_size,
                     const Deadline& deadline) {
  commands_.command(Op::flash_begin,
                    words({erase_size, (write_size + block_ - 1) / block_, block_, offset}),
                    erase_worst(erase_size), deadline);
}

void RomFlash::erase(FlashRange range, const FlashProgressFn& progress, const Deadline& deadline) {
  if (progress) progress({"erasing", range.offset, 0, range.length});
  const RomErase plan = plan_rom_erase(range.offset, range.length);
  begin(range.offset, plan.erase_size, 0, deadline);
  if (plan.last_sectors != 0) {
    spi_.erase_sector(range.offset + range.length - sector_bytes, deadline);
  }
  if (progress) progress({"erasing", range.offset + range.length, range.length, range.length});
}

std::uint32_t RomFlash::recover(std::uint32_t address, std::uint32_t end,
                                const Deadline& deadline) {
  if (!commands_.link().resynchronise(deadline)) {
    throw LinkTrouble(LinkTrouble::Kind::lost, "no answer while writing, not even to SYNC");
  }
  // The ROM has moved its sequence number on: a retransmission would be refused. Start anew at the
  // sector of the failed block, which may be half programmed.
  block_ = kSmallBlock;
  const std::uint32_t sector = address / sector_bytes * sector_bytes;
  spi_.erase_sector(sector, deadline);
  begin(sector, 0, end - sector, deadline);
  return sector;
}

void RomFlash::write(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                     const FlashProgressFn& progress, const Deadline& deadline) {
  const auto total = static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t end = offset + total;
  erase({offset, (total + sector_bytes - 1) / sector_bytes * sector_bytes}, progress, deadline);
  begin(offset, 0, total, deadline);
  Link& link = commands_.link();
  Pace pace(write_worst(block_));
  int failures = 0;
  int read_back_failures = 0;
  std::uint32_t furthest = offset;
  std::uint32_t sequence = 0;
  for (std::uint32_t at = offset; at < end;) {
    const auto part = bytes.subspan(at - offset, std::min(block_, end - at));
    const Instant sent = link.clock().now();
    link.send(Op::flash_data, block_data(sequence, part), deadline, data_checksum(part));
    const auto answer =
        link.receive(Op::flash_data, pace.limit() + link.wire_time(part.size() + 24), deadline);
    if (answer && answer->ok()) {
      pace.observed(link.clock().now() - sent);
      at += static_cast<std::uint32_t>(part.size());
      ++sequence;
      if (at > furthest) {
        furthest = at;
        failures = 0;
        read_back_failures = 0;
      }
      if (progress) progress({"writing", at, at - offset, total});
      continue;
    }
    if (!answer) pace.doubt();
    if (answer && answer->code() == kReadBackDiffers) ++read_back_failures;
    if (read_back_failures >= kMaxReadBackFailures) {
      throw Fault("esp.flash.program", Blame::unit,
                  fmt::format("Sector 0x{:X} does not hold what is written to it; tried {} times.",
                              at / sector_bytes * sector_bytes, read_back_failures),
                  "Reject the unit: its flash is worn or damaged.", link.log().evidence());
    }
    if (++failures >= kMaxFailuresInPlace) {
      throw LinkTrouble(LinkTrouble::Kind::noisy, fmt::format("block at 0x{:X} fails", at));
    }
    at = recover(at, end, deadline);
    sequence = 0;
  }
}

std::vector<std::uint8_t> RomFlash::read(FlashRange range, const FlashProgressFn& progress,
                                         const Deadline& deadline) {
  return spi_.read(
      range.offset, range.length,
      [&](std::uint32_t done) {
        if (progress) {
          progress({"reading", range.offset + done, done, range.length});
        }
      },
      deadline);
}

}  // namespace plugrig::esp
