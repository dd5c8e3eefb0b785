#include "drivers/modbus/pdu.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig::modbus {

namespace {

std::uint8_t high(std::uint16_t word) { return static_cast<std::uint8_t>(word >> 8U); }
std::uint8_t low(std::uint16_t word) { return static_cast<std::uint8_t>(word & 0xFFU); }

std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

bool is_bit_read(std::uint8_t code) {
  return code == function::read_coils || code == function::read_inputs;
}

bool is_register_read(std::uint8_t code) {
  return code == function::read_holding || code == function::read_registers;
}

bool is_single_write(std::uint8_t code) {
  return code == function::write_coil || code == function::write_register;
}

bool is_multiple_write(std::uint8_t code) {
  return code == function::write_coils || code == function::write_registers;
}

/// Echo of every write: function, address, and value or count.
constexpr std::size_t echo_size = 5;

}  // namespace

std::vector<std::uint8_t> read_pdu(std::uint8_t code, std::uint16_t first, std::uint16_t count) {
  return {code, high(first), low(first), high(count), low(count)};
}

std::vector<std::uint8_t> write_pdu(std::uint8_t code, std::uint16_t address, std::uint16_t value) {
  return {code, high(address), low(address), high(value), low(value)};
}

std::vector<std::uint8_t> clear_coils_pdu(std::uint16_t first, std::uint16_t count) {
  const auto bytes = static_cast<std::uint8_t>((count + 7) / 8);
  std::vector<std::uint8_t> pdu = read_pdu(function::write_coils, first, count);
  pdu.push_back(bytes);
  pdu.resize(pdu.size() + bytes, 0);
  return pdu;
}

bool is_write(std::span<const std::uint8_t> request) {
  return !request.empty() && (is_single_write(request[0]) || is_multiple_write(request[0]));
}

std::optional<std::size_t> answer_size(std::span<const std::uint8_t> request) {
  if (request.size() < echo_size) return std::nullopt;
  const std::size_t count = word_at(request, 3);
  if (is_bit_read(request[0])) return 2 + (count + 7) / 8;
  if (is_register_read(request[0])) return 2 + 2 * count;
  if (is_write(request)) return echo_size;
  return std::nullopt;
}

std::span<const std::uint8_t> expected_echo(std::span<const std::uint8_t> request) {
  if (!is_write(request) || request.size() < echo_size) return {};
  return request.first(echo_size);
}

AnswerKind judge_answer(std::span<const std::uint8_t> request,
                        std::span<const std::uint8_t> answer) {
  if (request.empty() || answer.empty()) return AnswerKind::other;
  if (answer[0] == (request[0] | 0x80U)) {
    return answer.size() == 2 ? AnswerKind::exception : AnswerKind::other;
  }
  if (answer[0] != request[0]) return AnswerKind::other;
  if (is_write(request)) {
    return std::ranges::equal(answer, expected_echo(request)) ? AnswerKind::right
                                                              : AnswerKind::other;
  }
  const auto size = answer_size(request);
  if (!size) return AnswerKind::right;
  return answer.size() == *size && answer[1] == *size - 2 ? AnswerKind::right : AnswerKind::other;
}

std::vector<std::uint16_t> registers_in(std::span<const std::uint8_t> answer) {
  std::vector<std::uint16_t> words;
  for (std::size_t at = 2; at + 1 < answer.size(); at += 2) words.push_back(word_at(answer, at));
  return words;
}

bool first_bit_in(std::span<const std::uint8_t> answer) { return (answer[2] & 1U) != 0; }

std::vector<bool> bits_in(std::span<const std::uint8_t> answer, std::size_t count) {
  std::vector<bool> bits;
  for (std::size_t bit = 0; bit < count; ++bit)
    bits.push_back((answer[2 + bit / 8] >> bit % 8 & 1U) != 0);
  return bits;
}

std::string describe(const ModbusFrame& request) {
  if (request.pdu.size() < 3) return fmt::format("unit {}", request.unit);
  return fmt::format("function {}, address 0x{:04X}, unit {}", request.pdu[0],
                     word_at(request.pdu, 1), request.unit);
}

}  // namespace plugrig::modbus
