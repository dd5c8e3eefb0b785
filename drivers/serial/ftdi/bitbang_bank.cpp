#include <array>
#include <mutex>
#include <utility>

#include "drivers/serial/ftdi/pin_bank.hpp"
#include "drivers/serial/ftdi/pin_state.hpp"

namespace plugrig::ftdi {

namespace {

/// Sets the clock at which the chip samples the pins into a FIFO that nobody wants, 5 or 16 times
/// this rate (FTDI facts, section 6): slow, so that a bank costs no USB time.
constexpr std::uint32_t kSampleBaud = 1200;

/// A byte that was written is at the pins by then: one clock period is below 0.2 ms, but that clock
/// jitters up to milliseconds on an FT232R (FTDI facts, section 6).
constexpr Duration kLatchTime = std::chrono::milliseconds{3};

constexpr Duration kWriteLimit = std::chrono::milliseconds{200};

/// A channel in asynchronous bit-bang mode: directions are the mask of request 0B, levels a latch
/// that a written byte sets.
class BitbangBank final : public PinBank {
 public:
  BitbangBank(std::shared_ptr<Channel> channel, Clock& clock)
      : channel_(std::move(channel)), clock_(clock) {
    // First released, whatever an earlier program left in the latch, then the latch.
    channel_->set_rate(kSampleBaud);
    channel_->set_bit_mode(BitMode::async_bitbang, 0);
    write_latch(0);
    clock_.sleep_for(kLatchTime, {});
  }

  [[nodiscard]] int pins() const override { return 8; }

  void set(std::uint16_t mask, std::uint16_t directions, std::uint16_t levels) override {
    const std::lock_guard lock(mutex_);
    const PinState next = state_.with(mask & 0xFFU, directions, levels);
    // A lost adapter is told even when there is nothing to do.
    const bool turns = next.directions != state_.directions || channel_->lost();
    const bool both = turns && next.latch != state_.latch;
    if (both && holds_more(next)) {
      turn(next);
      set_latch(next);
      return;
    }
    // A pin that becomes an output must not show the level of before.
    set_latch(next);
    if (both) clock_.sleep_for(kLatchTime, {});
    if (turns) turn(next);
  }

  PinReading read() override {
    const Instant at = clock_.now();
    return {channel_->read_pins(), at};
  }

  void keep(std::uint16_t mask) override {
    const std::lock_guard lock(mutex_);
    kept_ = low_byte(unsigned{kept_} | mask);
    channel_->leave_driven(kept_);
  }

  [[nodiscard]] const std::shared_ptr<Channel>& channel() const override { return channel_; }

 private:
  /// Pins only become outputs, and their latches are right: what is held down is held before
  /// anything else moves.
  [[nodiscard]] bool holds_more(const PinState& next) const {
    const unsigned fresh = next.directions & ~unsigned{state_.directions};
    const unsigned gone = state_.directions & ~unsigned{next.directions};
    return gone == 0 && ((unsigned{next.latch} ^ state_.latch) & fresh) == 0;
  }

  void set_latch(const PinState& next) {
    if (next.latch == state_.latch) return;
    const bool lamp = ((unsigned{next.latch} ^ state_.latch) & kept_) != 0;
    write_latch(low_byte(next.latch));
    state_.latch = next.latch;
    // It may be the last thing that is set before the channel closes.
    if (lamp) clock_.sleep_for(kLatchTime, {});
  }

  void turn(const PinState& next) {
    channel_->set_bit_mode(BitMode::async_bitbang, low_byte(next.directions));
    state_.directions = next.directions;
  }

  void write_latch(std::uint8_t levels) {
    const std::array byte{levels};
    channel_->write(byte, {clock_.now() + kWriteLimit});
  }

  const std::shared_ptr<Channel> channel_;
  Clock& clock_;
  std::mutex mutex_;
  PinState state_;
  std::uint8_t kept_ = 0;
};

}  // namespace

std::unique_ptr<PinBank> make_bitbang_bank(std::shared_ptr<Channel> channel, Clock& clock) {
  return std::make_unique<BitbangBank>(std::move(channel), clock);
}

}  // namespace plugrig::ftdi
