#pragma once

#include <functional>

#include "fixtures/twin/electric/ep2_board.hpp"
#include "fixtures/twin/electric/mains.hpp"

namespace plugrig::twin {

/// A socket whose voltage and current the test decides for each 20 ms.
class FlatSocket final : public PlugSocket {
 public:
  using Value = std::function<double(Duration)>;
  FlatSocket(double volts, double amperes)
      : volts_([=](Duration) { return volts; }), amperes_([=](Duration) { return amperes; }) {}
  FlatSocket(Value volts, Value amperes) : volts_(std::move(volts)), amperes_(std::move(amperes)) {}

  void plug_contacts(bool closed, Duration now) override {
    closed_ = closed;
    changed_at_ = now;
  }
  const History& history(Duration to) override {
    while (history_.end() < to) {
      const auto begin = history_.end();
      const double v = volts_(begin);
      const double i = v > 0 ? amperes_(begin) : 0;
      history_.append({.begin = begin,
                       .end = begin + Mains::kCell,
                       .voltage_V = v,
                       .current_A = i,
                       .power_W = v * i,
                       .frequency_Hz = 50,
                       .warmth = 0,
                       .mains_s = std::chrono::duration<double>(begin).count()});
    }
    return history_;
  }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] Duration changed_at() const { return changed_at_; }

 private:
  Value volts_, amperes_;
  History history_{std::chrono::hours{2}};
  bool closed_ = false;
  Duration changed_at_{};
};

}  // namespace plugrig::twin
