#include "drivers/esp/boot_proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/esp/boot_text.hpp"
#include "drivers/esp/rom_entry.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

constexpr int kFlashBoot = 3;
// Reset, crystal, ROM and second stage take well under this; a healthy unit has spoken by then.
constexpr milliseconds kBootTextWait{1500};
// After the last word of the ROM: a unit that restarts does so within the hardware watchdog's time.
constexpr milliseconds kLoopWait{4000};
constexpr milliseconds kQuiet{60};
constexpr int kLoopResets = 3;

Fault boot_fault(const char* id, Blame blame, std::string happened, std::string next) {
  return {id, blame, std::move(happened), std::move(next)};
}

class BootWatch {
 public:
  BootWatch(Link& link, const ContactNames& contacts, std::uint32_t text_baud,
            const Deadline& deadline)
      : link_(link), contacts_(contacts), text_baud_(text_baud), deadline_(deadline) {}

  /// Up to the second stage's last word, or as far as it gets. What it was is for `judge_rom`.
  void watch_rom() {
    const Instant last = std::min(deadline_.at, link_.clock().now() + kBootTextWait);
    Instant end = last;
    while (!text_.handed_over && read_some(raw_, end)) {
      text_ = parse_boot_text(raw_);
      if (text_.rom_gave_up || text_.checksum_error) break;
      if (resets() >= kLoopResets) throw loop();
      // A second stage that does not say "~ld" hands over too: go by the pause then.
      end = text_.loader_started ? std::min(last, link_.clock().now() + kQuiet) : last;
    }
  }

  /// The image was started, so the ROM has spoken: its first words did not arrive, as happens when
  /// the host is held up just after the reset.
  [[nodiscard]] bool lost_beginning() const {
    return text_.lines.empty() && !text_.garbage && (text_.loader_started || text_.handed_over);
  }

  /// Faults of a unit that did not start its image.
  void judge_rom() const {
    if (text_.lines.empty()) throw no_line();
    judge_line(text_.lines.back());
  }

  /// Lines at the console's rate until one holds `banner`.
  std::string watch_console(std::string_view banner) {
    link_.set_baud(first_baud);
    auto& console = console_;
    const Duration left = deadline_.at - link_.clock().now();
    const Instant end = deadline_.at - std::min<Duration>(left / 4, kLoopWait);
    while (read_some(console, end)) {
      if (auto line = find_line(console, banner)) return *line;
      if (parse_boot_text(console).garbage && console.size() > 40) break;  // looks like boot text
    }
    if (auto line = find_line(console, banner)) return *line;
    look_for_loop();
    throw Fault("boot.no_banner", Blame::unit,
                fmt::format("The unit boots from flash, but no line with \"{}\" came at {} baud.",
                            banner, first_baud),
                "Check that the image is the right one and that it prints to the serial console.",
                {{"boot text", text_.printable}, {"console", to_printable(console)}});
  }

  [[nodiscard]] const BootText& text() const { return text_; }
  /// What `watch_console` read.
  [[nodiscard]] std::string console_text() const { return to_printable(console_); }

 private:
  [[nodiscard]] int resets() const { return static_cast<int>(text_.lines.size()); }

