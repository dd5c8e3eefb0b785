#pragma once

#include <cstdint>
#include <span>

namespace plugrig::modbus {

/// CRC16 of an RTU frame (Modbus notes §1); sent low byte first.
std::uint16_t crc16(std::span<const std::uint8_t> bytes);

/// The last two bytes are the check sum of those before them.
bool crc_is_right(std::span<const std::uint8_t> frame);

}  // namespace plugrig::modbus
