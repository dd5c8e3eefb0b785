#include "drivers/esp/diagnosis.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "drivers/esp/boot_text.hpp"

namespace plugrig::esp {
namespace {

constexpr int kDownload = 1;
constexpr int kFlashBoot = 3;

Fault contact_fault(const char* id, std::string happened, std::string next) {
  return {id, Blame::contact, std::move(happened), std::move(next)};
}

/// The reset that speaks most clearly: one with a boot mode, the last of them.
const BootLine* clearest(const BootText& text) {
  const BootLine* found = nullptr;
  for (const BootLine& line : text.lines) {
    if (line.boot_mode >= 0) found = &line;
  }
  return found;
}

Fault by_mode(int mode, const SyncEvidence& seen, const ContactNames& names) {
  if (mode == kDownload) {
    if (seen.damaged_answers) {
      return contact_fault(
          "esp.sync.rate",
          fmt::format("The unit entered its loader and answers, but every answer "
                      "is damaged: the line from contact {} is poor.",
                      names.unit_tx),
          fmt::format("Clean contacts {} and {}; shorten the wire.", names.unit_tx, names.ground));
    }
    return contact_fault(
        "esp.sync.unit_rx",
        fmt::format("The unit entered its loader (power, {}, {} and {} are good) "
                    "but hears nothing: contact {} does not touch.",
                    names.reset, names.strap, names.unit_tx, names.unit_rx),
        fmt::format("Check contact {} (host transmit to unit receive).", names.unit_rx));
  }
  if (mode == kFlashBoot) {
    return contact_fault(
        "esp.sync.strap",
        fmt::format("The unit boots from its flash: {} was not low at reset.", names.strap),
        fmt::format("Check contact {}; power, {} and {} are good.", names.strap, names.reset,
                    names.unit_tx));
  }
  return contact_fault("esp.sync.mode",
                       fmt::format("The unit started in boot mode {}: GPIO2 was held low or GPIO15 "
                                   "was not.",
                                   mode),
                       "Check that nothing in the jig touches GPIO2 or GPIO15.");
}

Fault deaf_to_reset(const SyncEvidence& seen, const ContactNames& names, bool switches_power) {
  const std::string& contact = switches_power ? names.power : names.reset;
  return contact_fault(
      "esp.sync.reset",
      fmt::format("The unit started {} time(s) in {} resets: contact {} does not reset it.",
                  seen.answered_resets, seen.resets, contact),
      fmt::format("Check contact {}; power and {} are good.", contact, names.unit_tx));
}

Fault silent(const SyncEvidence& seen, const ContactNames& names, bool switches_power) {
  const std::string what =
      fmt::format("Nothing came from the unit in {} resets and {} SYNCs.", seen.resets, seen.syncs);
  // Without a byte, these causes look the same from here; the order is the order of likelihood.
  const std::string reset_part =
      switches_power ? std::string{} : fmt::format(", {} (no reset, no boot text)", names.reset);
  return contact_fault(
      "esp.sync.silent", what,
      fmt::format(
          "Check first that the unit sits right and contact {} has 3.3 V, then contacts {}, "
          "{}{}. These cannot be told apart from here. When another unit works in this "
          "slot, this one is dead or not of the ESP8266 family.",
          names.power, names.unit_tx, names.ground, reset_part));
}

}  // namespace

Fault diagnose_no_sync(const SyncEvidence& seen, const ContactNames& contacts, bool switches_power,
                       std::vector<Evidence> evidence) {
  const BootText slow = parse_boot_text(seen.heard_74880);
  const BootText fast = parse_boot_text(seen.heard_115200);
  const BootLine* line = clearest(slow);
  if (line == nullptr) line = clearest(fast);
  Fault fault = [&] {
    // Powered up by being put into the jig, but never again: not the strap's doing.
    if (line != nullptr && seen.answered_resets * 2 <= seen.resets) {
      return deaf_to_reset(seen, contacts, switches_power);
    }
    if (line != nullptr) return by_mode(line->boot_mode, seen, contacts);
    if (slow.garbage || fast.garbage) {
      return contact_fault(
          "esp.sync.garbage",
          "The unit sends, but no text at 74880 or 115200: crystal, ground or level is wrong.",
          fmt::format("Check contacts {} and {} first; when another unit works in this slot, the "
                      "crystal of this one is off.",
                      contacts.ground, contacts.unit_tx));
    }
    if (!seen.heard_74880.empty() || !seen.heard_115200.empty()) {
      return contact_fault(
          "esp.sync.no_boot_text",
          fmt::format("The unit sends something, but no boot message after a reset: contact {} may "
                      "not reset it.",
                      contacts.reset),
          fmt::format("Check contact {}, then {}.", contacts.reset, contacts.power));
    }
    return silent(seen, contacts, switches_power);
  }();
  if (!seen.heard_74880.empty()) fault.add({"boot text at 74880", slow.printable});
  if (!seen.heard_115200.empty()) fault.add({"heard at 115200", fast.printable});
  for (Evidence& piece : evidence) fault.add(std::move(piece));
  return fault;
}

}  // namespace plugrig::esp
