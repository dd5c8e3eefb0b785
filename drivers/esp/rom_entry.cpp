#include "drivers/esp/rom_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "drivers/esp/boot_text.hpp"
#include "drivers/esp/bytes.hpp"
#include "drivers/esp/diagnosis.hpp"
#include "drivers/esp/efuse.hpp"
#include "drivers/esp/spi_commands.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

constexpr int kResets = 4;
constexpr int kSyncs = 5;
constexpr milliseconds kSyncAnswer{100};
// The boot line takes 8 ms; crystal start-up and the reset capacitor add some.
constexpr milliseconds kBootTextWait{150};
constexpr milliseconds kBootTextQuiet{20};

constexpr std::uint32_t kUartDivisor = 0x60000014;
constexpr std::uint32_t kMagicAddress = 0x40001000;
constexpr std::uint32_t kMagic = 0xFFF0C101;
constexpr std::uint32_t kEfuse = 0x3FF00050;

/// Resets once and listens; what was heard goes to the evidence.
BootText reset_and_listen(Link& link, BootControl& boot, int attempt, SyncEvidence& seen,
                          const Deadline& deadline) {
  // Garbage at 74880 is what a 40 MHz crystal looks like: listen at its rate next time.
  const bool other_rate = attempt % 2 == 1 && parse_boot_text(seen.heard_74880).lines.empty();
  link.set_baud(other_rate ? first_baud : boot_text_baud);
  link.discard();
  boot.enter_loader(attempt, deadline);
  ++seen.resets;
  const auto heard = link.listen(kBootTextQuiet, kBootTextWait, deadline);
  auto& store = other_rate ? seen.heard_115200 : seen.heard_74880;
  store.insert(store.end(), heard.begin(), heard.end());
  BootText text = parse_boot_text(heard);
  if (!text.lines.empty()) ++seen.answered_resets;
  return text;
}

bool try_sync(Link& link, SyncEvidence& seen, const Deadline& deadline) {
  link.set_baud(first_baud);
  link.discard();
  const int damaged_before = link.damaged();
  for (int attempt = 0; attempt < kSyncs; ++attempt) {
    ++seen.syncs;
    // The first one trains autobaud and is lost.
    if (link.sync(kSyncAnswer, deadline)) return true;
  }
  seen.damaged_answers = seen.damaged_answers || link.damaged() > damaged_before;
  return false;
}

}  // namespace

void enter_rom(Link& link, BootControl& boot, const Deadline& deadline) {
  SyncEvidence seen;
  for (int attempt = 0; attempt < kResets; ++attempt) {
    const BootText text = reset_and_listen(link, boot, attempt, seen, deadline);
    const bool boots_flash = !text.lines.empty() && text.lines.back().boot_mode == 3;
    if (!boots_flash && try_sync(link, seen, deadline)) return;
  }
  throw diagnose_no_sync(seen, boot.contacts(), boot.switches_power(), link.evidence());
}

ChipIdentity read_identity(LoaderCommands& commands, const Deadline& deadline) {
  const std::uint32_t magic = commands.read_register_surely(kMagicAddress, deadline);
  if (magic != kMagic) {
    throw Fault("esp.chip.unknown", Blame::unit,
                fmt::format("The chip answers, but its magic is 0x{:08X}: not of the ESP8266 "
                            "family.",
                            magic),
                "Put the right product into the slot.", commands.link().log().evidence());
  }
  EfuseWords efuse{};
  for (std::uint32_t index = 0; index < efuse.size(); ++index) {
    efuse.at(index) = commands.read_register_surely(kEfuse + 4 * index, deadline);
  }
  const EfuseFacts facts = decode_efuse(efuse);
  if (facts.mac.empty()) {
    throw Fault(
        "esp.chip.mac", Blame::unit,
        fmt::format("The eFuse words {:08X} hold no MAC of a known maker.", fmt::join(efuse, " ")),
        "Reject the unit: it cannot be told from others.");
  }
  const std::uint32_t divisor = commands.read_register_surely(kUartDivisor, deadline) & 0xFFFFFU;
  SpiCommands spi(commands);
  spi.attach(deadline);
  std::uint32_t id = spi.read_id(deadline);
  if (spi.read_id(deadline) != id) id = spi.read_id(deadline);
  ChipIdentity identity;
  identity.chip = facts.esp8285 ? "ESP8285" : "ESP8266EX";
  identity.package = facts.package;
  identity.mac = facts.mac;
  identity.crystal_MHz = crystal_MHz(divisor, commands.link().uart().baud());
  identity.flash_id = id;
  identity.flash_bytes = flash_bytes_of(id);
  identity.embedded_bytes = facts.embedded_bytes;
  identity.flash_status = spi.read_status(deadline);
  return identity;
}

void raise_baud(LoaderCommands& commands, std::uint32_t crystal, std::uint32_t baud,
                const Deadline& deadline) {
  // The loader waits this long before it writes, so the host has changed its own rate by the time
  // the answer comes at the new one.
  constexpr std::uint32_t kDelay_us = 10'000;
  Link& link = commands.link();
  if (link.uart().baud() == baud) return;
  link.send(Op::write_reg, words({kUartDivisor, uart_divisor(crystal, baud), 0xFFFFF, kDelay_us}),
            deadline);
  link.set_baud(baud);
  link.receive(Op::write_reg, milliseconds{60}, deadline);
  link.discard();
  for (int attempt = 0; attempt < 4; ++attempt) {
    if (link.sync(kSyncAnswer, deadline)) return;
  }
  throw LinkTrouble(LinkTrouble::Kind::noisy, fmt::format("no answer at {} baud", baud));
}

}  // namespace plugrig::esp
