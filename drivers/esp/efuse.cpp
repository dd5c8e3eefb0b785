#include "drivers/esp/efuse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace plugrig::esp {
namespace {

constexpr std::uint32_t kMi = 1024U * 1024U;

bool bit(std::uint32_t word, unsigned index) { return (word >> index & 1U) != 0; }

unsigned byte(std::uint32_t word, unsigned index) { return word >> (8 * index) & 0xFFU; }

std::string station_mac(const EfuseWords& efuse) {
  std::array<unsigned, 3> oui{};
  if (efuse[3] != 0) {
    oui = {byte(efuse[3], 2), byte(efuse[3], 1), byte(efuse[3], 0)};
  } else if (byte(efuse[1], 2) == 0) {
    oui = {0x18, 0xFE, 0x34};
  } else if (byte(efuse[1], 2) == 1) {
    oui = {0xAC, 0xD0, 0x74};
  } else {
    return {};
  }
  return fmt::format("{:02X}:{:02X}:{:02X}:{:02X}:{:02X}:{:02X}", oui[0], oui[1], oui[2],
                     byte(efuse[1], 1), byte(efuse[1], 0), byte(efuse[0], 3));
}

/// In MiB; 0 = the size bits say nothing.
std::uint32_t embedded_MiB(const EfuseWords& efuse) {
  const bool low = bit(efuse[0], 4);
  const bool high = bit(efuse[3], 25);
  if (bit(efuse[3], 27) || low == high) return 0;
  const std::uint32_t base = low ? 1 : 2;
  return bit(efuse[3], 26) ? base * 2 : base;
}

}  // namespace

EfuseFacts decode_efuse(const EfuseWords& efuse) {
  EfuseFacts facts;
  facts.mac = station_mac(efuse);
  facts.esp8285 = bit(efuse[0], 4) || bit(efuse[2], 16);
  if (!facts.esp8285) return facts;
  const std::uint32_t size = embedded_MiB(efuse);
  facts.embedded_bytes = size * kMi;
  if (size != 0) {
    // The number in the name counts megabits.
    facts.package = fmt::format("ESP8285{}{:02}", bit(efuse[0], 5) ? 'H' : 'N', size * 8);
  }
  return facts;
}

bool flash_absent(std::uint32_t flash_id) {
  return (flash_id & 0xFFFFFFU) == 0 || (flash_id & 0xFFFFFFU) == 0xFFFFFFU;
}

std::uint32_t flash_bytes_of(std::uint32_t flash_id) {
  constexpr std::uint32_t kAdesto = 0x1F;
  if (flash_absent(flash_id)) return 0;
  if ((flash_id & 0xFFU) == kAdesto) {
    // Adesto counts differently: the low five bits of the type byte, 4 = 512 KiB.
    const std::uint32_t code = flash_id >> 8U & 0x1FU;
    return code >= 4 && code <= 9 ? (kMi / 2) << (code - 4) : 0;
  }
  const std::uint32_t capacity = flash_id >> 16U & 0xFFU;
  return capacity >= 0x12 && capacity <= 0x19 ? 1U << capacity : 0;
}

std::uint32_t crystal_MHz(std::uint32_t divisor, std::uint32_t baud) {
  const std::uint64_t hertz = std::uint64_t{divisor} * baud / 2;
  return hertz > 33'000'000 ? 40 : 26;
}

std::uint32_t uart_divisor(std::uint32_t crystal, std::uint32_t baud) {
  const std::uint64_t clock = std::uint64_t{crystal} * 2'000'000;
  return static_cast<std::uint32_t>((clock + baud / 2) / std::max<std::uint32_t>(baud, 1));
}

}  // namespace plugrig::esp
