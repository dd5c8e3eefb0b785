#include <fmt/format.h>

#include "rig/metrology/fits.hpp"
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

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// 0.01 Wh, as fine as the firmware counts.
constexpr const char* kFinestCounter = "5";
/// The counter moves once a second; at 60 W and more it shows each of them.
constexpr Duration kCounterMoves = seconds{5};
constexpr Duration kLongestGap = seconds{2};
constexpr std::size_t kLeastEdges = 5;

/// When the counter moved, and what it shows since then.
struct Edge {
  Instant at{};
  double total_Wh = 0;
};

/// The plug's counter, and what the reference made of the same time.
class EnergyWatch {
 public:
  explicit EnergyWatch(StepContext& context)
      : context_(context), meter_(context.mains().reference()) {}

  /// From the first move of the counter for `time`: each move lies between two answers.
  void follow(Duration time) {
    auto& clock = context_.clock();
    double shown_Wh = counter_Wh();
    auto asked = clock.now();
    auto moved = asked;
    while ((edges_.empty() || asked < edges_.front().at + time) && asked < context_.deadline().at) {
      read_reference();
      const double now_Wh = counter_Wh();
      const auto answered = clock.now();
      if (now_Wh != shown_Wh) {
        edges_.push_back({asked + (answered - asked) / 2, now_Wh});
        shown_Wh = now_Wh;
        moved = answered;
      } else if (answered - moved > kCounterMoves) {
        throw still(shown_Wh);
      }
      asked = answered;
    }
  }

  /// What the plug counts for each Wh of the reference, less `own_W` that do not go through its
  /// metering. Nothing when the reference has a hole.
  [[nodiscard]] std::optional<double> gain(double own_W) const {
    std::vector<double> reference_Wh;
    std::vector<double> plug_Wh;
    for (const Edge& edge : edges_) {
      const auto time = edge.at - edges_.front().at;
      const auto seen_Wh = time > Duration{}
                               ? integral_.between_Wh(edges_.front().at, edge.at, kLongestGap)
                               : std::optional(0.0);
      if (!seen_Wh) return std::nullopt;
      reference_Wh.push_back(*seen_Wh - own_W * in_seconds(time) / 3600);
      plug_Wh.push_back(edge.total_Wh - edges_.front().total_Wh);
    }
    if (edges_.size() < kLeastEdges || reference_Wh.back() <= 0) return std::nullopt;
    return metrology::fit_line(reference_Wh, plug_Wh).slope;
  }
  [[nodiscard]] const std::vector<Edge>& edges() const { return edges_; }

 private:
  static Fault still(double shown_Wh) {
    return {"plug.energy_still", Blame::unit,
            fmt::format("The plug's energy counter stands at {:.2f} Wh under load.", shown_Wh),
            "Look whether the build counts energy, and whether its power reading is right."};
  }

  void read_reference() {
    const auto reading = meter_.read(context_.deadline());
    if (reading.power_W) integral_.add(reading.at, *reading.power_W);
  }

  double counter_Wh() {
    const auto sensors = status(context_, network(context_).plug(), 10);
    const auto* energy = member(sensors, "ENERGY");
    const auto total_kWh = energy == nullptr ? std::nullopt : number_member(*energy, "Total");
    if (total_kWh) return *total_kWh * 1000;
    throw Fault("plug.no_metering", Blame::unit, "The plug's answer holds no energy counter.",
                "Look whether the template names the metering pins.", {{"answer", sensors.dump()}});
  }

  StepContext& context_;
  PowerMeter& meter_;
  EnergyIntegral integral_;
  std::vector<Edge> edges_;
};

/// What the plug counts for each Wh.
double measure_gain(StepContext& context, double own_W) {
  EnergyWatch watch(context);
  watch.follow(context.params().duration("time"));
  if (const auto gain = watch.gain(own_W)) {
    const auto& edges = watch.edges();
    context.say(fmt::format("{:.2f} Wh counted in {:.1f} s, {} moves of the counter",
                            edges.back().total_Wh - edges.front().total_Wh,
                            in_seconds(edges.back().at - edges.front().at), edges.size() - 1));
    return *gain;
  }
  throw Fault(
      "meter.no_energy", Blame::instrument,
      fmt::format("What meter '{}' read is no energy that a counter could be held against.",
                  context.mains().reference().info().name),
      "Look at the meter's line with 'plugrig doctor', and whether the load is connected to "
      "this slot.");
}

/// With the load on; what the plug takes for itself does not go through its own metering.
double gain_under_load(StepContext& context) {
  const auto lease = take_reference(context, "plug.energy_counter");
  switch_relay(context, true, context.deadline());
  const double own_W = measure_tare(context, *lease).power_W;
  context.mains().load(context.params().number("load"), context.deadline());
  context.clock().sleep_for(kPlugSettles, context.deadline());
  lease->settled(kPlugSettles);
  const auto began = context.clock().now();
  const double gain = measure_gain(context, own_W);
  lease->sampled(context.clock().now() - began);
  put_load_off(context, context.deadline());
  return gain;
}

void energy_counter(StepContext& context) {
  const auto& params = context.params();
  context.mains().energise(context.deadline());
  if (context.mains().reference().by_hand())
    return context.say("a person cannot integrate power: not measured");
  auto& link = network(context).plug();
  const auto setting = checked_setting("EnergyRes", kFinestCounter);
  const auto before = read_setting(context, link, setting);
  write_setting(context, link, setting, kFinestCounter);
  const double gain = gain_under_load(context);
  write_setting(context, link, setting, before);
  constexpr double percent = 100;
  record_value(context, {.id = "energy.error",
                         .condition = fmt::format("{:g} W for {:g} s", params.number("load"),
                                                  in_seconds(params.duration("time"))),
                         .value = percent * (gain - 1),
                         .unit = "%",
                         .instrument = context.mains().reference().info().name});
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
