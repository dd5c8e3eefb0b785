#include "drivers/serial/ftdi/uart.hpp"

#include <array>
#include <functional>
#include <utility>

#include "drivers/serial/ftdi/channel_faults.hpp"

namespace plugrig::ftdi {

namespace {

constexpr std::uint32_t kFirstRate = 115200;

/// SLIP's frame end: an answer leaves the chip with it instead of waiting for the latency timer.
constexpr std::uint8_t kFrameEnd = 0xC0;

/// What `set_baud` grants the bytes that are still on their way; more than any buffer holds at the
/// slowest rate in use.
constexpr Duration kDrainLimit = std::chrono::seconds{10};

/// DTR# and RTS# among the pins of a channel (FTDI facts, section 1).
constexpr std::uint8_t kRtsPin = 1U << 2U;
constexpr std::uint8_t kDtrPin = 1U << 4U;

/// In bit-bang mode the chip samples its pins at 5 or 16 times the rate and sends that to the host
/// (FTDI facts, section 6): slow, so that parked channels leave the USB to the others.
constexpr std::uint32_t kParkedRate = 1200;

/// A byte that was written in bit-bang mode is at the latch by then: that clock jitters up to
/// milliseconds on an FT232R (FTDI facts, section 6).
constexpr Duration kLatchTime = std::chrono::milliseconds{3};
constexpr Duration kLatchLimit = std::chrono::milliseconds{200};

Fault parked_fault(const std::string& channel) {
  return {
      "ftdi.parked", Blame::software,
      "Channel " + channel + " was to send while its pins float because the unit has no supply.",
      "Switch the unit's supply on before talking to it."};
}

Fault no_such_line(const std::string& channel, Signal signal) {
  return {"lines.missing", Blame::fixture,
          "Channel " + channel + " has no " + std::string(to_string(signal)) + " line of its own.",
          "Map the signal to a pin in the wiring, or use a wiring that needs none."};
}

}  // namespace

FtdiUart::FtdiUart(std::shared_ptr<Channel> channel, Clock& clock)
    : channel_(std::move(channel)), clock_(clock), rate_(channel_->set_rate(kFirstRate)) {
  channel_->set_event_character(kFrameEnd);
  channel_->set_modem_lines(false, false);
  discard_input();
}

FtdiUart::~FtdiUart() {
  try {
    if (!channel_->lost()) channel_->set_modem_lines(false, false);
  } catch (const std::exception&) {
    // Lost at the last moment: there are no lines left to release.
  }
}

/// Runs `action`; line errors since the last look become evidence in its fault.
template <class Action>
auto FtdiUart::with_evidence(const Action& action) {
  try {
    return action();
  } catch (Fault& fault) {
    for (Evidence& found : line_error_evidence(seen_, channel_->status()))
      fault.add(std::move(found));
    throw;
  }
}

void FtdiUart::write(std::span<const std::uint8_t> bytes, const Deadline& deadline) {
  if (parked_) throw parked_fault(channel_->name());
  with_evidence([&] { channel_->write(bytes, deadline); });
}

void FtdiUart::drain(const Deadline& deadline) {
  if (parked_) return;  // nothing was written, and a floating line never reads as sent
  with_evidence([&] { channel_->drain(deadline); });
}

std::size_t FtdiUart::read(std::span<std::uint8_t> into, const Deadline& deadline) {
  return with_evidence([&] { return channel_->read(into, deadline); });
}

void FtdiUart::set_baud(std::uint32_t baud) {
  drain({clock_.now() + kDrainLimit, {}});
  with_evidence([&] {
    rate_ = channel_->set_rate(baud);
    if (floats_) channel_->set_rate(kParkedRate);
  });
}

std::uint32_t FtdiUart::baud() const { return rate_.wanted; }

void FtdiUart::discard_input() {
  channel_->discard_input();
  seen_ = channel_->status();
}

std::vector<Evidence> FtdiUart::line_errors() const {
  return line_error_evidence({}, channel_->status());
}

bool FtdiUart::offers(Signal signal) const {
  return signal == Signal::dtr || signal == Signal::rts;
}

void FtdiUart::set(std::span<const LineChange> changes) {
  for (const LineChange& change : changes) {
    if (!offers(change.signal)) throw no_such_line(channel_->name(), change.signal);
  }
  std::optional<bool> dtr, rts;
  for (const LineChange& change : changes) {
    (change.signal == Signal::dtr ? dtr : rts) = change.asserted;
  }
  channel_->set_modem_lines(dtr, rts);
  dtr_ = dtr.value_or(dtr_);
  rts_ = rts.value_or(rts_);
  if (floats_) hold_asserted_lines();
}

void FtdiUart::park(bool parked) {
  if (parked == parked_) return;
  if (!floats_ && channel_->bit_mode() == BitMode::cbus) {
    // Leaving CBUS mode would let go of pins that may hold the supply off; TXD at 0 V feeds the
    // unit no more than a floating one.
    channel_->set_break(parked);
  } else if (parked) {
    channel_->set_bit_mode(BitMode::async_bitbang, 0);
    floats_ = true;
    held_ = 0;
    latch_low_ = false;
    channel_->set_rate(kParkedRate);
    hold_asserted_lines();
  } else {
    channel_->set_rate(rate_.wanted);
    channel_->set_bit_mode(BitMode::uart, 0);
    channel_->set_modem_lines(dtr_, rts_);
    floats_ = false;
  }
  parked_ = parked;
  if (!parked) discard_input();
}

/// A strap on DTR or RTS must be down when the supply comes back: asserted lines are driven low
/// while all else floats.
void FtdiUart::hold_asserted_lines() {
  const auto held = static_cast<std::uint8_t>((dtr_ ? kDtrPin : 0U) | (rts_ ? kRtsPin : 0U));
  if (held == held_) return;
  if (!latch_low_) {
    channel_->write(std::array<std::uint8_t, 1>{0}, {clock_.now() + kLatchLimit, {}});
    clock_.sleep_for(kLatchTime, {});
    latch_low_ = true;
  }
  channel_->set_bit_mode(BitMode::async_bitbang, held);
  held_ = held;
}

}  // namespace plugrig::ftdi
