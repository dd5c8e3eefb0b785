#include "drivers/modbus/registers.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace plugrig::modbus {

std::size_t registers_of(RegisterType type) {
  static constexpr std::array<std::size_t, 8> sizes{1, 1, 2, 2, 4, 4, 2, 4};
  return sizes.at(static_cast<std::size_t>(type));
}

std::uint64_t raw_value(std::span<const std::uint16_t> words, RegisterFormat format) {
  if (words.size() != registers_of(format.type)) {
    throw std::logic_error("a register value of another length than its type");
  }
  std::uint64_t raw = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t at = format.order == WordOrder::high_first ? i : words.size() - 1 - i;
    raw = raw << 16U | words[at];
  }
  return raw;
}

// The library's float helpers change their meaning between versions and builds, and its integer
// macros overflow (Modbus notes §2.8).
std::optional<double> decode(std::uint64_t raw, RegisterType type) {
  double value = 0;
  switch (type) {
    case RegisterType::u16:
    case RegisterType::u32:
    case RegisterType::u64:
      value = static_cast<double>(raw);
      break;
    case RegisterType::s16:
      value = static_cast<std::int16_t>(static_cast<std::uint16_t>(raw));
      break;
    case RegisterType::s32:
      value = static_cast<std::int32_t>(static_cast<std::uint32_t>(raw));
      break;
    case RegisterType::s64:
      value = static_cast<double>(static_cast<std::int64_t>(raw));
      break;
    case RegisterType::float32:
      value = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
      break;
    case RegisterType::float64:
      value = std::bit_cast<double>(raw);
      break;
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace plugrig::modbus
