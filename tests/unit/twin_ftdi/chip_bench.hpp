#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "fixtures/twin/ftdi/chip.hpp"

namespace plugrig::twin::ftdi {

inline Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// 0, 1, 2, …
inline Bytes counting(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

/// A chip in made-up time, and the host controller of its bus.
class ChipBench {
 public:
  explicit ChipBench(Model model, const std::string& serial = "T1", const ChipOptions& options = {})
      : chip(model, serial, "Emulated FTDI", options) {}

  /// An OUT request; 0 or a negative errno. `index`: channel from 1; 0 = A.
  int request(unsigned number, unsigned value, unsigned index = 0) {
    return chip.control(packet(0x40, number, value, index, 0), {}, now);
  }
  /// An IN request's answer.
  Bytes ask(unsigned number, std::size_t length, unsigned index = 0, unsigned value = 0) {
    Bytes data(length);
    const int got = chip.control(packet(0xC0, number, value, index, length), data, now);
    data.resize(static_cast<std::size_t>(std::max(0, got)));
    return data;
  }
  void set_mode(unsigned mode, unsigned mask, unsigned channel = 0) {
    request(0x0B, mode << 8U | mask, channel + 1);
  }
  std::uint8_t read_pins(unsigned channel = 0) { return ask(0x0C, 1, channel + 1).at(0); }

  /// One OUT transfer; returns when the last byte is in the FIFO.
  void write(const Bytes& bytes, unsigned channel = 0) {
    std::size_t done = 0;
    for (;;) {
      const auto progress = chip.bulk_out(channel, bytes, done, now);
      if (progress.over) return;
      run_until(std::min(progress.due, now + std::chrono::seconds{1}));
    }
  }
  /// One IN transfer as it comes, status bytes included. `first`: none was waiting before.
  Bytes read_raw(std::size_t size, unsigned channel = 0, bool first = true) {
    Bytes buffer(size);
    std::size_t done = 0;
    for (;; first = false) {
      const auto progress = chip.bulk_in(channel, buffer, done, now, first);
      if (progress.over) break;
      run_until(progress.due);
    }
    buffer.resize(done);
    return buffer;
  }
  /// Data without status bytes, from transfers back to back for so long.
  Bytes read_for(Duration time, unsigned channel = 0, std::size_t size = 512) {
    Bytes data;
    bool first = true;
    for (const auto end = now + time; now < end; first = false) {
      const auto raw = read_raw(size, channel, first);
      const auto packet = chip.high_speed() ? std::size_t{512} : std::size_t{64};
      for (std::size_t at = 0; at + 2 <= raw.size(); at += packet) {
        errors |= raw[at + 1] & 0x1E;
        modem = raw[at];
        const auto stop = std::min(at + packet, raw.size());
        data.insert(data.end(), raw.begin() + static_cast<std::ptrdiff_t>(at + 2),
                    raw.begin() + static_cast<std::ptrdiff_t>(stop));
      }
      run_until(now + std::chrono::microseconds{10});
    }
    return data;
  }
  void run_until(Instant time) {
    while (now < time) {
      const auto next = chip.advance(now);
      now = std::min(time, std::max(next, now + std::chrono::microseconds{1}));
    }
    chip.advance(now);
  }
  void run_for(Duration time) { run_until(now + time); }

  Chip chip;
  Instant now{};
  unsigned errors = 0;  ///< bits 1 to 4 of line status seen by read_for
  std::uint8_t modem = 0;

 private:
  static SetupPacket packet(unsigned type, unsigned number, unsigned value, unsigned index,
                            std::size_t length) {
    return {static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(number),
            static_cast<std::uint16_t>(value), static_cast<std::uint16_t>(index),
            static_cast<std::uint16_t>(length)};
  }
};

inline double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace plugrig::twin::ftdi
