#include "drivers/esp/flasher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "drivers/esp/boot_proof.hpp"
#include "drivers/esp/flasher_session.hpp"
#include "drivers/esp/image.hpp"
#include "drivers/esp/rom_flash.hpp"
#include "drivers/esp/stub_flash.hpp"
#include "drivers/esp/stub_jobs.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using Need = FlasherSession::Need;

class EspFlasher final : public ChipFlasher {
 public:
  EspFlasher(Uart& uart, BootControl& boot, Clock& clock, FlasherOptions options)
      : session_(uart, boot, clock, std::move(options)) {}

  ChipIdentity identify(const Deadline& deadline) override {
    ChipIdentity identity;
    session_.run(Need::identity, deadline, {}, [&] { identity = session_.identity(); });
    return identity;
  }

  std::vector<std::uint8_t> read(FlashRange range, const FlashProgressFn& progress,
                                 const Deadline& deadline) override {
    std::vector<std::uint8_t> bytes;
    session_.run(Need::reading, deadline, progress, [&] {
      check_range(range, 1);
      bytes = with_stub() ? read_by_stub(range, progress, deadline)
                          : rom().read(range, progress, deadline);
    });
    return bytes;
  }

  void erase_chip(const FlashProgressFn& progress, const Deadline& deadline) override {
    OutsideGuard guard;
    session_.run(Need::writing, deadline, progress, [&] {
      erase_now(guard, {0, session_.identity().flash_bytes}, progress, deadline);
    });
  }

  void erase(FlashRange range, const FlashProgressFn& progress, const Deadline& deadline) override {
    OutsideGuard guard;
    session_.run(Need::writing, deadline, progress, [&] {
      check_range(range, sector_bytes);
      erase_now(guard, range, progress, deadline);
    });
  }

  WriteReport write_image(std::span<const std::uint8_t> image, const WriteOptions& options,
                          const FlashProgressFn& progress, const Deadline& deadline) override {
    const auto bytes = patch_header(image, options.patch);
    ImageRules rules{session_.options().expected_chip == "ESP8285", 0,
                     session_.options().image_space_end, options.force};
    check_image(bytes, rules);
    return write_checked(0, bytes, progress, deadline, [&] {
      rules.esp8285 = session_.identity().chip == "ESP8285";
      rules.flash_bytes = session_.identity().flash_bytes;
      check_image(bytes, rules);
    });
  }

  WriteReport write_raw(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                        const FlashProgressFn& progress, const Deadline& deadline) override {
    return write_checked(offset, bytes, progress, deadline, [] {});
  }

  void verify(std::uint32_t offset, std::span<const std::uint8_t> expected,
              const FlashProgressFn& progress, const Deadline& deadline) override {
    const FlashRange range{offset, static_cast<std::uint32_t>(expected.size())};
    session_.run(Need::reading, deadline, progress, [&] {
      check_range(range, 1);
      if (with_stub()) {
        verify_by_digest(session_, offset, expected, progress, deadline);
      } else {
        compare_by_registers(range, expected, progress, deadline);
      }
    });
  }

  [[nodiscard]] std::vector<std::uint8_t> patched(std::span<const std::uint8_t> image,
                                                  const HeaderPatch& patch) const override {
    return patch_header(image, patch);
  }

  BootReport prove_boot(std::string_view banner, const FlashProgressFn& progress,
                        const Deadline& deadline) override {
    session_.forget();
    return esp::prove_boot(session_.link(), session_.boot(), session_.crystal_MHz(), banner,
                           progress, deadline);
  }

  void forget() override { session_.forget(); }

 private:
  RomFlash rom() { return {session_.commands(), session_.spi(), session_.identity().flash_bytes}; }

  [[nodiscard]] bool with_stub() const { return session_.options().use_stub; }

  std::vector<std::uint8_t> read_by_stub(FlashRange range, const FlashProgressFn& progress,
                                         const Deadline& deadline) {
    const AddressFn reached = [&](std::uint32_t address) {
      if (progress) progress({"reading", address, address - range.offset, range.length});
    };
    return StubFlash(session_.commands(), session_.slowest()).read(range, reached, deadline);
  }

  void erase_now(OutsideGuard& guard, FlashRange range, const FlashProgressFn& progress,
                 const Deadline& deadline) {
    if (with_stub()) {
      erase_and_prove(session_, guard, range, progress, deadline);
    } else {
      rom().erase(range, progress, deadline);
    }
  }

