#include <fmt/format.h>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "drivers/serial/ftdi/lines.hpp"
#include "drivers/serial/ftdi/rack.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

/// How often a contact is looked at while it may bounce; a request takes up to 1 ms.
constexpr Duration kSampleEvery = std::chrono::milliseconds{2};

/// A gap between two readings beyond which the second one tells nothing about the time between:
/// the age at which the mains gate takes a reading for none.
constexpr Duration kMaxGap = std::chrono::milliseconds{200};

constexpr std::array<bool LineStatus::*, 4> kModemInputs{&LineStatus::cts, &LineStatus::dsr,
                                                         &LineStatus::ri, &LineStatus::dcd};

class Input final : public SafetyInput {
 public:
  Input(InputLine line, Rack& rack, Clock& clock)
      : line_(std::move(line)), rack_(rack), clock_(clock) {
    const bool modem = line_.pin.group == Pin::Group::modem;
    if (line_.pin.bit >= 0 && (!modem || line_.pin.bit < static_cast<int>(kModemInputs.size())))
      return;
    throw Fault("ftdi.no_pin", Blame::config,
                fmt::format("Input {}: channel {} of {} has no input {}.", line_.name,
                            line_.pin.channel, line_.pin.adapter, line_.pin.bit),
                "Inputs of a UART are CTS (0), DSR (1), RI (2) and DCD (3).");
  }

  [[nodiscard]] const std::string& name() const override { return line_.name; }

  bool closed(const Deadline& deadline) override {
    const std::optional<Instant> before = known_closed_.exchange({});
    const std::optional<Instant> now = closed_since_debounce(before, deadline);
    known_closed_.exchange(now);
    return now.has_value();
  }

 private:
  struct Reading {
    bool closed;
    Instant at;
  };

  /// When it was last closed and known to be. Gate and slot may ask at the same time.
  class KnownClosed {
   public:
    std::optional<Instant> exchange(std::optional<Instant> at) {
      const std::lock_guard lock(mutex_);
      return std::exchange(at_, at);
    }

   private:
    std::mutex mutex_;
    std::optional<Instant> at_;
  };

  /// Time of the last reading; empty when open. A contact that was seen closed a moment ago and is
  /// closed now needs no second look; else it must stay closed for the debounce time. Open acts at
  /// once.
  std::optional<Instant> closed_since_debounce(std::optional<Instant> before,
                                               const Deadline& deadline) {
    Reading now = read();
    const bool known = before && now.at - *before <= kMaxGap;
    const Instant since = now.at;
    while (now.closed && !known && now.at - since < line_.debounce) {
      if (clock_.now() >= deadline.at) return std::nullopt;  // not shown
      clock_.sleep_for(kSampleEvery, deadline);
      now = read();
    }
    return now.closed ? std::optional(now.at) : std::nullopt;
  }

  Reading read() {
    const bool modem = line_.pin.group == Pin::Group::modem;
    const auto [low, at] = modem ? read_modem() : read_pin();
    return {low == line_.active_low, at};
  }

  std::pair<bool, Instant> read_modem() {
    const LineStatus status = rack_.modem_status(line_.pin.adapter, line_.pin.channel);
    return {status.*kModemInputs.at(static_cast<std::size_t>(line_.pin.bit)), status.seen};
  }

  std::pair<bool, Instant> read_pin() {
    const PinReading reading = rack_.bank(line_.pin)->read();
    const bool high =
        ((unsigned{reading.levels} >> static_cast<unsigned>(line_.pin.bit)) & 1U) != 0;
    return {!high, reading.at};
  }

  const InputLine line_;
  Rack& rack_;
  Clock& clock_;
  KnownClosed known_closed_;
};

}  // namespace

std::unique_ptr<SafetyInput> make_input(InputLine line, Rack& rack, Clock& clock) {
  return std::make_unique<Input>(std::move(line), rack, clock);
}

}  // namespace plugrig::ftdi
