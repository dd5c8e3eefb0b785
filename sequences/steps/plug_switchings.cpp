#include <fmt/format.h>

#include <cmath>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// A meter that is slower than this shows its own refresh, not the relay.
constexpr Duration kSlowestRefresh = milliseconds{500};
/// A relay shows within this time in a meter that is fast enough.
constexpr Duration kShowsWithin = seconds{3};

std::string relay_state(const nlohmann::json& answer) {
  const auto* state = member(answer, "POWER");
  return state != nullptr && state->is_string() ? state->get<std::string>() : std::string();
}

/// What came of many switchings.
struct Switchings {
  std::vector<double> answers_ms;  ///< from command to answer
  int missed = 0;  ///< the plug did not say that it did, or said later that it had not
};

/// One command, timed, and the plug's own word on it afterwards.
void switch_once(StepContext& context, PlugLink& link, bool on, Switchings& so_far) {
  const std::string word = on ? "ON" : "OFF";
  const auto sent = context.clock().now();
  const auto answered = relay_state(link.command("Power", word, context.deadline()));
  so_far.answers_ms.push_back(in_milliseconds(context.clock().now() - sent));
  const auto state = relay_state(link.command("Power", "", context.deadline()));
  if (answered != word || state != word) ++so_far.missed;
}

Switchings switch_often(StepContext& context, PlugLink& link, std::uint32_t count) {
  constexpr std::uint32_t told_every = 20;
  Switchings result;
  for (std::uint32_t i = 0; i < count; ++i) {
    switch_once(context, link, i % 2 != 0, result);
    if ((i + 1) % told_every == 0) context.counted("switching", "times", i + 1, count);
  }
  return result;
}

void record_switchings(StepContext& context, const Switchings& done, std::uint32_t count) {
  record_mean_and_worst(context, "relay.latency", "command to answer", "ms", done.answers_ms);
  record_value(context, {.id = "relay.missed",
                         .condition = fmt::format("of {} switchings", count),
                         .value = static_cast<double>(done.missed),
                         .unit = "count",
                         .instrument = "plug"});
  context.say(fmt::format("{} of {} switchings missed", done.missed, count));
  if (done.missed < static_cast<int>(count)) return;
  throw Fault("plug.relay", Blame::unit, "The plug did none of the switchings that it was told.",
              "Look whether the template names the relay pin, and whether the build has a relay.");
}

/// Power without and with the load, to tell one from the other.
struct Levels {
  double off_W = 0, on_W = 0;
  [[nodiscard]] bool shows(bool on, double power_W) const {
    return on == (power_W > (off_W + on_W) / 2);
  }
};

double power_now(StepContext& context, PowerMeter& meter) {
  const auto reading = meter.read(context.deadline());
  if (reading.power_W) return *reading.power_W;
  throw Fault(
      "meter.no_power", Blame::instrument,
      fmt::format("Meter '{}' gives no power, so the relay cannot be seen.", meter.info().name),
      "Use a reference meter that measures power, or set 'seen' to 0.");
}

/// When the meter shows the change, counted from the command; nothing when it does not.
std::optional<double> seen_after_ms(StepContext& context, PowerMeter& meter, const Levels& levels,
                                    bool on, Instant sent) {
  const auto end = sent + kShowsWithin;
  auto& clock = context.clock();
  while (clock.now() < end && clock.now() < context.deadline().at) {
    const auto reading = meter.read(context.deadline());
    // A window that began before the command may show it already; it cannot have ended before.
    if (reading.power_W && levels.shows(on, *reading.power_W))
      return in_milliseconds(std::max(reading.at, sent) - sent);
    clock.sleep_for(meter.info().refresh / 4, context.deadline());
  }
  return std::nullopt;
}

Levels levels_of(StepContext& context, PowerMeter& meter) {
  Levels levels;
  for (const bool on : {false, true}) {
    switch_relay(context, on, context.deadline());
    context.clock().sleep_for(seconds{1}, context.deadline());
    (on ? levels.on_W : levels.off_W) = power_now(context, meter);
  }
  return levels;
}

