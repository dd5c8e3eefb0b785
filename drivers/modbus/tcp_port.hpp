#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "drivers/api/modbus_port.hpp"
#include "drivers/modbus/context.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::modbus {

struct TcpOptions {
  std::string host;  ///< name or address
  std::uint16_t port = 502;
  Duration connect_limit = std::chrono::seconds{3};
};

/// Modbus over TCP. Real time only; one thread at a time uses it. Every request has its own
/// transaction number and answers to others are dropped. Looking up a host name may block for as
/// long as the system's resolver does; connecting honours a stop within 300 ms.
///
/// Faults: `modbus.open` (instrument: no connection; config: unknown host), `modbus.lost`
/// (instrument), `modbus.garbled` (instrument).
class TcpPort final : public ModbusPort {
 public:
  /// Connects.
  TcpPort(Clock& clock, TcpOptions options);
  TcpPort(const TcpPort&) = delete;
  TcpPort& operator=(const TcpPort&) = delete;
  ~TcpPort() override;

  void flush() override;
  void send(const ModbusFrame& request, const Deadline& deadline) override;
  std::optional<ModbusFrame> receive(const Deadline& deadline) override;
  [[nodiscard]] Duration wire_time(std::size_t pdu_bytes) const override;
  [[nodiscard]] bool answers_name_requests() const override { return true; }
  void reopen(const Deadline& deadline) override;

 private:
  void connect(const Deadline& deadline);
  [[nodiscard]] Fault lost(const std::string& during, int error) const;
  /// Blocks until a whole frame waits; its length, 0 when the deadline passed before its first
  /// byte.
  std::size_t gather(const Deadline& deadline);
  /// Gives the connection up; the fault that says why.
  Fault garbled(std::span<const std::uint8_t> bytes);

  Clock& clock_;
  const TcpOptions options_;
  Context context_;
  std::uint16_t transaction_ = 0;
};

}  // namespace plugrig::modbus
