#include "drivers/esp/stub_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "drivers/esp/blank_runs.hpp"
#include "drivers/esp/rom_flash.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

constexpr std::size_t kSectorsShown = 8;

StubFlash stub_of(FlasherSession& session) { return {session.commands(), session.slowest()}; }

AddressFn as_progress(const FlashProgressFn& progress, std::string_view phase, FlashRange whole) {
  if (!progress) return {};
  return [=](std::uint32_t address) {
    const std::uint32_t reached = std::clamp(address, whole.offset, whole.offset + whole.length);
    progress({phase, reached, reached - whole.offset, whole.length});
  };
}

std::string sector_list(const std::vector<std::uint32_t>& sectors) {
  std::string text;
  for (std::size_t at = 0; at < std::min(sectors.size(), kSectorsShown); ++at) {
    text += fmt::format("{}0x{:X}", at == 0 ? "" : ", ", sectors[at]);
  }
  if (sectors.size() > kSectorsShown) {
    text += fmt::format(" and {} more", sectors.size() - kSectorsShown);
  }
  return text;
}

/// How a sector differs: count and direction of wrong bits, and the first place.
Evidence sector_evidence(StubFlash& stub, std::uint32_t offset,
                         std::span<const std::uint8_t> expected, std::uint32_t sector,
                         const Deadline& deadline) {
  const std::size_t from = sector - offset;
  const auto wanted =
      expected.subspan(from, std::min<std::size_t>(sector_bytes, expected.size() - from));
  const auto found = stub.read({sector, static_cast<std::uint32_t>(wanted.size())}, {}, deadline);
  unsigned stuck_high = 0;
  unsigned stuck_low = 0;
  std::size_t first = wanted.size();
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    const unsigned extra = found[at] & ~unsigned{wanted[at]};
    const unsigned missing = wanted[at] & ~unsigned{found[at]};
    stuck_high += static_cast<unsigned>(std::popcount(extra));
    stuck_low += static_cast<unsigned>(std::popcount(missing));
    if ((extra | missing) != 0) first = std::min(first, at);
  }
  return {fmt::format("sector 0x{:X}", sector),
          fmt::format("{} bits are 1 that should be 0, {} are 0 that should be 1; first at 0x{:X}",
                      stuck_high, stuck_low, sector + first)};
}

std::span<const std::uint8_t> sector_part(std::span<const std::uint8_t> bytes, std::size_t from) {
  return bytes.subspan(from, std::min<std::size_t>(sector_bytes, bytes.size() - from));
}

/// Writes a range that differs; what is blank in it is erased and not sent.
void write_parts(StubFlash& stub, std::uint32_t offset, std::span<const std::uint8_t> bytes,
                 const AddressFn& reached, const Deadline& deadline) {
  for (const auto& [range, blank] : split_blank(offset, bytes)) {
    const std::uint32_t sectors = (range.length + sector_bytes - 1) / sector_bytes;
    if (blank)
      stub.erase({range.offset, sectors * sector_bytes}, reached, deadline);
    else
      stub.write(range.offset, bytes.subspan(range.offset - offset, range.length), reached,
                 deadline);
  }
}

/// Second and last try for the sectors that differ, at a lower rate.
void repair(FlasherSession& session, std::uint32_t offset, std::span<const std::uint8_t> bytes,
            const std::vector<std::uint32_t>& sectors, const Deadline& deadline) {
  session.slow_down_now(deadline);
  StubFlash stub = stub_of(session);
  std::vector<std::uint32_t> again;
  for (const std::uint32_t sector : sectors) {
    const auto part = sector_part(bytes, sector - offset);
    stub.write(sector, part, {}, deadline);
    if (!stub.holds(sector, part, deadline)) again.push_back(sector);
  }
  if (again.empty()) return;
  throw Fault(
      "esp.flash.sector", Blame::unit,
      fmt::format("Flash does not hold what is written, twice, in sector {}.", sector_list(again)),
      "Reject the unit: its flash is worn, damaged or not genuine.",
      {sector_evidence(stub, offset, bytes, again.front(), deadline)});
}

}  // namespace

void OutsideGuard::note(StubFlash& stub, FlashRange inside, std::uint32_t flash_bytes,
                        const Deadline& deadline) {
  if (std::exchange(noted_, true)) return;
  const std::uint32_t begin = inside.offset / sector_bytes * sector_bytes;
  const std::uint32_t end =
      (inside.offset + inside.length + sector_bytes - 1) / sector_bytes * sector_bytes;
  for (const FlashRange range : {FlashRange{0, begin}, FlashRange{end, flash_bytes - end}}) {
    if (range.length != 0) pieces_.push_back({range, stub.digest(range, deadline)});
  }
}

