#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace plugrig::modbus {

enum class RegisterType : std::uint8_t { u16, s16, u32, s32, u64, s64, float32, float64 };

/// Order of the 16-bit words of a longer value; each word itself is big-endian.
enum class WordOrder : std::uint8_t {
  high_first,  ///< "ABCD"
  low_first,   ///< "CDAB"
};

struct RegisterFormat {
  RegisterType type = RegisterType::u16;
  WordOrder order = WordOrder::high_first;
};

/// 1, 2 or 4.
std::size_t registers_of(RegisterType type);

/// The registers as one number without meaning yet. `words` has registers_of(type) of them.
std::uint64_t raw_value(std::span<const std::uint16_t> words, RegisterFormat format);

/// The number that `raw` means; empty for NaN and infinity, which meters send for "no data" and
/// "over range" (Modbus notes §3.9).
std::optional<double> decode(std::uint64_t raw, RegisterType type);

}  // namespace plugrig::modbus
