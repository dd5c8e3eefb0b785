#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/modbus_port.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::modbus {

struct LineOptions {
  /// An answer that has not come so long after its request never comes. Slow devices need more than
  /// 0.5 s (Modbus notes §5); a device slower than this breaks the promise below.
  Duration latest_answer = std::chrono::seconds{1};
  /// Least silence before a frame (Modbus notes §2.5: 5 to 10 ms at 9600 baud); zero for TCP by
  /// itself.
  Duration gap = std::chrono::milliseconds{5};
};

/// A right answer and when it was had.
struct Reply {
  std::vector<std::uint8_t> pdu;
  Instant sent{};      ///< end of the request on the wire
  Instant received{};  ///< end of the answer
};

/// The transaction logic of one line: one request at a time, and never another request's answer.
///
/// An RTU answer does not name its request, so a late one fits every request of its function and
/// length and would shift all later readings (Modbus notes §2.1). Therefore after a
/// request without a right answer no request of the same function goes out until `latest_answer`
/// has passed since then, whichever unit it is for (a device may answer under a wrong address).
/// Writes whose echo differs need not wait: their answer names them.
///
/// The wait can be cut short. A device on a line takes one request after the other and answers them
/// in their order, so its answer to a request of another function (a fence) shows that what it was
/// asked before will not be answered any more. One thread uses it.
class ModbusLine {
 public:
  /// Both references must outlive the line.
  ModbusLine(Clock& clock, ModbusPort& port, LineOptions options);

  /// When `request` may be sent without a late answer being taken for its own.
  [[nodiscard]] Instant ready_at(const ModbusFrame& request) const;
  /// When `fence`, a read of another function from the same unit, may be sent so that `request` can
  /// follow its answer at once.
  [[nodiscard]] Instant ready_behind(const ModbusFrame& fence, const ModbusFrame& request) const;

  /// One attempt: waits for the gap, empties the line, sends, takes the answer. Broadcasts (unit 0)
  /// are sent and not answered. Blocks for at most `timeout` behind the end of the request plus
  /// gaps and wire times. Throws the faults of ModbusBus, Stopped (as for a time-out no answer is
  /// taken later).
  Reply attempt(const ModbusFrame& request, Duration timeout, const std::stop_token& stop);

  /// Opens the port anew after `modbus.lost`. Throws that fault.
  void reopen(const Deadline& deadline);

 private:
  /// A request whose answer may still come.
  struct Unanswered {
    ModbusFrame request;
    Instant until;
  };
  [[nodiscard]] static bool may_answer(const Unanswered& old, const ModbusFrame& request);
  /// What arrived that was no right answer.
  struct Seen {
    std::optional<Fault> garbled;
    std::optional<ModbusFrame> wrong_unit;
    std::optional<ModbusFrame> wrong_answer;
  };

  void settle(const std::stop_token& stop);
  std::optional<ModbusFrame> listen(const ModbusFrame& request, const Deadline& deadline,
                                    Seen& seen);
  [[nodiscard]] bool may_be_late(const ModbusFrame& answer) const;
  void remember(const ModbusFrame& request, Instant sent);
  /// The answer to `request` has come, and can have been that of no other.
  void forget_before(const ModbusFrame& request);
  [[nodiscard]] Duration gap() const;

  Clock& clock_;
  ModbusPort& port_;
  const LineOptions options_;
  Instant quiet_since_{};
  bool disturbed_ = false;  ///< something went wrong: silence must be seen before the next request
  std::vector<Unanswered> unanswered_;
};

}  // namespace plugrig::modbus
