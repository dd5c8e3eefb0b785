#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// What a chip says of itself, read with no change to it.
struct ChipIdentity {
  std::string chip;                  ///< "ESP8285" or "ESP8266EX"
  std::string package;               ///< "ESP8285N08", …, or empty when not known
  std::string mac;                   ///< station MAC, "A4:CF:12:34:56:78"
  std::uint32_t crystal_MHz = 0;     ///< 26 or 40
  std::uint32_t flash_id = 0;        ///< RDID: manufacturer | type << 8 | capacity << 16
  std::uint32_t flash_bytes = 0;     ///< from flash_id
  std::uint32_t embedded_bytes = 0;  ///< flash inside the package by eFuse; 0 = none or unknown
  std::uint8_t flash_status = 0;     ///< status register 1 as found
};

struct FlashRange {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  friend bool operator==(FlashRange, FlashRange) = default;
};

/// `phase` is one word: syncing, stub, reading, erasing, comparing, writing, verifying, booting.
struct FlashProgress {
  std::string_view phase;
  std::uint32_t address = 0;  ///< flash address reached
  std::uint32_t done_bytes = 0;
  std::uint32_t total_bytes = 0;  ///< 0 = not known (an erase)
};
using FlashProgressFn = std::function<void(const FlashProgress&)>;

enum class FlashMode : std::uint8_t { qio = 0, qout = 1, dio = 2, dout = 3 };
std::string_view to_string(FlashMode mode);

/// Header bytes to patch before writing at offset 0; empty = keep.
struct HeaderPatch {
  std::optional<FlashMode> mode;
  std::optional<std::uint32_t> size_bytes;
  std::optional<std::uint32_t> frequency_MHz;
};

struct WriteOptions {
  HeaderPatch patch;
  /// Write an image in spite of what the pre-flight check says about mode and size.
  bool force = false;
};

struct WriteReport {
  std::uint32_t written_bytes = 0;
  std::uint32_t skipped_bytes = 0;  ///< already right, not written
  std::string image_sha256;         ///< of the bytes as patched
  Duration took{};
};

struct BootReport {
  std::string boot_text;  ///< printable form of what came at 74880
  int reset_cause = -1;
  int boot_mode = -1;
  std::string banner;        ///< the application's first matching line
  std::string console_text;  ///< printable form of what the application said, to the banner's end
};

/// Everything a flash step may ask of the chip in one slot. Blocking; one thread at a time.
///
/// The first call that needs it enters the loader, synchronises and uploads the stub; later calls
/// go on in the same session. Throws `Fault` (see the `esp.*` and `image.*` ids) and `Stopped`.
class ChipFlasher {
 public:
  virtual ~ChipFlasher() = default;

  virtual ChipIdentity identify(const Deadline& deadline) = 0;
  virtual std::vector<std::uint8_t> read(FlashRange range, const FlashProgressFn& progress,
                                         const Deadline& deadline) = 0;
  /// Whole chip.
  virtual void erase_chip(const FlashProgressFn& progress, const Deadline& deadline) = 0;
  /// `range` must be sector-aligned (4096); else Fault `flash.range`.
  virtual void erase(FlashRange range, const FlashProgressFn& progress,
                     const Deadline& deadline) = 0;
  /// Checks (at offset 0), patches, erases what is needed and writes an application image.
  virtual WriteReport write_image(std::span<const std::uint8_t> image, const WriteOptions& options,
                                  const FlashProgressFn& progress, const Deadline& deadline) = 0;
  /// Writes bytes as they are (a restore): no image check, no patch. `offset` must be
  /// sector-aligned; what is left of the last sector is erased or, when it is right already, kept.
  virtual WriteReport write_raw(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                                const FlashProgressFn& progress, const Deadline& deadline) = 0;
  /// Compares flash with `expected` by digest (without a stub: byte by byte, slowly). Fault
  /// `esp.verify.mismatch` names the sectors.
  virtual void verify(std::uint32_t offset, std::span<const std::uint8_t> expected,
                      const FlashProgressFn& progress, const Deadline& deadline) = 0;
  /// The bytes that `write_image` with the same patch puts into flash.
  [[nodiscard]] virtual std::vector<std::uint8_t> patched(std::span<const std::uint8_t> image,
                                                          const HeaderPatch& patch) const = 0;
  /// Leaves the loader, boots from flash and waits for `boot mode:(3,` at 74880 and then, at
  /// 115200, for a line that holds `banner` (empty: boot text is enough).
  virtual BootReport prove_boot(std::string_view banner, const FlashProgressFn& progress,
                                const Deadline& deadline) = 0;
  /// Forgets the session (after a power-cycle or reset by somebody else).
  virtual void forget() = 0;
};

}  // namespace plugrig
