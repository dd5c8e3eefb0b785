#include <fmt/format.h>

#include "sequences/steps/energy_integral.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/load_point.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_write.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// 0.01 Wh, as fine as the firmware counts.
constexpr const char* kFinestCounter = "5";
/// The counter moves once a second; at 60 W and more it shows each of them.
constexpr Duration kCounterMoves = seconds{5};
constexpr Duration kLongestGap = seconds{2};

/// The plug's counter, and what the reference made of the same time.
class EnergyWatch {
 public:
  explicit EnergyWatch(StepContext& context)
      : context_(context), meter_(context.mains().reference()) {}

  /// When the counter moves the next time, and what it shows then.
  struct Edge {
    Instant at{};
    double total_Wh = 0;
  };
  Edge next_edge() {
    auto& clock = context_.clock();
    const auto end = clock.now() + kCounterMoves;
    const double before_Wh = counter_Wh();
    auto asked = clock.now();
    while (clock.now() < end && clock.now() < context_.deadline().at) {
      read_reference();
      const double now_Wh = counter_Wh();
      const auto answered = clock.now();
      // It moved between two answers.
      if (now_Wh != before_Wh) return {asked + (answered - asked) / 2, now_Wh};
      asked = answered;
    }
    throw Fault("plug.energy_still", Blame::unit,
                fmt::format("The plug's energy counter stands at {:.2f} Wh under load.", before_Wh),
                "Look whether the build counts energy, and whether its power reading is right.");
  }

  void follow_until(Instant end) {
    auto& clock = context_.clock();
    while (clock.now() < end && clock.now() < context_.deadline().at) {
      read_reference();
      clock.sleep_for(std::max<Duration>(meter_.info().refresh, milliseconds{50}),
                      context_.deadline());
    }
  }

  [[nodiscard]] std::optional<double> reference_Wh(const Edge& begin, const Edge& end) const {
    return integral_.between_Wh(begin.at, end.at, kLongestGap);
  }
  [[nodiscard]] const std::string& meter() const { return meter_.info().name; }

 private:
  void read_reference() {
    const auto reading = meter_.read(context_.deadline());
    if (reading.power_W) integral_.add(reading.at, *reading.power_W);
  }

  double counter_Wh() {
    const auto sensors = status(context_, network(context_).plug(), 10);
    const auto* energy = member(sensors, "ENERGY");
    const auto* total = energy == nullptr ? nullptr : member(*energy, "Total");
    if (total != nullptr && total->is_number()) return total->get<double>() * 1000;
    throw Fault("plug.no_metering", Blame::unit, "The plug's answer holds no energy counter.",
                "Look whether the template names the metering pins.", {{"answer", sensors.dump()}});
  }

  StepContext& context_;
  PowerMeter& meter_;
  EnergyIntegral integral_;
};

/// What counter and reference made of the same time.
struct Energies {
  double plug_Wh = 0, reference_Wh = 0;
  Duration time{};
};

Energies count(StepContext& context, double own_W) {
  EnergyWatch watch(context);
  const auto begin = watch.next_edge();
  watch.follow_until(begin.at + context.params().duration("time"));
  const auto end = watch.next_edge();
  const auto reference_Wh = watch.reference_Wh(begin, end);
  if (!reference_Wh)
    throw Fault("meter.stale", Blame::instrument,
                fmt::format("Meter '{}' gave too few readings for an energy.", watch.meter()),
                "Look at the meter's line with 'plugrig doctor'.");
  const auto time = end.at - begin.at;
  return {end.total_Wh - begin.total_Wh, *reference_Wh - own_W * in_seconds(time) / 3600, time};
}

/// With the load on; what the plug takes for itself does not go through its own metering.
Energies count_under_load(StepContext& context) {
  const auto lease = take_reference(context, "plug.energy_counter");
  switch_relay(context, true, context.deadline());
  const double own_W = measure_tare(context, *lease).power_W;
  context.mains().load(context.params().number("load"), context.deadline());
  context.clock().sleep_for(kPlugSettles, context.deadline());
  lease->settled(kPlugSettles);
  const auto began = context.clock().now();
  const auto energies = count(context, own_W);
  lease->sampled(context.clock().now() - began);
  put_load_off(context, context.deadline());
  return energies;
}

void record_energies(StepContext& context, const Energies& found) {
  const auto& params = context.params();
  const auto condition =
      fmt::format("{:g} W for {:g} s", params.number("load"), in_seconds(params.duration("time")));
  const auto& meter = context.mains().reference().info().name;
  constexpr double percent = 100;
  record_value(context, {.id = "energy.error",
                         .condition = condition,
                         .value = percent * (found.plug_Wh / found.reference_Wh - 1),
                         .unit = "%",
                         .instrument = meter});
  context.say(fmt::format("{:.2f} Wh counted, {:.2f} Wh by the reference, in {:.1f} s",
                          found.plug_Wh, found.reference_Wh, in_seconds(found.time)));
}

void energy_counter(StepContext& context) {
  context.mains().energise(context.deadline());
  if (context.mains().reference().by_hand())
    return context.say("a person cannot integrate power: not measured");
  auto& link = network(context).plug();
  const auto setting = checked_setting("EnergyRes", kFinestCounter);
  const auto before = read_setting(context, link, setting);
  write_setting(context, link, setting, kFinestCounter);
  const auto energies = count_under_load(context);
  write_setting(context, link, setting, before);
  if (energies.reference_Wh <= 0)
    throw Fault("load.missing", Blame::fixture, "The reference sees no energy behind the plug.",
                "Look whether the load is connected to this slot.");
  record_energies(context, energies);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  if (facts.by_hand) return {};
  StepPhase turn{{}, true, kPlugSettles, params.duration("time") + seconds{2}};
  if (facts.reference_upstream) turn.settling += kTareSettles;
  turn.takes = turn.settling + turn.sampling + kPlugAnswers * 8 +
               (facts.reference_upstream ? Duration(seconds{2}) : Duration{});
  return {{turn}};
}

}  // namespace

StepType plug_energy_counter_step() {
  return {.name = "plug.energy_counter",
          .help =
              "what the plug's energy counter gains under load, against the integral of the "
              "reference over the same time",
          .fields = {{.name = "load",
                      .type = power,
                      .fallback = "500 W",
                      .help = "load behind the plug",
                      .minimum = 20,
                      .maximum = 4000},
                     {.name = "time",
                      .type = duration,
                      .fallback = "60 s",
                      .help = "how long at least; it ends when the counter moves",
                      .minimum = 10,
                      .maximum = 900}},
          .default_timeout = minutes{4},
          .usual_time = seconds{75},
          .needs_mains = true,
          .run = energy_counter,
          .loads = [](const StepParams& params, Problems&) { return needed_point(params, "load"); },
          .usual = usual};
}

}  // namespace plugrig::steps
