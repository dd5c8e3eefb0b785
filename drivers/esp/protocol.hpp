#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::esp {

/// Commands of the ROM loader and of the stub (ESP8266 flashing notes, ROM loader commands and
/// stub commands).
enum class Op : std::uint8_t {
  flash_begin = 0x02,
  flash_data = 0x03,
  flash_end = 0x04,
  mem_begin = 0x05,
  mem_end = 0x06,
  mem_data = 0x07,
  sync = 0x08,
  write_reg = 0x09,
  read_reg = 0x0A,
  spi_set_params = 0x0B,
  change_baud = 0x0F,
  flash_md5 = 0x13,
  erase_flash = 0xD0,
  erase_region = 0xD1,
  read_flash = 0xD2,
};

/// "FLASH_DATA", or "op 0x.." for a value outside the table.
std::string to_string(Op op);

/// 0xEF XOR all bytes.
std::uint8_t data_checksum(std::span<const std::uint8_t> payload);

/// Unescaped request: direction, op, length, checksum, data.
std::vector<std::uint8_t> make_request(Op op, std::span<const std::uint8_t> data,
                                       std::uint32_t checksum = 0);

/// Data of a *_DATA request: length, sequence number, two zero words, the bytes.
std::vector<std::uint8_t> block_data(std::uint32_t sequence, std::span<const std::uint8_t> bytes);

/// Data of the standard SYNC: 07 07 12 20 and 32 times 55.
const std::vector<std::uint8_t>& sync_data();

struct Response {
  Op op{};
  std::uint32_t value = 0;
  std::vector<std::uint8_t> data;  ///< without the two status bytes
  std::uint8_t status = 0;         ///< 0 = ok
  std::uint8_t error = 0;          ///< meaningless when status is 0: the ROM leaves its last error

  [[nodiscard]] bool ok() const { return status == 0; }
  /// The code that says why: ROM and stubs put it in different bytes.
  [[nodiscard]] std::uint8_t code() const { return status > 1 ? status : error; }
};

/// A response, when `frame` is one: direction 1, length field equal to what follows, at least the
/// two status bytes. Anything else is nullopt, never an exception.
std::optional<Response> parse_response(std::span<const std::uint8_t> frame);

/// What an error code of the ROM (5..8) or of a stub (C0..C9, FF) means.
std::string_view error_text(std::uint8_t code);

}  // namespace plugrig::esp
