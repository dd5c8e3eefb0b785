#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "drivers/serial/ftdi/channel.hpp"

namespace plugrig::ftdi {

/// Bits of the second status byte (FTDI facts, section 4).
enum LineBit : std::uint8_t {
  kOverrun = 0x02,
  kParity = 0x04,
  kFraming = 0x08,
  kBreak = 0x10,
  kTransmitterEmpty = 0x40,
};

/// Puts the two status bytes that lead every packet, and that request 05 answers, into `status`.
void note_status(LineStatus& status, std::uint8_t modem, std::uint8_t line, Instant seen) noexcept;

/// One packet of a bulk IN transfer.
struct Packet {
  std::uint8_t modem = 0, line = 0;
  std::span<const std::uint8_t> data;
};

/// Takes the first packet off `transfer`. A stump of less than two bytes is no packet: `transfer`
/// is empty afterwards and the answer false.
bool next_packet(std::span<const std::uint8_t>& transfer, std::size_t packet_bytes,
                 Packet& packet) noexcept;

}  // namespace plugrig::ftdi
