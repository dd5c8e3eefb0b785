#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/relay_board.hpp"

namespace plugrig::modbus {

/// How a relay is held by timed pulses.
struct TimedHold {
  Duration pulse{};
  const Clock* clock = nullptr;  ///< outlives the switch
};

/// One relay of a board as mains switch: plain, or held by timed pulses that must be renewed, so
/// that the board itself switches off when the rig no longer does (Modbus notes §4.1).
class RelaySwitch final : public MainsSwitch {
 public:
  /// `board` must outlive the switch. `hold` only for boards whose timed on can be renewed (Fault
  /// `relay.no_timed_on`, config). Fault `relay.number` (config).
  RelaySwitch(RelayBoard& board, int relay, std::optional<TimedHold> hold = std::nullopt);

  void set(bool on, const Deadline& deadline) override;
  bool reads_on(const Deadline& deadline) override;
  [[nodiscard]] Duration renew_within() const override {
    return hold_ ? hold_->pulse : Duration::zero();
  }
  [[nodiscard]] std::optional<Instant> ends() const override;
  void renew(const Deadline& deadline) override;
  void on_for(Duration time, const Deadline& deadline) override;
  [[nodiscard]] Duration timer_step() const override { return board_.timed_on_step(); }

 private:
  RelayBoard& board_;
  const int relay_;
  const std::optional<TimedHold> hold_;
  mutable std::mutex lock_;
  std::optional<Instant> ends_;  ///< guarded by lock_; on by us until then
  std::uint64_t offs_ = 0;       ///< guarded by lock_
};

/// One digital input of a board as safety input.
class BoardInput final : public SafetyInput {
 public:
  /// `board` must outlive the input. Fault `relay.number` (config).
  BoardInput(RelayBoard& board, int input, std::string name);

  [[nodiscard]] const std::string& name() const override { return name_; }
  bool closed(const Deadline& deadline) override { return board_.input_closed(input_, deadline); }
  /// Inputs of one board share the board's reading.
  InputReading read_since(Instant since, const Deadline& deadline) override;

 private:
  RelayBoard& board_;
  const int input_;
  const std::string name_;
};

}  // namespace plugrig::modbus
