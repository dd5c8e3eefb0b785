#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "drivers/api/chip_flasher.hpp"
#include "drivers/esp/flasher_session.hpp"
#include "drivers/esp/stub_flash.hpp"

namespace plugrig::esp {

/// Digests of the flash outside of a range, taken before a change of that range. A command carries
/// no checksum: one flipped bit in an address, and something else is changed. After a change with
/// trouble on the line, the outside is compared. One thread.
class OutsideGuard {
 public:
  /// Takes the digests, once: repeating it keeps the first ones.
  void note(StubFlash& stub, FlashRange inside, std::uint32_t flash_bytes,
            const Deadline& deadline);
  /// Fault `esp.write.stray` (contact) when something outside changed.
  void check(StubFlash& stub, const Deadline& deadline) const;

 private:
  struct Piece {
    FlashRange range;
    Md5 digest;
  };
  std::vector<Piece> pieces_;
  bool noted_ = false;
};

/// Jobs of several stub operations each, ending in a digest. `session` must be ready for writing
/// (for verifying: for reading), with the stub running.

/// Writes what differs (erases it where it shall be blank), compares everything, writes differing
/// sectors once more at a lower rate. Returns the bytes written (the second time not counted).
/// Faults: `esp.flash.sector` (unit) when the same sector differs again, `esp.write.stray`.
std::uint32_t write_and_prove(FlasherSession& session, OutsideGuard& guard, std::uint32_t offset,
                              std::span<const std::uint8_t> bytes, const FlashProgressFn& progress,
                              const Deadline& deadline);

/// Erases and proves blank by digest. Fault `esp.flash.erase` (unit) names the sectors.
void erase_and_prove(FlasherSession& session, OutsideGuard& guard, FlashRange range,
                     const FlashProgressFn& progress, const Deadline& deadline);

/// Fault `esp.verify.mismatch` (unit) names the sectors.
void verify_by_digest(FlasherSession& session, std::uint32_t offset,
                      std::span<const std::uint8_t> expected, const FlashProgressFn& progress,
                      const Deadline& deadline);

}  // namespace plugrig::esp
