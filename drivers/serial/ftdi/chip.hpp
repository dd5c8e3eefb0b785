#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace plugrig::ftdi {

/// The adapters that the rig knows. Told apart by bcdDevice, not by product number (FTDI facts, 1).
enum class ChipKind : std::uint8_t { ft232r, ft_x, ft232h, ft2232h, ft4232h };

/// What is true of one kind of chip (FTDI facts, sections 1, 3 and 6).
struct ChipFacts {
  ChipKind kind{};
  std::string_view name;      ///< "FT4232H"; FT230X and FT231X both are "FT-X"
  std::uint16_t product = 0;  ///< default USB product number
  std::uint16_t bcd_device = 0;
  int channels = 1;
  std::size_t packet_bytes = 64;   ///< of a bulk endpoint at the chip's own speed
  std::size_t fifo_to_host = 256;  ///< bytes, per channel
  std::size_t fifo_to_wire = 128;  ///< bytes, per channel
  bool high_speed = false;         ///< 12 MHz base clock beside the 3 MHz one
  int cbus_pins = 0;               ///< usable beside a UART; 0 = none
  int mpsse_channels = 0;          ///< channels 0 … n-1 have MPSSE
  int mpsse_pins = 0;              ///< of such a channel: 8 or 16
};

const ChipFacts& facts_of(ChipKind kind);
/// By bcdDevice; empty for a chip that the rig does not know.
std::optional<ChipKind> kind_of_bcd(std::uint16_t bcd_device);
/// "FT4232H", "FT230X", "FT231X", "FT-X", …; case does not matter.
std::optional<ChipKind> kind_named(std::string_view name);

/// A rate as the chip makes it (FTDI facts, section 3).
struct Rate {
  std::uint32_t wanted = 0;  ///< bit/s
  double achieved = 0;       ///< bit/s
  /// (achieved - wanted) / wanted.
  [[nodiscard]] double error() const { return (achieved - wanted) / wanted; }
};

/// The nearest rate that the divider can make; empty when `wanted` lies outside the chip's range.
std::optional<Rate> nearest_rate(ChipKind kind, std::uint32_t wanted);

/// wValue and wIndex of request 03.
struct RateRequest {
  std::uint16_t value = 0, index = 0;
};

/// The request for a possible rate to an FT-X, which wants bit 16 of the divisor one byte above the
/// channel in wIndex (Linux's ftdi_sio; pyftdi issue 295). libftdi1 1.5 sends it as to an FT232R,
/// and so makes 267 000 bit/s of 256 000.
RateRequest ft_x_rate_request(const Rate& rate);

/// Two stations may differ by about 3 % (ESP8266 flashing notes); the adapter's share of it.
inline constexpr double kMaxRateError = 0.02;

}  // namespace plugrig::ftdi
