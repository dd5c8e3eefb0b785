#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "drivers/api/boot_control.hpp"
#include "drivers/api/uart.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::test {

using Bytes = std::vector<std::uint8_t>;

/// Time of a test with one thread: every wait jumps to its end.
class HandClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] UtcTime utc() const override { return {}; }
  WaitResult wait(const std::function<bool()>& ready, const Deadline& deadline) override {
    if (ready && ready()) return WaitResult::ready;
    if (deadline.stop.stop_requested()) return WaitResult::stopped;
    advance_to(deadline.at);
    return ready && ready() ? WaitResult::ready : WaitResult::timeout;
  }
  void notify() override {}
  [[nodiscard]] std::unique_ptr<Seat> reserve(std::string) override { return nullptr; }
  void advance_to(Instant at) { now_ = std::max(now_, at); }

 private:
  Instant now_{};
};

/// The far end of a port, played by a function: it gets every whole frame the host sends, with the
/// rate it was sent at, and answers with bytes after a while. Knows SLIP in its own words.
class ScriptedPort final : public Uart {
 public:
  using Answer = std::function<void(ScriptedPort&, const Bytes& frame)>;

  ScriptedPort(HandClock& clock, Answer answer) : clock_(clock), answer_(std::move(answer)) {}

  /// Sends raw bytes to the host, `after` from now.
  void say(const Bytes& bytes, Duration after = std::chrono::milliseconds{1}) {
    for (const auto byte : bytes) coming_.emplace_back(clock_.now() + after, byte);
  }
  /// Sends a response frame: direction 1, op, value, data with the two status bytes last.
  void respond(std::uint8_t op, std::uint32_t value, Bytes data = {0, 0},
               Duration after = std::chrono::milliseconds{1}) {
    Bytes frame{1, op, static_cast<std::uint8_t>(data.size()),
                static_cast<std::uint8_t>(data.size() >> 8)};
    for (int shift = 0; shift < 32; shift += 8) {
      frame.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    frame.insert(frame.end(), data.begin(), data.end());
    Bytes wire{0xC0};
    for (const auto byte : frame) {
      if (byte == 0xC0) {
        wire.insert(wire.end(), {0xDB, 0xDC});
      } else if (byte == 0xDB) {
        wire.insert(wire.end(), {0xDB, 0xDD});
      } else {
        wire.push_back(byte);
      }
    }
    wire.push_back(0xC0);
    say(wire, after);
  }

  void write(std::span<const std::uint8_t> bytes, const Deadline&) override {
    for (const auto byte : bytes) {
      if (byte == 0xC0) {
        if (!frame_.empty()) answer_(*this, std::exchange(frame_, {}));
        escaped_ = false;
      } else if (byte == 0xDB) {
        escaped_ = true;
      } else {
        frame_.push_back(!escaped_ ? byte : byte == 0xDC ? 0xC0 : 0xDB);
        escaped_ = false;
      }
    }
  }
  void drain(const Deadline&) override {}
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    if (deadline.stop.stop_requested()) throw Stopped{};
    if (coming_.empty() || coming_.front().first > deadline.at) {
      clock_.advance_to(deadline.at);
      return 0;
    }
    clock_.advance_to(coming_.front().first);
    std::size_t count = 0;
    while (count < into.size() && !coming_.empty() && coming_.front().first <= clock_.now()) {
      into[count++] = coming_.front().second;
      coming_.pop_front();
    }
    return count;
  }
  void set_baud(std::uint32_t baud) override { baud_ = baud; }
  [[nodiscard]] std::uint32_t baud() const override { return baud_; }
  void discard_input() override {
    while (!coming_.empty() && coming_.front().first <= clock_.now()) coming_.pop_front();
  }

 private:
  HandClock& clock_;
  Answer answer_;
  std::deque<std::pair<Instant, std::uint8_t>> coming_;
  Bytes frame_;
  bool escaped_ = false;
  std::uint32_t baud_ = 115200;
};

/// A jig whose resets call a function.
class ScriptedBoot final : public BootControl {
 public:
  std::function<void(int attempt)> on_loader;
  std::function<void()> on_application;
  int loader_resets = 0;

  void enter_loader(int attempt, const Deadline&) override {
    ++loader_resets;
    if (on_loader) on_loader(attempt);
  }
  void start_application(const Deadline&) override {
    if (on_application) on_application();
  }
  void power_cycle(Duration, const Deadline&) override {}
  [[nodiscard]] bool switches_power() const override { return false; }
  [[nodiscard]] const ContactNames& contacts() const override { return contacts_; }

 private:
  ContactNames contacts_;
};

}  // namespace plugrig::test
