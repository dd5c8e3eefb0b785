#include "rig/engine/mains_timer_proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rig/core/fault.hpp"
#include "rig/engine/mains_mutant.hpp"
#include "rig/engine/mains_times.hpp"

namespace plugrig::mains {
namespace {

constexpr Duration kShortest = std::chrono::milliseconds{500};
/// Two requests and their answers, on a line at 9600 baud.
constexpr Duration kOneRelay = std::chrono::milliseconds{60};
/// As long as the timed ons of units.
constexpr Duration kLongest = std::chrono::seconds{2};
constexpr int kMostTries = 6;
/// A board's timer may be so much longer than it was told, besides one of its steps.
constexpr Duration kTimerError = std::chrono::milliseconds{100};

/// One pass over all parts.
class Pass {
 public:
  Pass(Clock& clock, std::span<const TimedPart> parts, Duration time, const Deadline& deadline)
      : clock_(clock), parts_(parts), time_(time), deadline_(deadline), spans_(parts.size()) {}

  /// What is wrong; `slow()` when the line did not let it be told.
  std::optional<std::string> run() {
    each([&](std::size_t i) {
      spans_[i].on = clock_.now();
      parts_[i].relay->on_for(time_, soon());
    });
    each([&](std::size_t i) {
      clock_.sleep_until({spans_[i].on + time_ / 2, deadline_.stop});
      spans_[i].renewed = clock_.now();
      parts_[i].relay->on_for(time_, soon());
      spans_[i].renewed_by = clock_.now();
      if (spans_[i].renewed_by > spans_[i].on + time_) slow_ = true;
    });
    std::optional<std::string> wrong;
    each([&](std::size_t i) {
      const Duration margin = parts_[i].relay->timer_step() + kTimerError;
      clock_.sleep_until({std::max(spans_[i].on + time_ + margin, clock_.now()), deadline_.stop});
      const bool on = parts_[i].relay->reads_on(soon());
      if (clock_.now() > spans_[i].renewed + time_) {
        slow_ = true;
      } else if (!on && !wrong && !taken_out("timer_renews")) {
        wrong =
            fmt::format("A timed on of {} that is sent again does not begin anew.", parts_[i].what);
      }
    });
    each([&](std::size_t i) {
      const Duration margin = parts_[i].relay->timer_step() + kTimerError;
      clock_.sleep_until({spans_[i].renewed_by + time_ + margin, deadline_.stop});
      if (parts_[i].relay->reads_on(soon()) && !wrong && !taken_out("timer_ends")) {
        wrong = fmt::format("A timed on of {} does not end by itself.", parts_[i].what);
      }
    });
    return wrong;
  }
  [[nodiscard]] bool slow() const { return slow_; }

 private:
  struct Span {
    Instant on{}, renewed{}, renewed_by{};
  };
  [[nodiscard]] Deadline soon() const { return {clock_.now() + kBusLimit, deadline_.stop}; }
  template <typename What>
  void each(What&& what) {
    for (std::size_t i = 0; i < parts_.size(); ++i) what(i);
  }

  Clock& clock_;
  std::span<const TimedPart> parts_;
  const Duration time_;
  const Deadline& deadline_;
  std::vector<Span> spans_;
  bool slow_ = false;
};

void all_off(Clock& clock, std::span<const TimedPart> parts) {
  for (const TimedPart& part : parts) {
    try {
      part.relay->set(false, {clock.now() + kBusLimit, {}});
    } catch (const Fault&) {
      // Its own timer is what is left; whoever asked for the proof switches nothing on now.
      continue;
    }
  }
}

/// Long enough that the last part is renewed before its first time is over.
Duration shortest_time(std::size_t parts) {
  return std::max(kShortest, 2 * kOneRelay * static_cast<Duration::rep>(parts));
}

Duration time_for(std::span<const TimedPart> parts) {
  const Duration wanted = shortest_time(parts.size());
  Duration step{1};
  for (const TimedPart& part : parts) step = std::max(step, part.relay->timer_step());
  // Behind the first time, the margin, and within the second: at least four steps.
  return (std::max(wanted, 4 * step) + step - Duration{1}) / step * step;
}

}  // namespace

/// The parts one after the other, half a time until the renewals, and a whole one behind them.
Duration usual_timer_proof(std::size_t parts) {
  if (parts == 0) return {};
  return shortest_time(parts) * 3 / 2 + kOneRelay * static_cast<Duration::rep>(parts);
}

std::optional<std::string> prove_timers(Clock& clock, std::span<const TimedPart> parts,
                                        const Deadline& deadline) {
  if (parts.empty()) return std::nullopt;
  std::optional<std::string> wrong;
  std::optional<Fault> lost;
  int found_wrong = 0;
  Duration time = time_for(parts);
  // A line that loses answers, or is late with them, tells nothing of the timers.
  for (int tried = 0; tried < kMostTries && found_wrong < 2; ++tried) {
    Pass pass(clock, parts, time, deadline);
    lost.reset();
    try {
      wrong = pass.run();
      if (wrong) ++found_wrong;
      if (!wrong && !pass.slow()) return std::nullopt;
    } catch (const Fault& fault) {
      lost = fault;
    } catch (...) {
      all_off(clock, parts);
      throw;
    }
    all_off(clock, parts);
    time = std::min(2 * time, std::max(time, kLongest));
  }
  if (found_wrong == 0 && lost) throw Fault(*lost);
  return wrong ? wrong : "The line of the relay boards is too slow to tell whether timers hold.";
}

}  // namespace plugrig::mains
