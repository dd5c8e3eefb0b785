#include "drivers/esp/spi_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "drivers/esp/bytes.hpp"
#include "drivers/esp/efuse.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::esp {
namespace {

using std::chrono::milliseconds;

// SPI0 registers (ESP8266 flashing notes, SPI0 registers).
constexpr std::uint32_t kSpi = 0x60000200;
constexpr std::uint32_t kCmd = kSpi + 0x00;
constexpr std::uint32_t kAddr = kSpi + 0x04;
constexpr std::uint32_t kClock = kSpi + 0x18;
constexpr std::uint32_t kUser = kSpi + 0x1C;
constexpr std::uint32_t kUser1 = kSpi + 0x20;
constexpr std::uint32_t kUser2 = kSpi + 0x24;
constexpr std::uint32_t kW0 = kSpi + 0x40;
constexpr std::uint32_t kUserCommand = 1U << 18U;

// Flash opcodes, common to all NOR parts.
constexpr std::uint8_t kRead = 0x03;
constexpr std::uint8_t kReadId = 0x9F;
constexpr std::uint8_t kReadStatus = 0x05;
constexpr std::uint8_t kWriteStatus = 0x01;
constexpr std::uint8_t kWriteEnable = 0x06;
constexpr std::uint8_t kWriteDisable = 0x04;
constexpr std::uint8_t kSectorErase = 0x20;

// ESP8266 flashing notes, flash timing: worst case of a 4 KiB erase is 0.5 s; slow parts get four
// times that before they are called dead.
constexpr milliseconds kSectorErase_limit{2000};
constexpr milliseconds kStatusWrite_limit{200};
constexpr int kPolls = 100;

Fault unit_fault(const char* id, std::string happened, const char* next) {
  return {id, Blame::unit, std::move(happened), next};
}

}  // namespace

void SpiCommands::attach(const Deadline& deadline) {
  std::vector<RegisterWrite> writes;
  // Pad function 1 (SPI) on SD_CLK, SD_DATA0..3 and SD_CMD; function field = bits 5:4 and 8.
  for (std::uint32_t pad = 0x6000081C; pad <= 0x60000830; pad += 4) {
    writes.push_back({pad, 0x10, 0x130, 0});
  }
  // Divider 4: N = 3, H = 1, L = 3.
  writes.push_back({kClock, 0x3043, 0xFFFFFFFF, 0});
  commands_.write_registers(writes, deadline);
}

std::vector<std::uint32_t> SpiCommands::run(const Command& command, const Deadline& deadline) {
  const std::uint32_t user = commands_.read_register(kUser, deadline);
  const std::uint32_t user2 = commands_.read_register(kUser2, deadline);
  const std::uint32_t phases = 1U << 31U | (command.address ? 1U << 30U : 0U) |
                               (command.in_bits != 0 ? 1U << 28U : 0U) |
                               (command.out_bits != 0 ? 1U << 27U : 0U);
  const std::uint32_t lengths = (command.address ? 23U << 26U : 0U) |
                                (command.out_bits != 0 ? (command.out_bits - 1) << 17U : 0U) |
                                (command.in_bits != 0 ? (command.in_bits - 1) << 8U : 0U);
  std::vector<RegisterWrite> writes{{kUser, phases, 0xFFFFFFFF, 0},
                                    {kUser1, lengths, 0xFFFFFFFF, 0},
                                    {kUser2, 7U << 28U | command.opcode, 0xFFFFFFFF, 0}};
  // Left-aligned: 24 address bits in the upper three bytes.
  if (command.address) writes.push_back({kAddr, *command.address << 8U, 0xFFFFFFFF, 0});
  writes.push_back({kW0, command.out, 0xFFFFFFFF, 0});
  writes.push_back({kCmd, kUserCommand, 0xFFFFFFFF, 0});
  commands_.write_registers(writes, deadline);
  for (int poll = 0; (commands_.read_register(kCmd, deadline) & kUserCommand) != 0; ++poll) {
    if (poll == kPolls) throw LinkTrouble(LinkTrouble::Kind::noisy, "SPI transfer does not end");
  }
  std::vector<std::uint32_t> in;
  for (std::uint32_t at = 0; at * 32 < command.in_bits; ++at) {
    in.push_back(commands_.read_register(kW0 + 4 * at, deadline));
  }
  const std::array<RegisterWrite, 2> restore{
      {{kUser, user, 0xFFFFFFFF, 0}, {kUser2, user2, 0xFFFFFFFF, 0}}};
  commands_.write_registers(restore, deadline);
  return in;
}

std::uint32_t SpiCommands::read_id(const Deadline& deadline) {
  return run({.opcode = kReadId, .in_bits = 24}, deadline).front() & 0xFFFFFFU;
}

std::uint8_t SpiCommands::read_status(const Deadline& deadline) {
  return static_cast<std::uint8_t>(run({.opcode = kReadStatus, .in_bits = 8}, deadline).front());
}

void SpiCommands::write_enable(const Deadline& deadline) {
  run({.opcode = kWriteEnable}, deadline);
}

void SpiCommands::write_disable(const Deadline& deadline) {
  run({.opcode = kWriteDisable}, deadline);
}

