#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "drivers/api/chip_flasher.hpp"
#include "drivers/esp/loader_commands.hpp"
#include "rig/core/digest.hpp"

namespace plugrig::esp {

/// Called with the flash address reached.
using AddressFn = std::function<void(std::uint32_t address)>;

/// Flash operations with the stub running. All of them may be repeated: nothing that noise on the
/// line can do is taken for success, because what counts in the end is a digest. One thread.
///
/// LinkTrouble when the line is too poor at this rate; Faults `esp.flash.program` and
/// `esp.flash.erase` (unit) when the flash itself refuses.
class StubFlash {
 public:
  /// `last_resort`: this is the lowest rate, so damaged blocks are repeated with more patience.
  StubFlash(LoaderCommands& commands, bool last_resort)
      : commands_(commands), last_resort_(last_resort) {}

  Md5 digest(FlashRange range, const Deadline& deadline);

  /// Whether flash holds `expected`. A difference is believed only when the same digest came
  /// twice, because an answer carries no checksum.
  bool holds(std::uint32_t offset, std::span<const std::uint8_t> expected,
             const Deadline& deadline);

  /// Offsets of the sectors of [offset, offset + size) that differ; `offset` sector-aligned.
  std::vector<std::uint32_t> differing_sectors(std::uint32_t offset,
                                               std::span<const std::uint8_t> expected,
                                               const AddressFn& reached, const Deadline& deadline);

  /// Parts of the range worth writing: 64 KiB blocks whose first sector differs as a whole, single
  /// sectors in the others. Neighbours are joined.
  std::vector<FlashRange> worth_writing(std::uint32_t offset,
                                        std::span<const std::uint8_t> expected,
                                        const AddressFn& reached, const Deadline& deadline);

  /// Sector-aligned; in steps of 64 KiB, each with a time limit of its own.
  void erase(FlashRange range, const AddressFn& reached, const Deadline& deadline);

  /// Erases as needed and writes. `offset` sector-aligned, length a multiple of 4. One block is
  /// sent ahead while the one before it is being programmed.
  void write(std::uint32_t offset, std::span<const std::uint8_t> bytes, const AddressFn& reached,
             const Deadline& deadline);

  /// Any range, in chunks of 64 KiB with a digest each; a chunk that came damaged is read again.
  std::vector<std::uint8_t> read(FlashRange range, const AddressFn& reached,
                                 const Deadline& deadline);

  /// Times that the line had to be brought in order again; 0 = nothing unusual happened.
  [[nodiscard]] int anomalies() const { return anomalies_; }

 private:
  void recover(const char* doing, std::uint32_t address, const Deadline& deadline);
  bool read_chunk(FlashRange chunk, std::vector<std::uint8_t>& into, const Deadline& deadline);

  LoaderCommands& commands_;
  bool last_resort_;
  int anomalies_ = 0;
};

}  // namespace plugrig::esp
