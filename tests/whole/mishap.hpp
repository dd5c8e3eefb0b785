#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {

/// Longer than from cause to off on a bench whose inputs are read every 100 ms.
inline constexpr Duration kOffWithin = std::chrono::seconds{1};
/// Nobody looks for off any longer than this.
inline constexpr Duration kMost = std::chrono::seconds{5};

/// Virtual time until mains of the slot is off, at most `most`.
inline Duration time_to_off(twin::TwinBench& bench, Clock& clock, const std::string& slot,
                            Duration most) {
  const auto begun = clock.now();
  while (bench.truth(slot).live && clock.now() - begun < most)
    clock.sleep_for(std::chrono::milliseconds{5}, {});
  return clock.now() - begun;
}

/// Does something `after` the begin of a step, and takes the time to off.
class Mishap {
 public:
  Mishap(SimulatedRun& run, std::string step, Duration after,
         std::function<void(twin::TwinBench&)> what) {
    run.on_event = [this, step](const Event& event) {
      const auto* started = std::get_if<event::StepStarted>(&event.body);
      if (started != nullptr && started->step == step) begun_ = true;
    };
    run.beside = [this, after, what](twin::TwinBench& bench, Clock& clock, plugrig::Run&,
                                     const Deadline& over) {
      // Events come before their step's first wait, so there is always something to wake up for.
      while (!begun_) clock.sleep_for(std::chrono::milliseconds{100}, over);
      clock.sleep_for(after, over);
      was_live = bench.truth("M1").live;
      what(bench);
      // Not to the end of the run, but to the end of what it should not last for.
      off_after = time_to_off(bench, clock, "M1", kMost);
      if (then) then(bench, clock);
    };
  }
  bool was_live = false;
  Duration off_after{};
  /// Afterwards, while the run goes on.
  std::function<void(twin::TwinBench&, Clock&)> then = {};

 private:
  std::atomic<bool> begun_{false};
};

}  // namespace plugrig::whole
