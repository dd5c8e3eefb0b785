#include <fmt/format.h>

#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/family.hpp"
#include "sequences/steps/power/plan_fields.hpp"
#include "sequences/steps/power/usual_series.hpp"

namespace plugrig::steps {
namespace {

PlugNetwork& network_of(StepContext& context) {
  if (context.devices().network != nullptr) return *context.devices().network;
  throw Fault("plug.no_network", Blame::config, "This slot has no network to reach a plug by.",
              "Add the network to the bench file, or move the step to a slot that has one.");
}

/// The constants that must survive: those written by the adjustment, else those of now.
metrology::Constants expected_constants(StepContext& context) {
  const auto found = context.facts().find(kAfterFact);
  const auto written =
      found == context.facts().end() ? std::nullopt : parse_constants(found->second);
  return written ? *written : read_constants(context, context.deadline());
}

void power_cycle(StepContext& context, Duration off) {
  auto& network = network_of(context);
  const auto known = network.found();
  const auto& params = context.params();
  context.clock().sleep_for(kSettingsSaved, context.deadline());
  context.mains().de_energise(context.deadline());
  context.clock().sleep_for(off, context.deadline());
  context.mains().energise(context.deadline());
  const auto limit = context.clock().now() + params.duration("within");
  network.find({.mac = known.mac, .address = known.address, .host_name = known.host_name},
               params.has("web_password") ? params.text("web_password") : std::string{},
               context.deadline().no_later_than(limit));
}

void check_constants(const metrology::Constants& wanted, const metrology::Constants& found) {
  if (wanted == found) return;
  throw Fault("power.constants_lost", Blame::unit,
              "The metering constants did not survive a power-cycle.",
              "Run the unit again; set it aside when this repeats.",
              {{"before", constants_text(wanted)}, {"after", constants_text(found)}});
}

SeriesPlan plan_of_point(const FieldValues& params) {
  SeriesPlan plan;
  plan.name = "persistence";
  plan.points_W = {params.number("point")};
  plan.no_load = false;
  if (params.has("limits")) plan.limits = limits_of(params);
  return plan;
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  constexpr int reads = 3;
  StepTime time;
  add_time(time, kSettingsSaved);
  time.phases.push_back({.takes = params.duration("off"), .off = true});
  add_time(time, kPlugComesUp + kPlugAnswers * reads);
  add_binding(time, facts);
  add_series(time, plan_of_point(params), facts);
  return time;
}

void persistence(StepContext& context) {
  const auto& params = context.params();
  const auto wanted = expected_constants(context);
  power_cycle(context, params.duration("off"));
  check_constants(wanted, read_constants(context, context.deadline()));
  const SeriesPlan plan = plan_of_point(params);
  show_binding(context, kBindingLimit, plan.points_W);
  const auto measured = measure_series(context, plan);
  record_measurements(context, measured.series);
  attach_series(context, measured.series);
}

std::vector<FieldSpec> fields() {
  using enum FieldType;
  std::vector<FieldSpec> all{
      {.name = "point", .type = power, .fallback = "500 W", .help = "the load point to repeat"},
      {.name = "off",
       .type = duration,
       .fallback = "5 s",
       .help = "time without mains",
       .minimum = 1},
      {.name = "within",
       .type = duration,
       .fallback = "60 s",
       .help = "time for the plug to come back to the network"},
      {.name = "web_password", .type = secret, .help = "of the plug, when it has one"}};
  for (auto& field : limit_fields(false)) all.push_back(std::move(field));
  return all;
}

}  // namespace

StepType persistence_step() {
  return {
      .name = "power.persistence",
      .help = "power-cycle; the constants must still be there, and one point still be right",
      .fields = fields(),
      .default_timeout = std::chrono::minutes{6},
      .usual_time = std::chrono::seconds{75},
      .needs_mains = true,
      .run = persistence,
      .loads = [](const StepParams& params, Problems&) { return needed_point(params, "point"); },
      .usual = usual};
}

}  // namespace plugrig::steps
