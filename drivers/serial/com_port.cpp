#include "drivers/serial/com_port.hpp"

#include <array>

#include "drivers/serial/telnet_parser.hpp"

namespace plugrig::serial {

void append_com_port(std::vector<std::uint8_t>& out, std::uint8_t command,
                     std::span<const std::uint8_t> value) {
  out.insert(out.end(), {telnet::iac, telnet::sb, telnet::option_com_port, command});
  append_escaped(out, value);
  out.insert(out.end(), {telnet::iac, telnet::se});
}

void append_com_port(std::vector<std::uint8_t>& out, std::uint8_t command, std::uint8_t value) {
  const std::array<std::uint8_t, 1> bytes{value};
  append_com_port(out, command, bytes);
}

void append_set_baud(std::vector<std::uint8_t>& out, std::uint32_t baud) {
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(baud >> 24), static_cast<std::uint8_t>(baud >> 16),
      static_cast<std::uint8_t>(baud >> 8), static_cast<std::uint8_t>(baud)};
  append_com_port(out, com_port::set_baud, bytes);
}

std::optional<ComPortAnswer> parse_com_port_answer(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2 || bytes[0] != telnet::option_com_port) return std::nullopt;
  if (bytes[1] < com_port::answer) return std::nullopt;
  ComPortAnswer answer{static_cast<std::uint8_t>(bytes[1] - com_port::answer), 0};
  const std::span<const std::uint8_t> value = bytes.subspan(2);
  const bool bare =
      answer.command == com_port::flow_suspend || answer.command == com_port::flow_resume;
  const std::size_t length = bare ? 0 : answer.command == com_port::set_baud ? 4 : 1;
  // A server's signature (command 0) is a text of any length and of no use here.
  if (answer.command == 0 || value.size() != length) return std::nullopt;
  for (const std::uint8_t byte : value) answer.value = answer.value << 8 | byte;
  return answer;
}

}  // namespace plugrig::serial
