#include "drivers/serial/ftdi/chip.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>
#include <utility>

namespace plugrig::ftdi {

namespace {

/// In the order of `ChipKind`.
constexpr std::array<ChipFacts, 5> kChips{{
    {ChipKind::ft232r, "FT232R", 0x6001, 0x0600, 1, 64, 256, 128, false, 4, 0, 0},
    {ChipKind::ft_x, "FT-X", 0x6015, 0x1000, 1, 64, 512, 512, false, 4, 0, 0},
    {ChipKind::ft232h, "FT232H", 0x6014, 0x0900, 1, 512, 1024, 1024, true, 4, 1, 16},
    {ChipKind::ft2232h, "FT2232H", 0x6010, 0x0700, 2, 512, 4096, 4096, true, 0, 2, 16},
    {ChipKind::ft4232h, "FT4232H", 0x6011, 0x0800, 4, 512, 2048, 2048, true, 0, 2, 8},
}};

/// Names of parts that are the same chip to the rig.
constexpr std::array<std::pair<std::string_view, ChipKind>, 4> kOtherNames{{
    {"FTX", ChipKind::ft_x},
    {"FT230X", ChipKind::ft_x},
    {"FT231X", ChipKind::ft_x},
    {"FT234X", ChipKind::ft_x},
}};

/// Base clocks behind the prescaler, bit/s at divisor 1 (FTDI facts, section 3).
constexpr double kLowBase = 3e6;
constexpr double kHighBase = 12e6;

/// The divisor counts eighths in 14 + 3 bits; below 2 only 1 and 1.5 exist.
constexpr double kLongestDivisor = 16383 + 7.0 / 8;

double nearest_divisor(double wanted) {
  const double below = std::clamp(std::floor(wanted * 8) / 8, 2.0, kLongestDivisor);
  const double above = std::clamp(std::ceil(wanted * 8) / 8, 2.0, kLongestDivisor);
  const std::array<double, 4> possible{1, 1.5, below, above};
  return *std::min_element(possible.begin(), possible.end(), [wanted](double a, double b) {
    // Nearness counts in rate, that is in 1 / divisor.
    return std::abs(1 / a - 1 / wanted) < std::abs(1 / b - 1 / wanted);
  });
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

const ChipFacts& facts_of(ChipKind kind) { return kChips.at(static_cast<std::size_t>(kind)); }

std::optional<ChipKind> kind_of_bcd(std::uint16_t bcd_device) {
  const auto* found = std::find_if(kChips.begin(), kChips.end(), [bcd_device](const ChipFacts& c) {
    return c.bcd_device == bcd_device;
  });
  if (found == kChips.end()) return std::nullopt;
  return found->kind;
}

std::optional<ChipKind> kind_named(std::string_view name) {
  const std::string wanted = upper(name);
  for (const ChipFacts& chip : kChips) {
    if (chip.name == wanted) return chip.kind;
  }
  for (const auto& [other, kind] : kOtherNames) {
    if (other == wanted) return kind;
  }
  return std::nullopt;
}

std::optional<Rate> nearest_rate(ChipKind kind, std::uint32_t wanted) {
  const bool high_speed = facts_of(kind).high_speed;
  const double highest = high_speed ? kHighBase : kLowBase;
  const double lowest = kLowBase / kLongestDivisor;
  if (wanted < lowest || wanted > highest) return std::nullopt;
  // The finer base as long as its divisor is long enough.
  const double base = high_speed && kHighBase / wanted <= kLongestDivisor ? kHighBase : kLowBase;
  return Rate{wanted, base / nearest_divisor(base / wanted)};
}

RateRequest ft_x_rate_request(const Rate& rate) {
  // Eighths stand in a code (FTDI facts, section 3).
  constexpr std::array<unsigned, 8> codes{0, 3, 2, 4, 1, 5, 6, 7};
  constexpr unsigned kChannelA = 1;
  const auto eighths = static_cast<unsigned>(std::lround(8 * kLowBase / rate.achieved));
  if (eighths < 16) return {static_cast<std::uint16_t>(eighths == 8 ? 0 : 1), kChannelA};
  const unsigned code = codes.at(eighths % 8);
  return {static_cast<std::uint16_t>(eighths / 8 | code << 14U),
          static_cast<std::uint16_t>(kChannelA | code >> 2U << 8U)};
}

}  // namespace plugrig::ftdi
