#pragma once

#include <cstdint>
#include <vector>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// What came of presses of a plug's button.
struct Presses {
  std::vector<double> answers_ms;  ///< from press to answer
  int missed = 0;                  ///< without the effect that it should have, or without a word
  int doubled = 0;                 ///< with more than one effect, or with another one as well
};

/// Presses a plug's button by the fixture's line and listens on the console. The line is let go
/// before anything here returns or throws. The slot's thread only.
class ButtonPresses {
 public:
  /// After a press's effect, time in which no second one may come: longer than the half second in
  /// which the firmware takes several presses for one gesture.
  static constexpr Duration kWatched = std::chrono::seconds{1};

  /// All outlive this object. The plug is at 3.3 V, and up for some seconds.
  ButtonPresses(StepContext& context, ControlLines& line, PlugConsole& console)
      : context_(context), line_(line), console_(console) {}

  /// `count` presses, each `length` long; each should toggle the relay. Blocks for about two
  /// seconds a press.
  Presses press_short(std::uint32_t count, Duration length);

  /// `count` presses, each until the plug tells that it was held (SetOption73, set for that time;
  /// SetOption32 says how long that takes), at most half as long as would reset it. The relay
  /// should stay as it is. Fault `plug.button.hold` (unit) when the plug does not say its hold
  /// time.
  Presses press_long(std::uint32_t count);

 private:
  void press_once(Duration length, Presses& so_far);
  void hold_once(Duration hold, Presses& so_far);
  Duration hold_time();
  void set_detached(bool detached);
  bool relay_on();
  bool said_by(const std::vector<std::string>& parts, Instant end);

  StepContext& context_;
  ControlLines& line_;
  PlugConsole& console_;
};

}  // namespace plugrig::steps
