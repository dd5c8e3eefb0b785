#pragma once

#include <memory>

#include "drivers/api/control_lines.hpp"
#include "drivers/api/line_errors.hpp"
#include "drivers/api/uart.hpp"
#include "drivers/serial/ftdi/channel.hpp"

namespace plugrig::ftdi {

/// A channel in UART mode, 8N1, with its DTR and RTS. Framing, overrun and break seen on the way
/// are evidence in the faults that it throws. One thread at a time uses it. Faults: those of
/// `Channel`, `serial.write.timeout` (host), `lines.missing` (fixture). Bytes that were lost on the
/// way are no fault here: what speaks over the line asks again, and `line_errors` tells why it had
/// to.
class FtdiUart final : public Uart, public ControlLines, public LineErrorSource {
 public:
  /// Lines idle, 115200 bit/s, event character at the end of a SLIP frame.
  FtdiUart(std::shared_ptr<Channel> channel, Clock& clock);
  FtdiUart(const FtdiUart&) = delete;
  FtdiUart& operator=(const FtdiUart&) = delete;
  /// Lines idle.
  ~FtdiUart() override;

  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override;
  void drain(const Deadline& deadline) override;
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override;
  void set_baud(std::uint32_t baud) override;
  [[nodiscard]] std::uint32_t baud() const override;
  void discard_input() override;
  [[nodiscard]] std::vector<Evidence> line_errors() const override;

  [[nodiscard]] bool offers(Signal signal) const override;
  void set(std::span<const LineChange> changes) override;

  /// All pins of the channel float (true) or work again: a unit whose 3.3 V is off must not be fed
  /// through its RX contact by TXD's idle level (FTDI facts, section 10). DTR and RTS stay low
  /// while they are asserted. Beside a bank of CBUS pins TXD is held at 0 V instead. Writing to a
  /// parked UART is Fault `ftdi.parked` (software).
  void park(bool parked);
  /// As the chip makes it.
  [[nodiscard]] const Rate& rate() const { return rate_; }
  [[nodiscard]] const std::shared_ptr<Channel>& channel() const { return channel_; }

 private:
  template <class Action>
  auto with_evidence(const Action& action);
  void hold_asserted_lines();

  std::shared_ptr<Channel> channel_;
  Clock& clock_;
  Rate rate_;
  bool dtr_ = false, rts_ = false, parked_ = false;
  bool floats_ = false;     ///< parked in bit-bang mode
  bool latch_low_ = false;  ///< while it floats: its outputs would be low
  std::uint8_t held_ = 0;   ///< while it floats: pins that are outputs
  LineStatus seen_;         ///< when input was last discarded: later errors are evidence
};

}  // namespace plugrig::ftdi
