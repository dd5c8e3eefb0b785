#include "drivers/modbus/board_switch.hpp"

#include <fmt/format.h>

#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::modbus {

namespace {

void check_number(const RelayBoard& board, std::string_view what, int number, int most) {
  if (number >= 1 && number <= most) return;
  throw Fault("relay.number", Blame::config,
              fmt::format("{} has no {} {}.", board.name(), what, number),
              fmt::format("It has {} of them.", most));
}

}  // namespace

RelaySwitch::RelaySwitch(RelayBoard& board, int relay, std::optional<TimedHold> hold)
    : board_(board), relay_(relay), hold_(hold) {
  check_number(board, "relay", relay, board.relays());
  if (hold_ && !(board.has_timed_on() && board.timed_on_restarts())) {
    throw Fault(
        "relay.no_timed_on", Blame::config,
        fmt::format("{} cannot switch a relay off by itself, or not renew that.", board.name()),
        "Use a board with timed pulses, or switch it plainly.");
  }
}

void RelaySwitch::set(bool on, const Deadline& deadline) {
  if (!on) {
    {  // first, so that no renewal comes behind the off
      const std::scoped_lock guard(lock_);
      ends_.reset();
      ++offs_;
    }
    board_.set(relay_, false, deadline);
    return;
  }
  if (!hold_) {
    board_.set(relay_, true, deadline);
    return;
  }
  // Not later than the board's own count, which begins behind the request.
  const Instant end = hold_->clock->now() + hold_->pulse;
  std::uint64_t offs = 0;
  {
    const std::scoped_lock guard(lock_);
    ends_ = end;
    offs = offs_;
  }
  board_.timed_on(relay_, hold_->pulse, deadline);
  // An off that came meanwhile has the last word, whichever of the two reached the board first.
  const bool off_came = [&] {
    const std::scoped_lock guard(lock_);
    return offs_ != offs;
  }();
  if (off_came) board_.set(relay_, false, deadline);
}

bool RelaySwitch::reads_on(const Deadline& deadline) { return board_.reads_on(relay_, deadline); }

std::optional<Instant> RelaySwitch::ends() const {
  const std::scoped_lock guard(lock_);
  return ends_;
}

void RelaySwitch::renew(const Deadline& deadline) {
  const std::optional<Instant> end = ends();
  if (!end) return;
  const Instant asked = hold_->clock->now();
  // What has ended by itself has ended: nobody expects it to come back.
  if (asked >= *end) {
    throw Fault("relay.lapsed", Blame::host,
                fmt::format("Relay {} of {} was not renewed in time and has gone off.", relay_,
                            board_.name()),
                "Find out what held this computer up; start the unit again.");
  }
  board_.renew(relay_, hold_->pulse, deadline.no_later_than(*end));
  const std::scoped_lock guard(lock_);
  if (ends_) ends_ = asked + hold_->pulse;
}

void RelaySwitch::on_for(Duration time, const Deadline& deadline) {
  board_.timed_on(relay_, time, deadline);
}

BoardInput::BoardInput(RelayBoard& board, int input, std::string name)
    : board_(board), input_(input), name_(std::move(name)) {
  check_number(board, "input", input, board.inputs());
}

InputReading BoardInput::read_since(Instant since, const Deadline& deadline) {
  const BoardInputs all = board_.inputs_since(since, deadline);
  return {all.closed.at(static_cast<std::size_t>(input_ - 1)), all.asked};
}

}  // namespace plugrig::modbus
