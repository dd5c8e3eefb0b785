#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "drivers/api/modbus_port.hpp"
#include "drivers/modbus/context.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::modbus {

enum class Parity : char { none = 'N', even = 'E', odd = 'O' };

struct RtuOptions {
  std::string device;  ///< "/dev/serial/by-id/…"
  int baud = 9600;     ///< bit/s; only rates that the library really sets
  Parity parity = Parity::none;
  int stop_bits = 1;
};

/// Modbus RTU over a serial port of the kernel. Real time only; one thread at a time uses it.
///
/// Faults: `modbus.config` (config: rate, stop bits), `modbus.open` (host), `modbus.busy` (host:
/// another program holds the port), `modbus.lost` (host), `modbus.garbled` (instrument).
class RtuPort final : public ModbusPort {
 public:
  /// Opens the port for this process alone.
  RtuPort(Clock& clock, RtuOptions options);
  RtuPort(const RtuPort&) = delete;
  RtuPort& operator=(const RtuPort&) = delete;
  ~RtuPort() override;

  void flush() override;
  void send(const ModbusFrame& request, const Deadline& deadline) override;
  std::optional<ModbusFrame> receive(const Deadline& deadline) override;
  [[nodiscard]] Duration wire_time(std::size_t pdu_bytes) const override;
  void reopen(const Deadline& deadline) override;

 private:
  void open();
  void close();
  /// Bytes that wait in the kernel; throws `modbus.lost`.
  [[nodiscard]] std::size_t waiting(const std::string& during) const;
  /// Blocks until the expected answer waits, or no more bytes have come for as long as a frame may
  /// pause; the bytes that wait, 0 when the deadline passed before the first one.
  std::size_t gather(const Deadline& deadline);
  ModbusFrame decode(std::size_t arrived);

  Clock& clock_;
  const RtuOptions options_;
  UniqueFd lock_;
  Context context_;
  std::size_t expected_ = 0;  ///< bytes of the right answer to the last request
};

}  // namespace plugrig::modbus
