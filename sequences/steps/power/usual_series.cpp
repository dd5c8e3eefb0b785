#include "sequences/steps/power/usual_series.hpp"

#include <algorithm>

#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/load_point.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;

/// A person looks at the meter and types what it shows.
constexpr Duration kPersonReads = std::chrono::seconds{15};
/// Load relays of one board switched and read back: two requests of 50 ms.
constexpr Duration kLoadSwitches = milliseconds{100};
/// Relay on, three display settings asked for, three constants.
constexpr int kRequestsBefore = 7;

/// Use of the load and of the reference at one point.
void add_point(StepPhase& turn, double nominal_W, const SeriesPlan& plan, const PlanFacts& facts) {
  const SamplingRules rules = rules_at(plan.rules, nominal_W, facts.by_hand);
  const Duration interval = facts.by_hand ? kPersonReads
                                          : std::max(sample_interval(nominal_W, facts.nominal_V),
                                                     facts.reference_refresh);
  turn.settling += kPlugSettles;
  turn.sampling += interval * std::min(rules.first, rules.most);
  turn.takes += kLoadSwitches;
}

}  // namespace

void add_time(StepTime& time, Duration takes) { time.phases.push_back({takes, false, {}, {}}); }

void add_series(StepTime& time, const SeriesPlan& plan, const PlanFacts& facts) {
  add_time(time, kPlugAnswers * kRequestsBefore);
  StepPhase turn{{}, true, {}, {}};
  if (plan.no_load) {
    add_point(turn, 0, plan, facts);
  } else if (facts.reference_upstream && !facts.by_hand) {
    turn.settling += kTareSettles;
    turn.sampling +=
        (facts.reference_refresh + milliseconds{50} + facts.reference_read) * kTareReadings;
    turn.takes += kLoadSwitches;
  }
  for (const double nominal_W : plan.points_W) add_point(turn, nominal_W, plan, facts);
  turn.takes += turn.settling + turn.sampling + kLoadSwitches;
  time.phases.push_back(turn);
}

void add_binding(StepTime& time, const PlanFacts& facts) {
  constexpr int states = 8;
  if (facts.by_hand) return add_time(time, kPersonReads * 2);
  const Duration refresh = std::max<Duration>(milliseconds{100}, facts.reference_refresh);
  StepPhase turn{{}, true, {}, {}};
  turn.sampling = kLoadSwitches + states * (kPlugAnswers + 2 * refresh + milliseconds{300} +
                                            facts.reference_read * facts.references);
  turn.takes = turn.sampling + kLoadSwitches + kPlugAnswers;
  time.phases.push_back(turn);
}

}  // namespace plugrig::steps
