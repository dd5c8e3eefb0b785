#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "drivers/serial/ftdi/pin_bank.hpp"
#include "drivers/serial/ftdi/pin_state.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::ftdi {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// MPSSE commands and answers (FTDI facts, section 6).
constexpr std::uint8_t kSetLow = 0x80;
constexpr std::uint8_t kReadLow = 0x81;
constexpr std::uint8_t kSetHigh = 0x82;
constexpr std::uint8_t kReadHigh = 0x83;
constexpr std::uint8_t kSendNow = 0x87;
constexpr std::uint8_t kNoCommand = 0xAA;
constexpr std::uint8_t kBadCommand = 0xFA;

/// An answer comes with the next packet, so within a few milliseconds.
constexpr Duration kAnswerLimit = std::chrono::milliseconds{100};

/// A channel whose MPSSE sets and reads pins: one command carries levels and directions of a byte.
class MpsseBank final : public PinBank {
 public:
  MpsseBank(std::shared_ptr<Channel> channel, Clock& clock)
      : channel_(std::move(channel)),
        clock_(clock),
        pins_(facts_of(*channel_->adapter().chip).mpsse_pins) {
    channel_->set_bit_mode(BitMode::uart, 0);
    channel_->set_bit_mode(BitMode::mpsse, 0);
    come_in_step();
    send(commands_for({}, true, true));
  }

  [[nodiscard]] int pins() const override { return pins_; }

  void set(std::uint16_t mask, std::uint16_t directions, std::uint16_t levels) override {
    const std::lock_guard lock(mutex_);
    const unsigned own = (1U << static_cast<unsigned>(pins_)) - 1U;
    const PinState next = state_.with(static_cast<std::uint16_t>(mask & own), directions, levels);
    const unsigned changed =
        (unsigned{next.directions} ^ state_.directions) | (unsigned{next.latch} ^ state_.latch);
    // A lost adapter is told even when there is nothing to do.
    const bool lost = channel_->lost();
    if (changed == 0 && !lost) return;
    Bytes commands = commands_for(next, low_byte(changed) != 0 || lost, high_byte(changed) != 0);
    // Out of step, the check behind the commands serves as their answer.
    if (in_step_) commands.insert(commands.end(), {kReadLow, kSendNow});
    send(commands);
    await_pins();
    state_ = next;
  }

  PinReading read() override {
    const std::lock_guard lock(mutex_);
    if (!in_step_) come_in_step();
    const Instant at = clock_.now();
    in_step_ = false;  // until the whole answer is here, a late one would pass for the next
    send(pins_ > 8 ? Bytes{kReadLow, kReadHigh, kSendNow} : Bytes{kReadLow, kSendNow});
    std::array<std::uint8_t, 2> answer{};
    receive(std::span(answer).first(pins_ > 8 ? 2 : 1), "the levels of its pins");
    in_step_ = true;
    return {static_cast<std::uint16_t>(answer[0] | (unsigned{answer[1]} << 8U)), at};
  }

  [[nodiscard]] const std::shared_ptr<Channel>& channel() const override { return channel_; }

 private:
  [[nodiscard]] Bytes commands_for(const PinState& state, bool low, bool high) const {
    Bytes commands;
    if (low) {
      commands.insert(commands.end(), {kSetLow, low_byte(state.latch), low_byte(state.directions)});
    }
    if (high && pins_ > 8) {
      commands.insert(commands.end(),
                      {kSetHigh, high_byte(state.latch), high_byte(state.directions)});
    }
    return commands;
  }

  void send(const Bytes& commands) { channel_->write(commands, {clock_.now() + kAnswerLimit}); }

  void receive(std::span<std::uint8_t> into, std::string_view what) {
    const Deadline deadline{clock_.now() + kAnswerLimit};
    while (!into.empty()) {
      const std::size_t got = channel_->read(into, deadline);
      if (got == 0) throw silent(what, {});
      into = into.subspan(got);
    }
  }

  /// The bytes of a command wait in the chip behind whatever else the bus carries; whoever times a
  /// pulse must know that the pins have changed. Commands are carried out in order, so an answer to
  /// a later one tells.
  void await_pins() {
    if (!in_step_) return come_in_step();
    in_step_ = false;
    std::uint8_t levels = 0;
    receive({&levels, 1}, "that its pins are set");
    in_step_ = true;
  }

  /// A command that does not exist is answered by a complaint: what comes behind it is ours.
  void come_in_step() {
    channel_->discard_input();
    send({kNoCommand, kSendNow});
    const Deadline deadline{clock_.now() + kAnswerLimit};
    const std::array expected{kBadCommand, kNoCommand};
    Bytes heard;
    while (!std::ranges::equal(std::span(heard).last(std::min<std::size_t>(heard.size(), 2)),
                               expected)) {
      std::uint8_t byte = 0;
      if (channel_->read({&byte, 1}, deadline) == 0) throw silent("its sync check", heard);
      heard.push_back(byte);
    }
    in_step_ = true;
  }

  [[nodiscard]] Fault silent(std::string_view what, const Bytes& heard) const {
    std::string hex;
    for (const std::uint8_t byte : std::span(heard).first(std::min<std::size_t>(heard.size(), 64)))
      hex += fmt::format("{:02X} ", byte);
    return {"ftdi.mpsse",
            Blame::host,
            fmt::format("The MPSSE of {} did not answer {}.", channel_->name(), what),
            "Unplug the adapter and plug it in again; if it stays so, replace it.",
            {{"received", hex.empty() ? "nothing" : hex}}};
  }

  const std::shared_ptr<Channel> channel_;
  Clock& clock_;
  const int pins_;
  std::mutex mutex_;
  PinState state_;
  bool in_step_ = false;
};

}  // namespace

std::unique_ptr<PinBank> make_mpsse_bank(std::shared_ptr<Channel> channel, Clock& clock) {
  return std::make_unique<MpsseBank>(std::move(channel), clock);
}

}  // namespace plugrig::ftdi
