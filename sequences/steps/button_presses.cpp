#include "sequences/steps/button_presses.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The firmware acts half a second after a press (source of its button handler); later than this it
/// did not act.
constexpr Duration kActsWithin = seconds{3};
/// The same beyond the hold time.
constexpr Duration kHoldWithin = seconds{2};
/// A hold of ten times SetOption32 resets the plug (facts "Tasmota as device under test" §17).
constexpr int kMostHolds = 5;
/// The firmware looks at its button every 50 ms (facts §10). Presses that follow its answers would
/// all meet it at one moment of that: the pauses between them differ by this.
constexpr Duration kStagger = milliseconds{7};
constexpr std::uint32_t kTold = 5;

const std::vector<std::string> kPowerLine{"POWER = "};
const std::vector<std::string> kHoldLine{R"("Action":"HOLD")"};
/// What a long press must not do.
const std::vector<std::string> kOtherLines{"POWER = ", R"("Action":"HOLD")",
                                           R"("Action":"SINGLE")"};

/// The button is down for as long as this lives.
class Press {
 public:
  explicit Press(ControlLines& line) : line_(line) { set(true); }
  ~Press() {
    try {
      set(false);
    } catch (const std::exception&) {
      // The adapter is gone, and with it what pressed. Its loss is told by whoever needs it next.
    }
  }
  Press(const Press&) = delete;
  Press& operator=(const Press&) = delete;

 private:
  void set(bool pressed) { line_.set(std::array{LineChange{Signal::button, pressed}}); }
  ControlLines& line_;
};

Fault no_hold_time(const PlugConsole& console) {
  return {"plug.button.hold",
          Blame::unit,
          "The plug does not say how long a hold is.",
          "Look at its answer to SetOption32; the build may have lost that option.",
          {transcript_end(console)}};
}

}  // namespace

Presses ButtonPresses::press_short(std::uint32_t count, Duration length) {
  Presses done;
  for (std::uint32_t i = 0; i < count; ++i) {
    context_.clock().sleep_for(kStagger * (i % kTold), context_.deadline());
    press_once(length, done);
    if ((i + 1) % kTold == 0) context_.counted("pressing", "times", i + 1, count);
  }
  return done;
}

void ButtonPresses::press_once(Duration length, Presses& so_far) {
  auto& clock = context_.clock();
  const bool before = relay_on();
  const Instant pressed = clock.now();
  bool answered = false;
  Instant heard{};
  {
    const Press press(line_);
    answered = said_by(kPowerLine, pressed + length);
    heard = clock.now();
    clock.sleep_until(context_.deadline().no_later_than(pressed + length));
  }
  if (!answered) {
    answered = said_by(kPowerLine, pressed + length + kActsWithin);
    heard = clock.now();
  }
  const bool twice = said_by(kPowerLine, clock.now() + kWatched);
  const bool toggled = relay_on() != before;
  if (twice) ++so_far.doubled;
  if (!answered || (!toggled && !twice)) ++so_far.missed;
  if (answered) so_far.answers_ms.push_back(in_milliseconds(heard - pressed));
}

Presses ButtonPresses::press_long(std::uint32_t count) {
  const Duration hold = hold_time();
  const auto was =
      text_member(console_.command("SetOption73", "", context_.deadline()), "SetOption73");
  set_detached(true);
  Presses done;
  try {
    for (std::uint32_t i = 0; i < count; ++i) {
      context_.clock().sleep_for(kStagger * (i % kTold), context_.deadline());
      hold_once(hold, done);
      context_.counted("holding", "times", i + 1, count);
    }
  } catch (const Fault&) {
    set_detached(was == "ON");
    throw;
  }
  set_detached(was == "ON");
  return done;
}

void ButtonPresses::hold_once(Duration hold, Presses& so_far) {
  auto& clock = context_.clock();
  const bool before = relay_on();
  const Instant pressed = clock.now();
  bool told = false;
  {
    const Press press(line_);
    told = said_by(kHoldLine, pressed + std::min(hold + kHoldWithin, kMostHolds * hold));
  }
  if (told) {
    so_far.answers_ms.push_back(in_milliseconds(clock.now() - pressed));
  } else {
    ++so_far.missed;
  }
  const bool more = said_by(kOtherLines, clock.now() + kWatched);
  if (more || relay_on() != before) ++so_far.doubled;
}

Duration ButtonPresses::hold_time() {
  const auto tenths =
      number_member(console_.command("SetOption32", "", context_.deadline()), "SetOption32");
  if (!tenths || *tenths < 1) throw no_hold_time(console_);
  return milliseconds{static_cast<std::int64_t>(*tenths * 100)};
}

void ButtonPresses::set_detached(bool detached) {
  console_.command("SetOption73", detached ? "1" : "0", context_.deadline());
}

bool ButtonPresses::relay_on() {
  return text_member(console_.command("Power", "", context_.deadline()), "POWER") == "ON";
}

bool ButtonPresses::said_by(const std::vector<std::string>& parts, Instant end) {
  return console_.wait_line(parts, context_.deadline().no_later_than(end)).has_value();
}

}  // namespace plugrig::steps
