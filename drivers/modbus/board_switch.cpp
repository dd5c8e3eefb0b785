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

RelaySwitch::RelaySwitch(RelayBoard& board, int relay, std::optional<Duration> pulse)
    : board_(board), relay_(relay), pulse_(pulse) {
  check_number(board, "relay", relay, board.relays());
  if (pulse_ && !board.has_timed_on()) {
    throw Fault("relay.no_timed_on", Blame::config,
                fmt::format("{} cannot switch a relay off by itself.", board.name()),
                "Use a board with timed pulses, or switch it plainly.");
  }
}

void RelaySwitch::set(bool on, const Deadline& deadline) {
  if (!on) {
    held_ = false;  // first, so that no renewal comes behind the off
    board_.set(relay_, false, deadline);
    return;
  }
  if (pulse_) {
    board_.timed_on(relay_, *pulse_, deadline);
  } else {
    board_.set(relay_, true, deadline);
  }
  held_ = true;
}

bool RelaySwitch::reads_on(const Deadline& deadline) { return board_.reads_on(relay_, deadline); }

void RelaySwitch::renew(const Deadline& deadline) {
  if (pulse_ && held_) board_.renew(relay_, *pulse_, deadline);
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
