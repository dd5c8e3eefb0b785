#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/api/modbus_port.hpp"

namespace plugrig::modbus {

/// Function codes of Modbus notes §1 that the drivers use.
namespace function {
inline constexpr std::uint8_t read_coils = 1, read_inputs = 2, read_holding = 3, read_registers = 4,
                              write_coil = 5, write_register = 6, write_coils = 15,
                              write_registers = 16;
}  // namespace function

/// Reads `count` coils, inputs or registers from wire address `first`.
std::vector<std::uint8_t> read_pdu(std::uint8_t code, std::uint16_t first, std::uint16_t count);
/// Functions 05 and 06, with any value: boards have their own (pulses, toggles).
std::vector<std::uint8_t> write_pdu(std::uint8_t code, std::uint16_t address, std::uint16_t value);
/// Function 15 with zeros.
std::vector<std::uint8_t> clear_coils_pdu(std::uint16_t first, std::uint16_t count);

/// Changes something in the device, and is answered by an echo.
bool is_write(std::span<const std::uint8_t> request);

/// Bytes of the PDU of the right answer; empty for functions that are not known here.
std::optional<std::size_t> answer_size(std::span<const std::uint8_t> request);

/// What of a write's answer is known beforehand; empty for reads.
std::span<const std::uint8_t> expected_echo(std::span<const std::uint8_t> request);

enum class AnswerKind : std::uint8_t { right, exception, other };

/// What `answer` is to `request` of the same unit.
AnswerKind judge_answer(std::span<const std::uint8_t> request,
                        std::span<const std::uint8_t> answer);

/// Registers of a right answer to function 03 or 04.
std::vector<std::uint16_t> registers_in(std::span<const std::uint8_t> answer);
/// First coil or input of a right answer to function 01 or 02.
bool first_bit_in(std::span<const std::uint8_t> answer);
/// The first `count` of them; the answer is one to a request for so many.
std::vector<bool> bits_in(std::span<const std::uint8_t> answer, std::size_t count);

/// "function 4, address 0x0046, unit 1"
std::string describe(const ModbusFrame& request);

}  // namespace plugrig::modbus
