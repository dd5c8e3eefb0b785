#pragma once

#include <bit>
#include <cmath>
#include <vector>

#include "fixtures/twin/world/twin_bench.hpp"

namespace plugrig::twin {

/// A bench and a master on its buses.
struct Driven {
  static constexpr int kContactor = 8;

  explicit Driven(const bench::BenchSpec& spec, std::uint64_t seed = 1) : bench(spec, seed) {}

  void wait(Duration time) {
    now += time;
    bench.advance(now);
  }
  std::vector<std::uint8_t> ask(const std::string& bus, std::uint8_t unit,
                                const std::vector<std::uint8_t>& pdu) {
    const auto answer = bench.request(bus, unit, pdu, now);
    if (!answer) return {};
    wait(answer->latency + std::chrono::milliseconds{2});
    return answer->pdu;
  }
  /// Relay of a Waveshare board, from 1.
  void relay(std::uint8_t board, int number, bool on) {
    const auto coil = static_cast<std::uint8_t>(number - 1);
    ask("rs485", board, {5, 0, coil, static_cast<std::uint8_t>(on ? 0xFF : 0), 0});
  }
  void pulse(std::uint8_t board, int number, std::uint8_t tenths_of_s) {
    ask("rs485", board, {5, 2, static_cast<std::uint8_t>(number - 1), 0, tenths_of_s});
  }
  bool input(int number) {
    const auto answer = ask("rs485", 1, {2, 0, 0, 0, 8});
    return answer.size() == 3 && (answer[2] >> (number - 1) & 1) != 0;
  }
  /// Input registers of the reference, as a float.
  double reference(std::uint8_t address) {
    const auto a = ask("line", 1, {4, 0, address, 0, 2});
    if (a.size() != 6) return std::nan("");
    return std::bit_cast<float>(std::uint32_t{a[2]} << 24 | std::uint32_t{a[3]} << 16 |
                                std::uint32_t{a[4]} << 8 | a[5]);
  }
  void mains(int slot, bool on) {
    relay(1, kContactor, on);
    relay(1, slot, on);
  }

  TwinBench bench;
  Duration now{};
};

}  // namespace plugrig::twin
