#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "drivers/api/uart.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::test {

/// A plug behind a UART, with the input rules of its firmware: LF ends a line, bytes beyond ASCII
/// throw the line away, the receiver holds 256 bytes until the main loop comes by. What it answers
/// comes from `answers`; tests bend the rest.
class ConsolePlug final : public Uart {
 public:
  explicit ConsolePlug(Clock& clock) : clock_(clock) {}

  /// Texts behind the stamp that answer a line, echo not included. Unset = settings below.
  std::function<std::vector<std::string>(const std::string& line)> answers;
  std::map<std::string, std::string> settings{{"VoltageCal", "1950"}, {"CurrentCal", "3500"}};
  bool echoes = true;
  bool deaf = false;         ///< nothing that is sent arrives
  std::size_t piece = 4096;  ///< bytes handed over by one read
  std::string line_end = "\r\n";
  std::string stamp = "00:00:41.207";
  std::function<std::string(std::string)> on_wire;  ///< changes a line on its way to the host
  std::function<std::string(std::string)> to_plug;  ///< changes what arrives at the plug
  Duration latency = std::chrono::milliseconds{30};
  int overruns = 0;                ///< lines from now on that the receiver loses
  std::vector<std::string> lines;  ///< received, empty ones too
  std::vector<Instant> write_times;
  std::vector<std::size_t> write_sizes;

  /// Puts raw bytes on the wire after `delay`.
  void emit(std::string bytes, Duration delay = {}) {
    const Instant due = std::max(clock_.now() + delay, out_.empty() ? Instant{} : out_.back().due);
    out_.push_back({due, std::move(bytes)});
  }
  /// A whole line with stamp.
  void say(const std::string& text, Duration delay = {}) {
    std::string line = stamp + " " + text;
    if (on_wire) line = on_wire(line);
    emit(line + line_end, delay);
  }
  /// Characters that wait in the plug's line buffer.
  void leave_junk(const std::string& junk) { partial_ = junk; }

  void write(std::span<const std::uint8_t> bytes, const Deadline& deadline) override {
    if (deadline.stop.stop_requested()) throw Stopped{};
    write_times.push_back(clock_.now());
    write_sizes.push_back(bytes.size());
    if (deaf) return;
    constexpr Duration loop_pace = std::chrono::milliseconds{15};
    if (clock_.now() - last_write_ >= loop_pace) held_ = 0;
    last_write_ = clock_.now();
    held_ += bytes.size();
    constexpr std::size_t receiver = 256;
    if (held_ > receiver) overrun_ = true;
    std::string text(bytes.begin(), bytes.end());
    if (to_plug) text = to_plug(text);
    for (const char c : text) take(c);
  }
  void drain(const Deadline&) override {}

  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    if (deadline.stop.stop_requested()) throw Stopped{};
    const Instant due = out_.empty() ? Instant::max() : out_.front().due;
    if (due > clock_.now()) {
      clock_.sleep_until(deadline.no_later_than(due));
      if (due > clock_.now()) return 0;
    }
    std::string& bytes = out_.front().bytes;
    const std::size_t count = std::min({into.size(), piece, bytes.size()});
    std::copy_n(bytes.begin(), count, into.begin());
    bytes.erase(0, count);
    if (bytes.empty()) out_.pop_front();
    return count;
  }

  void set_baud(std::uint32_t baud) override { baud_ = baud; }
  [[nodiscard]] std::uint32_t baud() const override { return baud_; }
  void discard_input() override { out_.clear(); }

 private:
  struct Output {
    Instant due;
    std::string bytes;
  };

  void take(char c) {
    constexpr std::size_t longest = 799;
    if (c == '\n') return run(std::exchange(partial_, {}));
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 127) partial_.clear();
    if (byte >= 32 && byte <= 126) partial_ += c;
    if (partial_.size() > longest) overrun_ = true;
  }

  void run(const std::string& line) {
    if (overruns > 0 && !line.empty()) {
      --overruns;
      overrun_ = true;
    }
    if (std::exchange(overrun_, false)) return say("CMD: Serial buffer overrun", latency);
    lines.push_back(line);
    if (echoes) say("CMD: " + line, latency);
    if (line.empty()) return;
    for (const std::string& text : answers ? answers(line) : answer(line)) say(text, latency);
  }

  std::vector<std::string> answer(const std::string& line) {
    const std::string name = line.substr(0, line.find(' '));
    const auto setting = settings.find(name);
    if (setting == settings.end()) {
      std::string upper = line;
      for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      return {R"(RSL: RESULT = {"Command":"Unknown","Input":")" + upper + "\"}"};
    }
    if (line.size() > name.size()) setting->second = line.substr(name.size() + 1);
    return {"RSL: RESULT = {\"" + name + "\":" + setting->second + "}"};
  }

  Clock& clock_;
  std::deque<Output> out_;
  std::string partial_;
  std::uint32_t baud_ = 115'200;
  Instant last_write_{};
  std::size_t held_ = 0;
  bool overrun_ = false;
};

}  // namespace plugrig::test
