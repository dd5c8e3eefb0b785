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
/// Inputs read, contactor and relay switched and read back, voltage seen.
constexpr Duration kSwitchesOn = milliseconds{100};
/// Relay on, three display settings asked for, three constants.
constexpr int kRequestsBefore = 7;

/// Readings that only repeat the one before, for one that counts. Measured on fixtures/demo.yaml
/// (`plugrig run sequences/gosund-ep2.yaml --factor 0`, gaps between the samples in the attached
/// series): without load voltage alone tells two readings apart, in steps of 0.14 %.
double repeats(double nominal_W) {
  if (nominal_W == 0) return 0.35;
  return nominal_W < 100 ? 0.08 : 0.03;
}

Duration times(Duration duration, double factor) {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double, std::nano>(factor * static_cast<double>(duration.count())));
}

/// The readings of `measure_tare`, behind its settling.
Duration tare_readings(const PlanFacts& facts) {
  return (facts.reference_refresh + milliseconds{50} + facts.reference_read) * kTareReadings;
}

/// Use of the load and of the reference at one point.
void add_point(StepPhase& turn, double nominal_W, const SeriesPlan& plan, const PlanFacts& facts) {
  const SamplingRules rules = rules_at(plan.rules, nominal_W, facts.by_hand);
  const Duration interval = facts.by_hand ? kPersonReads
                                          : std::max(sample_interval(nominal_W, facts.nominal_V),
                                                     facts.reference_refresh);
  const int readings = std::min(std::max(plan.rules.first, rules.first), rules.most);
  turn.settling += kPlugSettles;
  turn.sampling +=
      facts.by_hand ? interval * readings : times(interval * readings, 1 + repeats(nominal_W));
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
    turn.sampling += tare_readings(facts);
    turn.takes += kLoadSwitches;
  }
  for (const double nominal_W : plan.points_W) add_point(turn, nominal_W, plan, facts);
  const bool chain = plan.shares_chain && facts.chained && !facts.by_hand;
  // On mains that wander by 0.15 % rms one point of a series needs one batch more, in the mean over
  // the units of a batch (`tests/run PlanAndRun` prints them beside the plan).
  if (plan.points_W.size() > 1 && !facts.by_hand) turn.sampling += kPlugRenews * plan.rules.batch;
  turn.takes += turn.settling + turn.sampling + kLoadSwitches;
  if (!chain) return time.phases.push_back(turn);
  // Those of a round go from point to point together, at the pace of the slowest: one batch more of
  // somebody's at every second one, as measured on fixtures/demo-chain.yaml (`tests/run
  // PlanAndRun`).
  const auto points = static_cast<int>(plan.points_W.size()) + (plan.no_load ? 1 : 0);
  turn.takes += kPlugRenews * plan.rules.batch * points / 2;
  // Built into the chain, measured there, and live alone again.
  StepTime binding;
  add_binding(binding, facts);
  turn.chain = true;
  turn.builds = kSwitchesOn + kPlugComesUp + binding.total() + kTareSettles + tare_readings(facts);
  time.phases.push_back(turn);
  add_time(time, kSwitchesOn + kPlugComesUp + kPlugAnswers);
}

void add_binding(StepTime& time, const PlanFacts& facts) {
  constexpr int states = 8;
  if (facts.by_hand) return add_time(time, kPersonReads * 2);
  const Duration refresh = std::max<Duration>(milliseconds{100}, facts.reference_refresh);
  StepPhase turn{{}, true, {}, {}};
  // Two refreshes and 0.3 s, half of one more until a window lies behind the change, the meters.
  turn.sampling = kLoadSwitches + states * (kPlugAnswers + 5 * refresh / 2 + milliseconds{300} +
                                            facts.reference_read * facts.references);
  turn.takes = turn.sampling + kLoadSwitches + kPlugAnswers;
  time.phases.push_back(turn);
}

}  // namespace plugrig::steps
