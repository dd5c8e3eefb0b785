#include "drivers/serial/ftdi/uart.hpp"

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
    for (Evidence& found : line_errors(seen_, channel_->status())) fault.add(std::move(found));
    throw;
  }
}

void FtdiUart::write(std::span<const std::uint8_t> bytes, const Deadline& deadline) {
  if (parked_) throw parked_fault(channel_->name());
  with_evidence([&] { channel_->write(bytes, deadline); });
}

void FtdiUart::drain(const Deadline& deadline) {
  with_evidence([&] { channel_->drain(deadline); });
}

std::size_t FtdiUart::read(std::span<std::uint8_t> into, const Deadline& deadline) {
  return with_evidence([&] {
    const std::size_t count = channel_->read(into, deadline);
    const std::uint64_t overruns = channel_->status().overruns;
    if (overruns == overruns_told_) return count;
    const std::uint64_t fresh = overruns - std::exchange(overruns_told_, overruns);
    throw overrun_fault(channel_->name(), fresh);
  });
}

void FtdiUart::set_baud(std::uint32_t baud) {
  with_evidence([&] {
    channel_->drain({clock_.now() + kDrainLimit, {}});
    rate_ = channel_->set_rate(baud);
  });
}

std::uint32_t FtdiUart::baud() const { return rate_.wanted; }

void FtdiUart::discard_input() {
  channel_->discard_input();
  seen_ = channel_->status();
  overruns_told_ = seen_.overruns;
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
}

void FtdiUart::park(bool parked) {
  if (parked == parked_) return;
  if (channel_->bit_mode() == BitMode::cbus) {
    // Leaving CBUS mode would let go of pins that may hold the supply off; TXD at 0 V feeds the
    // unit no more than a floating one.
    channel_->set_break(parked);
  } else {
    channel_->set_bit_mode(parked ? BitMode::async_bitbang : BitMode::uart, 0);
    if (!parked) channel_->set_modem_lines(dtr_, rts_);
  }
  parked_ = parked;
  if (!parked) discard_input();
}

}  // namespace plugrig::ftdi
