#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "drivers/api/uart.hpp"
#include "drivers/esp/evidence_log.hpp"
#include "drivers/esp/protocol.hpp"
#include "drivers/esp/slip.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::esp {

/// The conversation has broken down beyond what retries at this rate can mend. The flasher catches
/// it and starts again, slower; nothing outside this room sees it.
struct LinkTrouble : std::runtime_error {
  enum class Kind : std::uint8_t {
    noisy,  ///< answers come, but too many are damaged
    lost,   ///< not even SYNC is answered any more
  };
  LinkTrouble(Kind why, const std::string& text) : std::runtime_error(text), kind(why) {}
  Kind kind;
};

/// Frames over a port. Knows requests and answers, no chip. One thread.
///
/// All waits take a limit of their own and the caller's deadline: the limit passing is an empty
/// result, the deadline passing is Fault `esp.deadline`, its stop is Stopped.
class Link {
 public:
  Link(Uart& uart, Clock& clock, EvidenceLog& log) : uart_(uart), clock_(clock), log_(log) {}

  void send(Op op, std::span<const std::uint8_t> data, const Deadline& deadline,
            std::uint32_t checksum = 0);
  void send_frame(std::span<const std::uint8_t> payload, const Deadline& deadline);

  /// The next frame that is whole, of any content.
  std::optional<std::vector<std::uint8_t>> receive_frame(Duration limit, const Deadline& deadline);

  /// The next answer to `op`. Answers to other commands and frames that are no answers are skipped
  /// (at most 64) and kept in the log.
  std::optional<Response> receive(Op op, Duration limit, const Deadline& deadline);

  /// Sends and receives, once.
  std::optional<Response> exchange(Op op, std::span<const std::uint8_t> data, Duration limit,
                                   const Deadline& deadline);

  /// One SYNC. True when it was answered; then the rest of the eight answers, and whatever else was
  /// still on its way, has been drained. `value` gets the answers' value word (0 = a stub).
  bool sync(Duration limit, const Deadline& deadline, std::uint32_t* value = nullptr);

  /// After doubt about framing: SYNC frames only, with growing patience, until one is answered and
  /// the line is quiet. False when none of them is.
  bool resynchronise(const Deadline& deadline);

  /// Raw bytes until nothing comes for `quiet` or `limit` has passed; for boot text.
  std::vector<std::uint8_t> listen(Duration quiet, Duration limit, const Deadline& deadline);

  void set_baud(std::uint32_t baud);
  void discard();

  /// Bytes outside frames since the last whole frame: boot text when the chip restarted.
  [[nodiscard]] const std::vector<std::uint8_t>& stray() const { return stray_; }
  /// The last bytes that came, frames or not (at most 48): a restart in the middle of a frame is
  /// seen here only.
  [[nodiscard]] const std::vector<std::uint8_t>& last_bytes() const { return last_bytes_; }
  /// Damaged frames seen so far.
  [[nodiscard]] int damaged() const { return damaged_; }

  [[nodiscard]] Uart& uart() { return uart_; }
  [[nodiscard]] Clock& clock() { return clock_; }
  [[nodiscard]] EvidenceLog& log() { return log_; }
  /// What the log has kept, and the line errors that the port has seen.
  [[nodiscard]] std::vector<Evidence> evidence() const;

  /// Time that `bytes` take on the wire at the present rate, escapes included.
  [[nodiscard]] Duration wire_time(std::size_t bytes) const;

 private:
  bool pump(const Deadline& limit, const Deadline& deadline);
  void keep_stray();

  Uart& uart_;
  Clock& clock_;
  EvidenceLog& log_;
  SlipDecoder decoder_;
  std::vector<std::uint8_t> stray_;
  std::vector<std::uint8_t> last_bytes_;
  int damaged_ = 0;
};

/// Throws Fault `esp.deadline` when the deadline has passed.
void check_time(const Clock& clock, const Deadline& deadline, const EvidenceLog& log);

}  // namespace plugrig::esp
