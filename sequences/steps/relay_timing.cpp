#include "sequences/steps/relay_timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/power/plug_metering.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A relay shows within this time in a meter that is fast enough.
constexpr Duration kShowsWithin = seconds{3};
/// Less of the new power than this is noise of mains and meter.
constexpr double kLeastShare = 0.1;

/// Times switchings between two levels of power.
class RelayTimer {
 public:
  RelayTimer(StepContext& context, PowerMeter& meter) : context_(context), meter_(meter) {}

  /// Leaves the relay on.
  void learn_levels(double load_W) {
    off_W_ = level(false);
    on_W_ = level(true);
    if (on_W_ - off_W_ >= load_W / 2) return;
    throw Fault("plug.relay", Blame::unit,
                fmt::format("The reference reads {:.1f} W with the relay on and {:.1f} W with it "
                            "off, behind it {:g} W.",
                            on_W_, off_W_, load_W),
                "Look whether the build drives the relay pin; check the load.");
  }

  void switch_once(bool on, RelayTiming& timing) {
    const auto sent = context_.clock().now();
    switch_relay(context_, on, context_.deadline());
    if (share(on) >= kLeastShare) {
      ++timing.untimed;
    } else if (const auto changed = await_change(on, sent + kShowsWithin)) {
      timing.after_ms.push_back(in_milliseconds(std::max(*changed, sent) - sent));
    } else {
      ++timing.unseen;
    }
    // The window in which it changed is over by then, and the next begins with one level.
    context_.clock().sleep_for(2 * meter_.info().refresh, context_.deadline());
  }

 private:
  double level(bool on) {
    switch_relay(context_, on, context_.deadline());
    context_.clock().sleep_for(seconds{1} + 2 * meter_.info().refresh, context_.deadline());
    return power_W();
  }

  double power_W() {
    const auto reading = meter_.read(context_.deadline());
    if (reading.power_W) return *reading.power_W;
    throw Fault(
        "meter.no_power", Blame::instrument,
        fmt::format("Meter '{}' gives no power, so the relay cannot be seen.", meter_.info().name),
        "Use a reference meter that measures power, or set 'seen' to 0.");
  }

  /// How much of what the meter shows is the new power: 0 before the change, 1 after it.
  double share(bool on) {
    const double way = (power_W() - off_W_) / (on_W_ - off_W_);
    return std::clamp(on ? way : 1 - way, 0.0, 1.0);
  }

  /// The refresh that first shows the change came between two readings.
  std::optional<Instant> await_change(bool on, Instant end) {
    auto& clock = context_.clock();
    const Duration refresh = meter_.info().refresh;
    auto before = clock.now();
    while (before < end && before < context_.deadline().at) {
      clock.sleep_for(std::max<Duration>(refresh / 16, milliseconds{5}), context_.deadline());
      const double seen = share(on);
      const auto now = clock.now();
      if (seen >= kLeastShare) {
        const auto shown = before + (now - before) / 2;
        return shown - std::chrono::duration_cast<Duration>(refresh * seen);
      }
      before = now;
    }
    return std::nullopt;
  }

  StepContext& context_;
  PowerMeter& meter_;
  double off_W_ = 0, on_W_ = 0;
};

}  // namespace

RelayTiming time_relay(StepContext& context, PowerMeter& meter, double load_W, std::int64_t count) {
  RelayTimer timer(context, meter);
  timer.learn_levels(load_W);
  RelayTiming timing;
  for (std::int64_t i = 0; i < count; ++i) timer.switch_once(i % 2 != 0, timing);
  return timing;
}

}  // namespace plugrig::steps