/// A few switchings as the reference meter sees them; the plug may say what it likes.
void measure_seen(StepContext& context, std::int64_t count) {
  auto& meter = context.mains().reference();
  if (count == 0 || meter.by_hand() || meter.info().refresh > kSlowestRefresh) {
    context.say("relay not timed by the reference meter");
    return;
  }
  const auto lease = take_reference(context, "plug.switchings");
  const auto began = context.clock().now();
  const auto load = context.mains().load(context.params().number("load"), context.deadline());
  const auto levels = levels_of(context, meter);
  if (std::abs(levels.on_W - levels.off_W) < load.nominal_W / 2)
    throw Fault("plug.relay", Blame::unit,
                fmt::format("The reference reads {:.1f} W with the relay on and {:.1f} W with it "
                            "off, behind it {:g} W.",
                            levels.on_W, levels.off_W, load.nominal_W),
                "Look whether the build drives the relay pin; check the load.");
  std::vector<double> seen_ms;
  int unseen = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool on = i % 2 != 0;
    const auto sent = context.clock().now();
    network(context).plug().command("Power", on ? "ON" : "OFF", context.deadline());
    if (const auto after_ms = seen_after_ms(context, meter, levels, on, sent))
      seen_ms.push_back(*after_ms);
    else
      ++unseen;
  }
  lease->sampled(context.clock().now() - began);
  put_load_off(context, context.deadline());
  record_mean_and_worst(context, "relay.latency", "command to reference meter", "ms", seen_ms,
                        meter.info().name);
  record_value(context, {.id = "relay.unseen",
                         .condition = fmt::format("of {} switchings", count),
                         .value = static_cast<double>(unseen),
                         .unit = "count",
                         .instrument = meter.info().name});
}

void switchings(StepContext& context) {
  const auto count = static_cast<std::uint32_t>(context.params().integer("count"));
  context.mains().energise(context.deadline());
  auto& link = network(context).plug();
  record_switchings(context, switch_often(context, link, count), count);
  measure_seen(context, context.params().integer("seen"));
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  StepTime time;
  add_time(time, 2 * kPlugAnswers * params.integer("count"));
  if (params.integer("seen") == 0 || facts.by_hand || facts.reference_refresh > kSlowestRefresh)
    return time;
  StepPhase turn{{}, true, {}, {}};
  turn.sampling = seconds{2} + params.integer("seen") *
                                   (kPlugAnswers + facts.reference_refresh + facts.reference_read);
  turn.takes = turn.sampling + 2 * kPlugAnswers;
  time.phases.push_back(turn);
  return time;
}

std::vector<NeededLoad> loads(const StepParams& params, Problems& /*problems*/) {
  if (params.values.has("seen") && params.values.text("seen") == "0") return {};
  return needed_point(params, "load");
}

}  // namespace

StepType plug_switchings_step() {
  return {.name = "plug.switchings",
          .help =
              "switch the relay often by command; time the answers, count what it missed, and "
              "time a few as the reference meter sees them",
          .fields = {{.name = "count",
                      .type = integer,
                      .fallback = "200",
                      .help = "switchings without load",
                      .minimum = 2,
                      .maximum = 100'000},
                     {.name = "seen",
                      .type = integer,
                      .fallback = "10",
                      .help = "switchings with a load that the reference meter times; 0 = none",
                      .minimum = 0,
                      .maximum = 1000},
                     {.name = "load",
                      .type = power,
                      .fallback = "60 W",
                      .help = "load of those",
                      .minimum = 20,
                      .maximum = 4000}},
          .default_timeout = minutes{5},
          .usual_time = seconds{40},
          .needs_mains = true,
          .run = switchings,
          .loads = loads,
          .usual = usual};
}

}  // namespace plugrig::steps
