#pragma once

#include <bit>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "drivers/modbus/pdu.hpp"
#include "tests/unit/modbus/fake_port.hpp"

namespace plugrig::modbus::test {

/// The registers and coils of one device, answered like a device: exception 02 outside of what it
/// has. Vendor commands are the test's.
struct DeviceImage {
  std::map<std::uint16_t, std::uint16_t> registers;
  std::map<std::uint16_t, bool> coils;
  std::map<std::uint16_t, bool> inputs;
  std::uint8_t register_function = 4;
  Duration latency = std::chrono::milliseconds{5};
  std::vector<std::vector<std::uint8_t>> writes;  ///< in order
  std::set<std::uint16_t> stuck;                  ///< coils that do not move
  /// Commands on addresses that are no coils, and register commands; true = done.
  std::function<bool(DeviceImage&, std::uint16_t address, std::uint16_t value)> command;

  void put(std::uint16_t address, float value);

  std::vector<Arrival> operator()(const ModbusFrame& request) {
    if (request.unit != 1) return {};
    return {{latency, ModbusFrame{1, answer(request.pdu)}}};
  }

 private:
  static std::uint16_t word(const std::vector<std::uint8_t>& pdu, std::size_t at) {
    return static_cast<std::uint16_t>(pdu[at] << 8U | pdu[at + 1]);
  }
  static std::vector<std::uint8_t> refuse(const std::vector<std::uint8_t>& pdu) {
    return {static_cast<std::uint8_t>(pdu[0] | 0x80U), 2};
  }

  std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& pdu) {
    const std::uint16_t first = word(pdu, 1);
    const std::uint16_t value = word(pdu, 3);
    if (is_write(pdu)) return write(pdu, first, value);
    if (pdu[0] == function::read_coils) return bits(pdu, coils, first, value);
    if (pdu[0] == function::read_inputs) return bits(pdu, inputs, first, value);
    if (pdu[0] != register_function) return {static_cast<std::uint8_t>(pdu[0] | 0x80U), 1};
    std::vector<std::uint8_t> out{pdu[0], static_cast<std::uint8_t>(2 * value)};
    for (std::uint16_t i = 0; i < value; ++i) {
      const auto found = registers.find(static_cast<std::uint16_t>(first + i));
      if (found == registers.end()) return refuse(pdu);
      out.push_back(static_cast<std::uint8_t>(found->second >> 8U));
      out.push_back(static_cast<std::uint8_t>(found->second & 0xFFU));
    }
    return out;
  }

  static std::vector<std::uint8_t> bits(const std::vector<std::uint8_t>& pdu,
                                        const std::map<std::uint16_t, bool>& from,
                                        std::uint16_t first, std::uint16_t count) {
    const auto bytes = static_cast<std::uint8_t>((count + 7) / 8);
    std::vector<std::uint8_t> out{pdu[0], bytes};
    out.resize(2U + bytes);
    for (std::uint16_t i = 0; i < count; ++i) {
      const auto found = from.find(static_cast<std::uint16_t>(first + i));
      if (found == from.end()) return refuse(pdu);
      if (found->second)
        out[2U + i / 8U] = static_cast<std::uint8_t>(out[2U + i / 8U] | 1U << i % 8U);
    }
    return out;
  }

  std::vector<std::uint8_t> write(const std::vector<std::uint8_t>& pdu, std::uint16_t first,
                                  std::uint16_t value) {
    writes.push_back(pdu);
    if (pdu[0] == function::write_coils) {
      for (std::uint16_t i = 0; i < value; ++i) {
        move(static_cast<std::uint16_t>(first + i), (pdu[6U + i / 8U] >> i % 8U & 1U) != 0);
      }
      return {pdu.begin(), pdu.begin() + 5};
    }
    if (command && command(*this, first, value)) return pdu;
    if (pdu[0] != function::write_coil || !coils.contains(first)) return refuse(pdu);
    if (value != 0xFF00 && value != 0) return {static_cast<std::uint8_t>(pdu[0] | 0x80U), 3};
    move(first, value == 0xFF00);
    return pdu;
  }

  void move(std::uint16_t coil, bool on) {
    if (!stuck.contains(coil)) coils[coil] = on;
  }
};

inline void DeviceImage::put(std::uint16_t address, float value) {
  const auto raw = std::bit_cast<std::uint32_t>(value);
  registers[address] = static_cast<std::uint16_t>(raw >> 16U);
  registers[static_cast<std::uint16_t>(address + 1)] = static_cast<std::uint16_t>(raw & 0xFFFFU);
}

}  // namespace plugrig::modbus::test
