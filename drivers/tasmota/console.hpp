#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/api/plug_link.hpp"
#include "drivers/api/uart.hpp"
#include "drivers/tasmota/answer_rules.hpp"
#include "drivers/tasmota/console_line.hpp"
#include "drivers/tasmota/transcript.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::tasmota {

struct ConsoleOptions {
  /// Longest time from the end of a line to its echo, and of a query to its answer. A line without
  /// echo and without answer is sent once more; with an echo only when it is a query, or when what
  /// came instead of the answer was damaged.
  Duration echo_limit = std::chrono::seconds{2};
  /// Quiet that ends an answer of several messages.
  Duration quiet = std::chrono::milliseconds{1500};
  /// How a long line is cut, so that the plug's 256 byte receiver never overruns
  /// (Tasmota notes §2).
  std::size_t chunk_bytes = 128;
  Duration chunk_gap = std::chrono::milliseconds{15};
};

/// The serial console of a Tasmota plug (Tasmota notes §2–5). Blocking; one thread at a time.
///
/// The port is somebody else's between commands: the first command after construction or `restart`
/// sets 115200 bit/s, throws boot garbage away and sends a lone LF to flush what the plug holds.
/// Answers are found by JSON key, message name and `Input`, never by position, so that telemetry,
/// Wi-Fi messages and late answers in between do no harm.
///
/// Beside the faults of PlugLink: `plug.not_sendable` (config) for characters that the console
/// drops or lines beyond 799 characters, `plug.overrun` (contact) when the plug's receiver overran
/// twice, `plug.restarted` (unit) when the plug booted instead of answering. `plug.silent` comes
/// at the deadline.
class SerialConsole final : public PlugConsole {
 public:
  /// `uart` and `clock` outlive the console.
  SerialConsole(Uart& uart, Clock& clock, ConsoleOptions options = {});

  nlohmann::json command(std::string_view name, std::string_view argument,
                         const Deadline& deadline) override;
  [[nodiscard]] std::string_view transport() const override { return "serial"; }
  /// Sent lines begin with "> ", received ones with "< ", each behind the clock's seconds. At most
  /// the last 256 KiB.
  [[nodiscard]] std::string transcript() const override { return transcript_.text(); }

  std::optional<std::string> wait_line(const std::vector<std::string>& parts,
                                       const Deadline& deadline) override;
  void restart() override;

 private:
  enum class Outcome : std::uint8_t { answered, no_echo, overrun, damaged, silent };
  struct Sent {
    std::string_view line;
    bool query = false;  ///< changes nothing: may be sent again though it arrived
    bool last_try = false;
  };
  struct Wait;

  void tune();
  void prepare(const Deadline& deadline);
  void send_line(std::string_view line, const Deadline& deadline);
  Outcome await_answer(const Sent& sent, AnswerCollector& collector, const Deadline& deadline);
  static void see_echo(const ConsoleLine& line, const Sent& sent, Wait& wait);
  void see_damage(Wait& wait);
  std::optional<Outcome> see_message(const ConsoleLine& line, Wait& wait,
                                     AnswerCollector& collector);
  Outcome at_end(const Wait& wait, const AnswerCollector& collector, const Deadline& deadline);
  std::optional<ConsoleLine> next_line(const Deadline& deadline);
  bool fill(const Deadline& deadline);
  void skip_received();
  [[nodiscard]] std::vector<Evidence> evidence() const;
  [[nodiscard]] Fault restarted() const;
  [[nodiscard]] Fault no_answer(std::string_view name, Outcome outcome) const;

  Uart& uart_;
  Clock& clock_;
  ConsoleOptions options_;
  LineAssembler assembler_;
  std::deque<ConsoleLine> lines_;  ///< received, not yet looked at
  Transcript transcript_;
  bool prepared_ = false;
};

}  // namespace plugrig::tasmota