void OutsideGuard::check(StubFlash& stub, const Deadline& deadline) const {
  for (const Piece& piece : pieces_) {
    // A digest damaged on its way must not accuse the flash; three in a row do.
    int differs = 0;
    while (differs < 3 && stub.digest(piece.range, deadline) != piece.digest) ++differs;
    if (differs < 3) continue;
    throw Fault("esp.write.stray", Blame::contact,
                fmt::format("Noise on the line changed flash outside of the range, within 0x{:X} "
                            "to 0x{:X}.",
                            piece.range.offset, piece.range.offset + piece.range.length),
                "Clean the contacts, then restore the backup or erase and write everything.");
  }
}

std::uint32_t write_and_prove(FlasherSession& session, OutsideGuard& guard, std::uint32_t offset,
                              std::span<const std::uint8_t> bytes, const FlashProgressFn& progress,
                              const Deadline& deadline) {
  StubFlash stub = stub_of(session);
  const FlashRange whole{offset, static_cast<std::uint32_t>(bytes.size())};
  guard.note(stub, whole, session.identity().flash_bytes, deadline);
  const auto ranges =
      stub.worth_writing(offset, bytes, as_progress(progress, "comparing", whole), deadline);
  std::uint32_t written = 0;
  for (const FlashRange& range : ranges) {
    write_parts(stub, range.offset, bytes.subspan(range.offset - offset, range.length),
                as_progress(progress, "writing", whole), deadline);
    written += range.length;
  }
  if (progress) progress({"verifying", offset, 0, whole.length});
  const bool right = stub.holds(offset, bytes, deadline);
  if (!right) {
    const auto sectors =
        stub.differing_sectors(offset, bytes, as_progress(progress, "verifying", whole), deadline);
    repair(session, offset, bytes, sectors, deadline);
    if (!stub.holds(offset, bytes, deadline)) {
      throw LinkTrouble(LinkTrouble::Kind::noisy, "flash differs after the repair of its sectors");
    }
  }
  if (!right || stub.anomalies() != 0) guard.check(stub, deadline);
  if (progress) progress({"verifying", offset + whole.length, whole.length, whole.length});
  return written;
}

void erase_and_prove(FlasherSession& session, OutsideGuard& guard, FlashRange range,
                     const FlashProgressFn& progress, const Deadline& deadline) {
  StubFlash stub = stub_of(session);
  const std::vector<std::uint8_t> blank(range.length, 0xFF);
  guard.note(stub, range, session.identity().flash_bytes, deadline);
  stub.erase(range, as_progress(progress, "erasing", range), deadline);
  if (stub.holds(range.offset, blank, deadline)) return;
  for (const std::uint32_t sector : stub.differing_sectors(range.offset, blank, {}, deadline)) {
    stub.erase({sector, sector_bytes}, {}, deadline);
  }
  const auto again = stub.differing_sectors(range.offset, blank, {}, deadline);
  guard.check(stub, deadline);
  if (again.empty()) return;
  throw Fault("esp.flash.erase", Blame::unit,
              fmt::format("Not blank after two erases: sector {}.", sector_list(again)),
              "Reject the unit: its flash is worn, damaged or locked.",
              {sector_evidence(stub, range.offset, blank, again.front(), deadline)});
}

void verify_by_digest(FlasherSession& session, std::uint32_t offset,
                      std::span<const std::uint8_t> expected, const FlashProgressFn& progress,
                      const Deadline& deadline) {
  StubFlash stub = stub_of(session);
  const FlashRange whole{offset, static_cast<std::uint32_t>(expected.size())};
  if (progress) progress({"verifying", offset, 0, whole.length});
  if (!stub.holds(offset, expected, deadline)) {
    const auto sectors = stub.differing_sectors(
        offset, expected, as_progress(progress, "verifying", whole), deadline);
    if (sectors.empty()) {
      throw LinkTrouble(LinkTrouble::Kind::noisy, "whole and sector digests contradict each other");
    }
    throw Fault(
        "esp.verify.mismatch", Blame::unit,
        fmt::format("Flash differs in {} sector(s): {}.", sectors.size(), sector_list(sectors)),
        "Write again; when the same sectors differ again, reject the unit.",
        {sector_evidence(stub, offset, expected, sectors.front(), deadline)});
  }
  if (progress) progress({"verifying", offset + whole.length, whole.length, whole.length});
}

}  // namespace plugrig::esp
