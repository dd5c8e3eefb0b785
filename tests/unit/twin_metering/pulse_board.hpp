#pragma once

#include <cstddef>
#include <vector>

#include "fixtures/twin/metering/metering_driver.hpp"

namespace plugrig::twin {

/// Pulse frequencies, Hz; 0 = no pulse.
struct Pulses {
  double power = 0, voltage = 0, current = 0;
};

/// Pulses of these lengths, µs.
inline Pulses lengths_us(double power, double voltage, double current) {
  return {1e6 / power, 1e6 / voltage, 1e6 / current};
}

/// The scale at which default constants read true (Tasmota notes, §12).
inline Pulses true_at_defaults(double watts, double volts, double amperes) {
  return {0.58597 * watts, 6.2387 * volts, 86.58 * amperes};
}

/// A metering chip that does what the test says, from given times on. BL0937: SEL high = voltage.
class PulseBoard final : public PlugBoard {
 public:
  explicit PulseBoard(Pulses pulses) { steps_.push_back({Duration{}, pulses}); }

  /// Times rise from call to call.
  void from(Duration time, Pulses pulses) { steps_.push_back({time, pulses}); }
  void invert_sel() { inverted_ = true; }
  [[nodiscard]] const std::vector<Duration>& sel_changes() const { return changes_; }

  void set_relay(bool, Duration) override {}
  void set_sel(bool high, Duration now) override {
    if (high != sel_) changes_.push_back(now);
    sel_ = high;
  }
  void set_led(int, bool, Duration) override {}
  bool button_pressed(Duration) override { return false; }

  void power_edges(Duration from, Duration to, std::vector<Duration>& edges) override {
    run(
        from, to, power_phase_, [](const Pulses& p) { return p.power; }, edges);
  }
  void cf1_edges(Duration from, Duration to, std::size_t, std::vector<Duration>& edges) override {
    const bool voltage = sel_ != inverted_;
    run(
        from, to, cf1_phase_,
        [voltage](const Pulses& p) { return voltage ? p.voltage : p.current; }, edges);
  }

 private:
  struct Step {
    Duration at;
    Pulses pulses;
  };

  template <typename Frequency>
  void run(Duration from, Duration to, double& phase, Frequency frequency,
           std::vector<Duration>& edges) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const auto begin = std::max(from, steps_[i].at);
      const auto end = i + 1 < steps_.size() ? std::min(to, steps_[i + 1].at) : to;
      if (end <= begin) continue;
      const double hz = frequency(steps_[i].pulses);
      const double reached = phase + hz * 1e-9 * static_cast<double>((end - begin).count());
      for (double whole = 1; whole <= reached; ++whole)
        edges.push_back(begin + Duration{static_cast<std::int64_t>((whole - phase) / hz * 1e9)});
      phase = reached - std::floor(reached);
    }
  }

  std::vector<Step> steps_;
  bool sel_ = true;
  bool inverted_ = false;
  double power_phase_ = 0.5;
  double cf1_phase_ = 0.5;
  std::vector<Duration> changes_;
};

/// A driver with its board and its 200 ms ticks.
class Bench {
 public:
  explicit Bench(Pulses pulses, MeteringWiring wiring = {})
      : board(pulses), driver(wiring, board, Duration{}) {}

  void run_to(Duration time) {
    while (now + MeteringDriver::kTick <= time) {
      now += MeteringDriver::kTick;
      driver.tick(now, constants, relay, voltage_with_relay_off);
    }
  }
  /// Ticks until `done` holds; how long it took since `since`.
  template <typename Condition>
  Duration until(Condition done, Duration since) {
    while (!done(driver.shown()) && now - since < std::chrono::seconds{30})
      run_to(now + MeteringDriver::kTick);
    return now - since;
  }

  PulseBoard board;
  MeteringDriver driver;
  MeteringConstants constants;
  bool relay = true;
  bool voltage_with_relay_off = false;
  Duration now{};
};

}  // namespace plugrig::twin
