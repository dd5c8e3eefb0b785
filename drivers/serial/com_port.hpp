#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace plugrig::serial {

/// The commands of the telnet COM-PORT-OPTION as the client sends them (RFC 2217, section 3); a
/// server answers with the number plus 100.
namespace com_port {
inline constexpr std::uint8_t set_baud = 1;
inline constexpr std::uint8_t set_data_size = 2;
inline constexpr std::uint8_t set_parity = 3;
inline constexpr std::uint8_t set_stop_size = 4;
inline constexpr std::uint8_t set_control = 5;
inline constexpr std::uint8_t flow_suspend = 8;
inline constexpr std::uint8_t flow_resume = 9;
inline constexpr std::uint8_t set_line_state_mask = 10;
inline constexpr std::uint8_t set_modem_state_mask = 11;
inline constexpr std::uint8_t purge = 12;
inline constexpr std::uint8_t answer = 100;  ///< added by the server

inline constexpr std::uint8_t control_no_flow = 1;
inline constexpr std::uint8_t control_dtr_on = 8;
inline constexpr std::uint8_t control_dtr_off = 9;
inline constexpr std::uint8_t control_rts_on = 11;
inline constexpr std::uint8_t control_rts_off = 12;

inline constexpr std::uint8_t parity_none = 1;
inline constexpr std::uint8_t stop_one = 1;
inline constexpr std::uint8_t purge_received = 1;
}  // namespace com_port

/// Appends IAC SB COM-PORT-OPTION command value IAC SE, escaped.
void append_com_port(std::vector<std::uint8_t>& out, std::uint8_t command,
                     std::span<const std::uint8_t> value);
void append_com_port(std::vector<std::uint8_t>& out, std::uint8_t command, std::uint8_t value);
/// A rate travels as four bytes, big endian. 0 asks for the rate in force.
void append_set_baud(std::vector<std::uint8_t>& out, std::uint32_t baud);

/// What a server says about the port.
struct ComPortAnswer {
  std::uint8_t command = 0;  ///< of the request: 100 already subtracted
  std::uint32_t value = 0;   ///< 1 or 4 bytes, big endian
};

/// Reads a subnegotiation; empty when it belongs to another option, is no answer of a server or has
/// the wrong length.
std::optional<ComPortAnswer> parse_com_port_answer(std::span<const std::uint8_t> bytes);

}  // namespace plugrig::serial