void SpiCommands::write_status(std::uint8_t value, const Deadline& deadline) {
  write_enable(deadline);
  run({.opcode = kWriteStatus, .out_bits = 8, .out = value}, deadline);
}

std::vector<std::uint8_t> SpiCommands::read_transfer(std::uint32_t address,
                                                     const Deadline& deadline) {
  const std::array<RegisterWrite, 2> go{
      {{kAddr, address << 8U, 0xFFFFFFFF, 0}, {kCmd, kUserCommand, 0xFFFFFFFF, 0}}};
  commands_.write_registers(go, deadline);
  std::vector<std::uint8_t> out;
  for (std::uint32_t half = 0; half < 2; ++half) {
    std::array<std::uint32_t, 8> registers{};
    for (std::uint32_t at = 0; at < registers.size(); ++at) {
      registers.at(at) = kW0 + 4 * (8 * half + at);
    }
    // The transfer of 64 bytes takes less time than the first of these commands on the wire; it
    // is asked all the same.
    for (int poll = 0; half == 0 && (commands_.read_register(kCmd, deadline) & kUserCommand) != 0;
         ++poll) {
      if (poll == kPolls) throw LinkTrouble(LinkTrouble::Kind::noisy, "SPI read does not end");
    }
    const auto values = commands_.read_registers(registers, deadline);
    if (values.empty()) return {};
    for (const std::uint32_t value : values) append_word(out, value);
  }
  return out;
}

std::vector<std::uint8_t> SpiCommands::read(std::uint32_t address, std::uint32_t length,
                                            const std::function<void(std::uint32_t)>& reached,
                                            const Deadline& deadline) {
  constexpr int kTries = 8;
  const std::array<RegisterWrite, 3> setup{
      {{kUser, 1U << 31U | 1U << 30U | 1U << 28U, 0xFFFFFFFF, 0},
       {kUser1, 23U << 26U | 511U << 8U, 0xFFFFFFFF, 0},
       {kUser2, 7U << 28U | kRead, 0xFFFFFFFF, 0}}};
  const std::uint32_t user = commands_.read_register(kUser, deadline);
  const std::uint32_t user2 = commands_.read_register(kUser2, deadline);
  commands_.write_registers(setup, deadline);
  std::vector<std::uint8_t> out;
  int failures = 0;
  while (out.size() < length) {
    const auto done = static_cast<std::uint32_t>(out.size());
    const auto part = read_transfer(address + done, deadline);
    if (part.empty()) {
      if (++failures == kTries) throw LinkTrouble(LinkTrouble::Kind::noisy, "reading by registers");
      continue;
    }
    failures = 0;
    const std::uint32_t wanted = std::min<std::uint32_t>(length - done, 64);
    out.insert(out.end(), part.begin(), part.begin() + wanted);
    if (reached) reached(done + wanted);
  }
  const std::array<RegisterWrite, 2> restore{
      {{kUser, user, 0xFFFFFFFF, 0}, {kUser2, user2, 0xFFFFFFFF, 0}}};
  commands_.write_registers(restore, deadline);
  return out;
}

bool SpiCommands::wait_idle(Duration limit, const Deadline& deadline) {
  Clock& clock = commands_.link().clock();
  const Instant end = clock.now() + limit;
  for (;;) {
    if ((read_status(deadline) & flash_busy) == 0) return true;
    if (clock.now() >= end) return false;
  }
}

void SpiCommands::erase_sector(std::uint32_t address, const Deadline& deadline) {
  write_enable(deadline);
  run({.opcode = kSectorErase, .address = address}, deadline);
  if (wait_idle(kSectorErase_limit, deadline)) return;
  throw unit_fault(
      "esp.flash.erase",
      fmt::format("The flash is still busy 2 s after the erase of sector 0x{:X}.", address),
      "Reject the unit: its flash does not finish an erase.");
}

std::optional<Fault> inspect_flash(SpiCommands& spi, const Deadline& deadline) {
  const std::uint32_t id = spi.read_id(deadline);
  if (flash_absent(id)) {
    return unit_fault("esp.flash.absent", fmt::format("The flash does not answer (id {:06X}).", id),
                      "Reject the unit: its flash is dead or not connected.");
  }
  if (!spi.wait_idle(kSectorErase_limit, deadline)) {
    return unit_fault("esp.flash.busy", "The flash reports busy without end.",
                      "Power-cycle the unit once; when it stays, reject it.");
  }
  spi.write_enable(deadline);
  const std::uint8_t status = spi.read_status(deadline);
  if ((status & flash_write_enabled) == 0) {
    return unit_fault("esp.flash.wel",
                      fmt::format("The flash ignores write-enable (status {:02X}).", status),
                      "Reject the unit: its flash cannot be written.");
  }
  spi.write_disable(deadline);
  return std::nullopt;
}

void unlock_flash(SpiCommands& spi, const Deadline& deadline) {
  if ((spi.read_status(deadline) & flash_protection) == 0) return;
  spi.write_status(0, deadline);
  spi.wait_idle(kStatusWrite_limit, deadline);
  const std::uint8_t status = spi.read_status(deadline);
  if ((status & flash_protection) == 0) return;
  throw unit_fault("esp.flash.locked",
                   fmt::format("Write protection cannot be lifted (status {:02X}).", status),
                   "Reject the unit, or find out who locked its flash.");
}

}  // namespace plugrig::esp
