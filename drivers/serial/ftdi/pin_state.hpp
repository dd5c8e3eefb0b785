#pragma once

#include <cstdint>

namespace plugrig::ftdi {

/// What a bank holds at its pins. A released pin keeps its latch: so releasing and driving low
/// again changes nothing but the direction.
struct PinState {
  std::uint16_t directions = 0;  ///< 1 = driven
  std::uint16_t latch = 0;       ///< level that a pin has when it is driven

  /// Pins of `mask` take these directions; those that are driven take these levels.
  [[nodiscard]] PinState with(std::uint16_t mask, std::uint16_t new_directions,
                              std::uint16_t levels) const {
    const unsigned driven = unsigned{mask} & new_directions;
    return {static_cast<std::uint16_t>((directions & ~unsigned{mask}) | driven),
            static_cast<std::uint16_t>((latch & ~driven) | (levels & driven))};
  }

  friend bool operator==(const PinState&, const PinState&) = default;
};

inline std::uint8_t low_byte(unsigned word) { return static_cast<std::uint8_t>(word & 0xFFU); }
inline std::uint8_t high_byte(unsigned word) {
  return static_cast<std::uint8_t>((word >> 8U) & 0xFFU);
}

}  // namespace plugrig::ftdi
