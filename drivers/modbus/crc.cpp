#include "drivers/modbus/crc.hpp"

namespace plugrig::modbus {

std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  std::uint16_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ byte);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 1U) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1U ^ (carry ? 0xA001U : 0U));
    }
  }
  return crc;
}

bool crc_is_right(std::span<const std::uint8_t> frame) {
  if (frame.size() < 4) return false;
  const std::size_t body = frame.size() - 2;
  return crc16(frame.first(body)) == (frame[body] | frame[body + 1] << 8U);
}

}  // namespace plugrig::modbus
