#include <fmt/format.h>

#include <algorithm>

#include "rig/metrology/fits.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

constexpr double kHeapUnit_B = 1024;  ///< the plug shows kB
/// So many samples in a row without an answer: the plug is gone, not slow.
constexpr int kGone = 5;
constexpr std::size_t kLeastForSlope = 3;
/// A turn at the load is taken away after twenty minutes.
constexpr Duration kLongestUnderLoad = minutes{15};

/// What was seen of a plug over a long time.
struct Soak {
  std::vector<double> minutes_up, heap_B;  ///< since its last restart
  std::optional<double> lowest_heap_kB;
  std::optional<double> uptime_s;
  int restarts = 0, unanswered = 0, silent_in_a_row = 0;
};

void tell_restart(StepContext& context, PlugLink& link) {
  const auto state = status(context, link, 1);
  const auto* reason = member(state, "RestartReason");
  context.say(fmt::format("the plug restarted; reason: {}",
                          reason == nullptr ? "not said" : reason->dump()));
}

/// One look at the plug. An uptime that went back is a restart.
void look(StepContext& context, PlugLink& link, Soak& soak) {
  const auto state = status(context, link, 11);
  const auto up_s = number_member(state, "UptimeSec");
  const auto heap_kB = number_member(state, "Heap");
  if (!up_s || !heap_kB)
    throw Fault("plug.answers", Blame::unit, "Status 11 shows no UptimeSec or no Heap.",
                "Look at the answer; check the firmware's version.", {{"answer", state.dump()}});
  if (soak.uptime_s && *up_s < *soak.uptime_s) {
    ++soak.restarts;
    soak.minutes_up.clear();
    soak.heap_B.clear();
    tell_restart(context, link);
  }
  soak.uptime_s = up_s;
  soak.minutes_up.push_back(*up_s / 60);
  soak.heap_B.push_back(*heap_kB * kHeapUnit_B);
  soak.lowest_heap_kB = std::min(soak.lowest_heap_kB.value_or(*heap_kB), *heap_kB);
}

/// The same; silence is counted, up to where the plug must be taken for gone.
void look_if_there(StepContext& context, PlugLink& link, Soak& soak) {
  try {
    look(context, link, soak);
    soak.silent_in_a_row = 0;
  } catch (const Fault& fault) {
    if (!is_silence(fault)) throw;
    ++soak.unanswered;
    if (++soak.silent_in_a_row >= kGone) throw;
  }
}

Soak watch(StepContext& context, Duration time, Duration every) {
  auto& link = network(context).plug();
  auto& clock = context.clock();
  const auto began = clock.now();
  const auto total = static_cast<std::uint32_t>(time / every);
  Soak soak;
  for (std::uint32_t i = 0; i <= total; ++i) {
    const auto due = began + i * every;
    if (due > clock.now()) wait_whole(context, due - clock.now(), "the soak");
    look_if_there(context, link, soak);
    context.counted("soaking", "samples", i + 1, total + 1);
  }
  return soak;
}

void record_soak(StepContext& context, const Soak& soak) {
  const auto& params = context.params();
  const auto condition = fmt::format(
      "{:g} min, load {:g} W", in_seconds(params.duration("time")) / 60, params.number("load"));
  const auto record = [&](const char* id, double value, const char* unit) {
    record_value(
        context,
        {.id = id, .condition = condition, .value = value, .unit = unit, .instrument = "plug"});
  };
  record("soak.restarts", soak.restarts, "count");
  record("soak.unanswered", soak.unanswered, "count");
  if (soak.lowest_heap_kB) record("soak.heap_lowest", *soak.lowest_heap_kB, "kB");
  // A plug that restarts often shows no slope.
  if (soak.heap_B.size() >= kLeastForSlope && soak.minutes_up.front() < soak.minutes_up.back())
    record("soak.heap_slope", metrology::fit_line(soak.minutes_up, soak.heap_B).slope, "B/min");
  context.say(
      fmt::format("{} restart(s), {} sample(s) without an answer", soak.restarts, soak.unanswered));
}

/// A load only for as long as a turn lasts and its resistors may stay on.
std::unique_ptr<ReferenceLease> put_load(StepContext& context, Duration time) {
  const double watts = context.params().number("load");
  if (watts <= 0) return nullptr;
  if (time > kLongestUnderLoad)
    throw Fault("plug.soak_load", Blame::config,
                "A soak under load may last 15 min: other slots wait for the load.",
                "Give the step a shorter 'time', or no 'load'.");
  auto lease = take_reference(context, "plug.soak");
  switch_relay(context, true, context.deadline());
  const auto load = context.mains().load(watts, context.deadline());
  if (load.may_stay < time)
    throw Fault("plug.soak_load", Blame::config,
                fmt::format("The load of {:g} W may stay on for {:.0f} s only.", watts,
                            in_seconds(load.may_stay)),
                "Take a smaller load or a shorter time.");
  return lease;
}

void soak(StepContext& context) {
  const auto& params = context.params();
  const Duration time = params.duration("time");
  context.mains().energise(context.deadline());
  const auto lease = put_load(context, time);
  const auto seen = watch(context, time, params.duration("every"));
  if (lease) {
    lease->settled(time);
    put_load_off(context, context.deadline());
  }
  record_soak(context, seen);
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  const Duration time = params.duration("time") + kPlugAnswers;
  const bool loaded = params.number("load") > 0;
  return {{{time, loaded, loaded ? time : Duration{}, {}}}};
}

std::vector<NeededLoad> loads(const StepParams& params, Problems& /*problems*/) {
  auto needed = needed_point(params, "load");
  std::erase_if(needed, [](const NeededLoad& load) { return load.watts <= 0; });
  return needed;
}

}  // namespace

StepType plug_soak_step() {
  return {.name = "plug.soak",
          .help = "let the plug run and watch its uptime and free memory; count its restarts",
          .fields = {{.name = "time",
                      .type = duration,
                      .fallback = "10 min",
                      .help = "how long; with a load at most 15 min",
                      .minimum = 10,
                      .maximum = 82'800},
                     {.name = "every",
                      .type = duration,
                      .fallback = "10 s",
                      .help = "between two looks at the plug",
                      .minimum = 1,
                      .maximum = 3600},
                     {.name = "load",
                      .type = power,
                      .fallback = "0 W",
                      .help = "load behind the plug; 0 W = none",
                      .minimum = 0,
                      .maximum = 4000}},
          .default_timeout = hours{1},
          .usual_time = minutes{10},
          .needs_mains = true,
          .run = soak,
          .loads = loads,
          .usual = usual};
}

}  // namespace plugrig::steps
