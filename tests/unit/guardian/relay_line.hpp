#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "drivers/api/modbus_port.hpp"
#include "drivers/guardian/off_plan.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::guardian {

/// A line with one board of eight coils, as it is wired: what the tests' bench really does.
class RelayLine {
 public:
  void set(int relay, bool on) { on_.at(static_cast<std::size_t>(relay - 1)) = on; }
  [[nodiscard]] bool on(int relay) const { return on_.at(static_cast<std::size_t>(relay - 1)); }
  [[nodiscard]] bool any_on() const {
    for (const auto& relay : on_)
      if (relay) return true;
    return false;
  }

  /// The answer of unit 1; empty = silence.
  std::vector<std::uint8_t> answer(const ModbusFrame& request) {
    const std::lock_guard lock(mutex_);
    ++requests;
    if (request.unit != 1 || silent) return {};
    const auto& pdu = request.pdu;
    const std::size_t coil = pdu.at(2);
    if (pdu[0] == 5) {
      if (!stuck) on_.at(coil) = pdu[3] == 0xFF;
      order.push_back(static_cast<int>(coil) + 1);
      return pdu;
    }
    return {1, 1, static_cast<std::uint8_t>(on_.at(coil) ? 1 : 0)};
  }

  std::atomic<bool> silent{false}, cut{false}, stuck{false}, taken{false};
  std::atomic<int> requests{0}, opened{0};
  std::vector<int> order;  ///< relays as they were written

 private:
  std::mutex mutex_;
  std::array<std::atomic<bool>, 8> on_{};
};

/// A port at such a line. Only one may be open at a time, as with a serial port.
class LinePort final : public ModbusPort {
 public:
  LinePort(Clock& clock, RelayLine& line) : clock_(clock), line_(line) {
    if (line_.taken.exchange(true))
      throw Fault("modbus.busy", Blame::host, "The port is held.", "Wait.");
    ++line_.opened;
  }
  ~LinePort() override { line_.taken = false; }

  void flush() override { waiting_.clear(); }
  void send(const ModbusFrame& request, const Deadline& /*deadline*/) override {
    need_line();
    const auto pdu = line_.answer(request);
    if (!pdu.empty()) waiting_.push_back({request.unit, pdu});
  }
  std::optional<ModbusFrame> receive(const Deadline& deadline) override {
    need_line();
    if (waiting_.empty()) {
      clock_.sleep_until(deadline);
      return std::nullopt;
    }
    auto frame = waiting_.front();
    waiting_.pop_front();
    return frame;
  }
  [[nodiscard]] Duration wire_time(std::size_t pdu_bytes) const override {
    return std::chrono::microseconds{10 * (pdu_bytes + 3)};
  }
  void reopen(const Deadline& /*deadline*/) override { need_line(); }

 private:
  void need_line() const {
    if (line_.cut) throw Fault("modbus.lost", Blame::host, "The port was lost.", "Plug it in.");
  }

  Clock& clock_;
  RelayLine& line_;
  std::deque<ModbusFrame> waiting_;
};

inline ModbusFrame switch_frame(int relay, bool on) {
  const auto coil = static_cast<std::uint8_t>(relay - 1);
  return {1, {5, 0, coil, static_cast<std::uint8_t>(on ? 0xFF : 0), 0}};
}
inline ModbusFrame read_frame(int relay) {
  return {1, {1, 0, static_cast<std::uint8_t>(relay - 1), 0, 1}};
}

/// Contactor 8, slot 1, load 3, in this order.
inline BusPlan plan_of_line() {
  BusPlan plan{.name = "rtu line", .relays = {}, .all_off = {{1, {5, 0, 0xFF, 0, 0}}}};
  for (const int relay : {8, 1, 3})
    plan.relays.push_back({.name = "board." + std::to_string(relay),
                           .off = switch_frame(relay, false),
                           .read = read_frame(relay),
                           .mask = {0, 0, 1},
                           .on = {0, 0, 1}});
  return plan;
}

}  // namespace plugrig::guardian
