#include "drivers/load/duty.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plugrig::load {

DutyMeter::DutyMeter(double duty, Duration period)
    : period_(period),
      allowed_(std::llround(duty * static_cast<double>(period.count()))),
      always_(duty >= 1) {}

void DutyMeter::switched_on(Instant now, Instant until) {
  forget(now);
  if (!spans_.empty() && spans_.back().to >= now) {  // on already: one span goes on
    spans_.back().to = until;
    return;
  }
  spans_.push_back({now, until});
}

void DutyMeter::switched_off(Instant now) {
  forget(now);
  if (!spans_.empty()) spans_.back().to = std::min(spans_.back().to, now);
}

bool DutyMeter::is_on(Instant now) const { return !spans_.empty() && spans_.back().to > now; }

Duration DutyMeter::on_time(Instant from, Instant to) const {
  Duration sum{};
  for (const Span& span : spans_) {
    const Instant begin = std::max(span.from, from);
    const Instant end = std::min(span.to, to);
    if (end > begin) sum += end - begin;
  }
  return sum;
}

Duration DutyMeter::left(Instant now) const {
  if (always_) return Duration::max();
  // On without a break from now to e, the window (e - period, e] holds e - now and what of the past
  // is not older than e - period. That grows with e where the past was off and stands still where
  // it was on, so it is enough to walk over the past spans once.
  Duration past{};
  for (const Span& span : spans_) {
    past += std::max(Duration::zero(), std::min(span.to, now) - std::max(span.from, now - period_));
  }
  if (past >= allowed_) return Duration::zero();
  Duration left = allowed_ - past;
  for (const Span& span : spans_) {
    const Duration begin = std::max(span.from, now - period_) - (now - period_);
    const Duration end = std::min(span.to, now) - (now - period_);
    if (end <= begin) continue;
    if (left < begin) break;  // used up before this span leaves the window
    left += end - begin;      // as it leaves, as much comes free as is used
  }
  return left;
}

void DutyMeter::forget(Instant now) {
  while (!spans_.empty() && spans_.front().to < now - 2 * period_) spans_.pop_front();
}

}  // namespace plugrig::load