  void check_range(FlashRange range, std::uint32_t alignment) {
    const std::uint32_t size = session_.identity().flash_bytes;
    const bool aligned = range.offset % alignment == 0 && range.length % alignment == 0;
    if (aligned && range.offset <= size && range.length <= size - range.offset) return;
    throw Fault("flash.range", Blame::config,
                fmt::format("0x{:X} + 0x{:X} {}.", range.offset, range.length,
                            aligned ? fmt::format("reaches beyond the flash of {} KiB", size / 1024)
                                    : fmt::format("is not a multiple of {} bytes", alignment)),
                "Correct the range in the sequence.");
  }

  template <typename Check>
  WriteReport write_checked(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                            const FlashProgressFn& progress, const Deadline& deadline,
                            const Check& check) {
    const Instant start = session_.clock().now();
    std::vector<std::uint8_t> padded(bytes.begin(), bytes.end());
    padded.resize((padded.size() + 3) / 4 * 4, 0xFF);
    WriteReport report;
    report.image_sha256 = sha256_hex(bytes);
    OutsideGuard guard;
    session_.run(Need::writing, deadline, progress, [&] {
      check();
      check_range({offset, 0}, sector_bytes);
      check_range({offset, static_cast<std::uint32_t>(padded.size())}, 1);
      const auto size = static_cast<std::uint32_t>(bytes.size());
      if (with_stub()) {
        const auto written = write_and_prove(session_, guard, offset, padded, progress, deadline);
        report.written_bytes = std::max(report.written_bytes, std::min(written, size));
      } else {
        write_by_rom(offset, padded, progress, deadline);
        report.written_bytes = size;
      }
      report.skipped_bytes = size - report.written_bytes;
    });
    report.took = session_.clock().now() - start;
    return report;
  }

  /// The ROM reads every block back, but what it compares with has passed an eight-bit checksum
  /// only, and an address none at all: so everything is read once more, slow as it is.
  void write_by_rom(std::uint32_t offset, std::span<const std::uint8_t> bytes,
                    const FlashProgressFn& progress, const Deadline& deadline) {
    rom().write(offset, bytes, progress, deadline);
    const FlashRange range{offset, static_cast<std::uint32_t>(bytes.size())};
    if (first_difference(range, bytes, progress, deadline)) {
      throw LinkTrouble(LinkTrouble::Kind::noisy, "flash differs after the write");
    }
  }

  struct Difference {
    std::uint32_t address;
    std::uint8_t found;
    std::uint8_t expected;
  };

  std::optional<Difference> first_difference(FlashRange range,
                                             std::span<const std::uint8_t> expected,
                                             const FlashProgressFn& progress,
                                             const Deadline& deadline) {
    const FlashProgressFn verifying = [&](const FlashProgress& p) {
      if (progress) progress({"verifying", p.address, p.done_bytes, p.total_bytes});
    };
    const auto found = rom().read(range, verifying, deadline);
    for (std::uint32_t at = 0; at < range.length; ++at) {
      if (found[at] == expected[at]) continue;
      // The answer may have been damaged, not the flash: look again.
      const std::uint32_t address = range.offset + at;
      const std::uint8_t again = rom().read({address, 1}, {}, deadline).front();
      if (again != expected[at]) return Difference{address, again, expected[at]};
    }
    return std::nullopt;
  }

  void compare_by_registers(FlashRange range, std::span<const std::uint8_t> expected,
                            const FlashProgressFn& progress, const Deadline& deadline) {
    const auto difference = first_difference(range, expected, progress, deadline);
    if (!difference) return;
    throw Fault("esp.verify.mismatch", Blame::unit,
                fmt::format("Flash differs at 0x{:X} (sector 0x{:X}): {:02X} instead of {:02X}.",
                            difference->address, difference->address / sector_bytes * sector_bytes,
                            difference->found, difference->expected),
                "Write again; when it differs again, reject the unit.");
  }

  FlasherSession session_;
};

}  // namespace

std::unique_ptr<ChipFlasher> make_flasher(Uart& uart, BootControl& boot, Clock& clock,
                                          FlasherOptions options) {
  return std::make_unique<EspFlasher>(uart, boot, clock, std::move(options));
}

}  // namespace plugrig::esp
