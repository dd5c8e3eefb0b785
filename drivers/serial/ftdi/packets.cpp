#include "drivers/serial/ftdi/packets.hpp"

#include <algorithm>

namespace plugrig::ftdi {

void note_status(LineStatus& status, std::uint8_t modem, std::uint8_t line, Instant seen) noexcept {
  status.cts = (modem & 0x10) != 0;
  status.dsr = (modem & 0x20) != 0;
  status.ri = (modem & 0x40) != 0;
  status.dcd = (modem & 0x80) != 0;
  status.seen = seen;
  if ((line & kOverrun) != 0) ++status.overruns;
  if ((line & kParity) != 0) ++status.parity_errors;
  if ((line & kFraming) != 0) ++status.framing_errors;
  if ((line & kBreak) != 0) ++status.breaks;
}

bool next_packet(std::span<const std::uint8_t>& transfer, std::size_t packet_bytes,
                 Packet& packet) noexcept {
  constexpr std::size_t status_bytes = 2;
  const auto whole = transfer.first(std::min(transfer.size(), packet_bytes));
  transfer = transfer.subspan(whole.size());
  if (whole.size() < status_bytes) {
    transfer = {};
    return false;
  }
  packet = {whole[0], whole[1], whole.subspan(status_bytes)};
  return true;
}

}  // namespace plugrig::ftdi