  /// False when nothing came until `end`.
  bool read_some(std::vector<std::uint8_t>& into, Instant end) {
    std::array<std::uint8_t, 256> buffer{};
    const std::size_t count = link_.uart().read(buffer, Deadline{end, deadline_.stop});
    if (deadline_.stop.stop_requested()) throw Stopped{};
    into.insert(into.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    link_.log().stray(link_.clock().now(), std::span(buffer).first(count));
    return count != 0;
  }

  Fault with_text(Fault fault) const {
    if (!raw_.empty()) fault.add({"boot text", text_.printable});
    return fault;
  }

  Fault loop() const {
    const int cause = text_.lines.back().reset_cause;
    return with_text(boot_fault(
        "boot.loop", Blame::unit,
        fmt::format("The unit restarts again and again; last cause: {}.", reset_cause_text(cause)),
        "Wrong flash mode (an ESP8285 needs DOUT) or an unfit image; else supply or flash."));
  }

  [[nodiscard]] Fault no_line() const {
    const auto check =
        fmt::format("Check contacts {} and {}.", contacts_.ground, contacts_.unit_tx);
    if (text_.garbage)
      return with_text(
          boot_fault("boot.garbage", Blame::contact,
                     fmt::format("The unit sends, but no boot text at {}.", text_baud_), check));
    if (lost_beginning())
      return with_text(boot_fault("boot.garbage", Blame::contact,
                                  "The beginning of the boot text did not arrive, twice.", check));
    return with_text(boot_fault("boot.silent", Blame::contact,
                                "The unit sent no boot text after the reset.",
                                fmt::format("Check contacts {}, {} and {}.", contacts_.power,
                                            contacts_.unit_tx, contacts_.reset)));
  }

  void judge_line(const BootLine& line) const {
    const int mode = line.boot_mode;
    if (mode >= 0 && mode != kFlashBoot) {
      throw with_text(boot_fault(
          "boot.strap_low", Blame::contact,
          fmt::format("The unit started in boot mode {}, not from flash: {} is held low.", mode,
                      contacts_.strap),
          fmt::format("Check that contact {} is released, and that no button on the unit is "
                      "pressed.",
                      contacts_.strap)));
    }
    if (text_.rom_gave_up || text_.checksum_error) {
      throw with_text(
          boot_fault("boot.bad_image", Blame::unit,
                     text_.checksum_error ? "The ROM found a bad checksum in the flash image."
                                          : "The ROM found no image in flash.",
                     "Write the image again and verify; when it verifies, choose another image."));
    }
    if (mode < 0) {
      throw with_text(boot_fault(
          "boot.garbage", Blame::contact, "The boot text is damaged.",
          fmt::format("Check contacts {} and {}.", contacts_.ground, contacts_.unit_tx)));
    }
  }

  static std::optional<std::string> find_line(const std::vector<std::uint8_t>& console,
                                              std::string_view banner) {
    const std::string text(console.begin(), console.end());
    const std::size_t at = text.find(banner);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t end = text.find_first_of("\r\n", at);
    if (end == std::string::npos) return std::nullopt;  // the line is not complete yet
    const std::size_t before = text.find_last_of("\r\n", at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    return text.substr(begin, end - begin);
  }

  /// The console stayed without the banner: is the ROM talking again?
  void look_for_loop() {
    link_.set_baud(text_baud_);
    const Instant end = std::min(deadline_.at, link_.clock().now() + kLoopWait);
    const int before = resets();
    while (read_some(raw_, end)) {
      text_ = parse_boot_text(raw_);
      if (resets() > before && text_.lines.back().boot_mode >= 0) throw loop();
    }
  }

  Link& link_;
  const ContactNames& contacts_;
  const std::uint32_t text_baud_;
  Deadline deadline_;
  std::vector<std::uint8_t> raw_;
  std::vector<std::uint8_t> console_;
  BootText text_;
};

}  // namespace

BootReport prove_boot(Link& link, BootControl& boot, std::uint32_t crystal_MHz,
                      std::string_view banner, const FlashProgressFn& progress,
                      const Deadline& deadline) {
  if (progress) progress({"booting", 0, 0, 0});
  const std::uint32_t text_baud = boot_text_baud_of(crystal_MHz);
  std::optional<BootWatch> watch;
  for (int tries = 1; tries <= 2 && (!watch || watch->lost_beginning()); ++tries) {
    link.set_baud(text_baud);
    link.discard();
    boot.start_application(deadline);
    watch.emplace(link, boot.contacts(), text_baud, deadline);
    watch->watch_rom();
  }
  watch->judge_rom();
  BootReport report;
  if (!banner.empty()) report.banner = watch->watch_console(banner);
  report.console_text = watch->console_text();
  report.boot_text = watch->text().printable;
  report.reset_cause = watch->text().lines.back().reset_cause;
  report.boot_mode = watch->text().lines.back().boot_mode;
  return report;
}

}  // namespace plugrig::esp
