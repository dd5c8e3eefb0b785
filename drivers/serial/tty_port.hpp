#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "drivers/api/control_lines.hpp"
#include "drivers/api/uart.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::serial {

struct TtyOptions {
  std::filesystem::path device;                     ///< "/dev/ttyUSB0", "/dev/serial/by-id/…"
  std::uint32_t baud = 115'200;                     ///< bit/s, any integer the adapter can make
  std::filesystem::path lock_folder = "/run/lock";  ///< of UUCP lock files
};

/// A serial port of the kernel, raw 8N1. Real time only; one thread at a time uses it.
///
/// Opening takes the port for this process alone, then releases DTR and RTS in one request, then
/// sets the rate: a strap that is held by a line left asserted must not see a second edge. The
/// kernel itself asserts both lines for the moment of open(2); no call can avoid that, which is why
/// jigs need the two-transistor circuit or a reset capacitor. Closing releases both lines again.
///
/// Faults: `serial.open.missing` (host; names the ports that are there), `serial.open.permission`
/// (host; names the group), `serial.open.busy` (host; names the process where it can be known),
/// `serial.open.not_a_tty` (config), `serial.open.failed` (host), `serial.lost` (host),
/// `serial.baud` (host), `serial.write.timeout` (host), `lines.missing` (fixture).
class TtyPort final : public Uart, public ControlLines {
 public:
  /// Blocks for as long as open(2) and the settings take: milliseconds.
  TtyPort(const Clock& clock, const TtyOptions& options);
  TtyPort(const TtyPort&) = delete;
  TtyPort& operator=(const TtyPort&) = delete;
  ~TtyPort() override;

  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override;
  void drain(const Deadline& deadline) override;
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override;
  void set_baud(std::uint32_t baud) override;
  [[nodiscard]] std::uint32_t baud() const override { return baud_; }
  void discard_input() override;

  [[nodiscard]] bool offers(Signal signal) const override;
  void set(std::span<const LineChange> changes) override;

 private:
  void open_exclusively(const TtyOptions& options);
  void check_rate(std::uint32_t wanted);
  [[nodiscard]] Fault lost(const std::string& during, int error) const;
  [[noreturn]] void fail(const std::string& during, int error) const;

  const Clock& clock_;
  std::string name_;
  UniqueFd fd_;
  std::uint32_t baud_ = 0;
  bool has_lines_ = false;
};

}  // namespace plugrig::serial
