#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/api/modbus_port.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::modbus {

/// `modbus.exception`, with the code that the device sent.
class ExceptionAnswer : public Fault {
 public:
  ExceptionAnswer(const ModbusFrame& request, std::uint8_t code);
  [[nodiscard]] std::uint8_t code() const { return code_; }

 private:
  std::uint8_t code_;
};

/// Codes 0A and 0B: a gateway that had no answer from the device (Modbus notes §1: as a time-out).
bool is_gateway_silence(std::uint8_t code);

Fault no_answer(const ModbusFrame& request);
Fault answered_by_other(const ModbusFrame& request, const ModbusFrame& answer);
Fault wrong_answer(const ModbusFrame& request, const ModbusFrame& answer);
Fault overtaken(const ModbusFrame& request);
/// The request waited in the queue until its deadline.
Fault never_sent(const ModbusFrame& request);

}  // namespace plugrig::modbus
