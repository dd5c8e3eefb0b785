#include <fmt/format.h>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/plug_metering.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Mains away and back; what was set is in flash by then.
void power_cycle(StepContext& context, Duration off) {
  await_uptime(context, network(context).plug());
  await_saved(context);
  mains_away_and_back(context, off);
}

void measure_return(StepContext& context, Duration one_request, const std::string& password) {
  const auto began = context.clock().now();
  const auto came =
      await_return(context, began, context.params().duration("within"), one_request, password);
  const char* condition = "after mains on";
  record_value(context, {.id = "plug.wifi_time",
                         .condition = condition,
                         .value = in_seconds(came.network),
                         .unit = "s"});
  record_value(context, {.id = "plug.http_time",
                         .condition = condition,
                         .value = in_seconds(came.answer),
                         .unit = "s"});
  context.say(fmt::format("on the network {:.1f} s and answering {:.1f} s after mains on",
                          in_seconds(came.network), in_seconds(came.answer)));
}

/// Mean time of an answer.
Duration measure_latency(StepContext& context, std::int64_t requests) {
  auto& link = network(context).plug();
  std::vector<double> samples_ms;
  const auto began = context.clock().now();
  for (std::int64_t i = 0; i < requests; ++i) {
    const auto asked = context.clock().now();
    link.command("Status", "11", context.deadline());
    samples_ms.push_back(in_milliseconds(context.clock().now() - asked));
  }
  record_mean_and_worst(context, "plug.http_latency", "Status 11", "ms", samples_ms);
  return (context.clock().now() - began) / requests;
}

void measure_times(StepContext& context) {
  const auto password = known_password(context);
  context.mains().energise(context.deadline());
  const auto answer = measure_latency(context, context.params().integer("requests"));
  power_cycle(context, context.params().duration("off"));
  measure_return(context, 2 * answer + std::chrono::milliseconds{100}, password);
  // Who was without mains may have been exchanged.
  show_binding(context, kBindingLimit);
}

StepTime usual(const FieldValues& params, const PlanFacts& facts) {
  StepTime time;
  const auto requests = params.integer("requests");
  add_time(time, kSettingsSaved + params.duration("off") + kPlugComesUp + kPlugAnswers * requests);
  add_binding(time, facts);
  return time;
}

}  // namespace

StepType plug_times_step() {
  return {.name = "plug.times",
          .help =
              "power-cycle the plug on mains; measure the time until it is on the network and "
              "answers, and how fast it answers then",
          .fields = {off_field(),
                     within_field(),
                     {.name = "requests",
                      .type = integer,
                      .fallback = "30",
                      .help = "commands that are timed",
                      .minimum = 1,
                      .maximum = 10'000},
                     web_password_field()},
          .default_timeout = minutes{5},
          .usual_time = seconds{30},
          .needs_mains = true,
          .run = measure_times,
          .usual = usual};
}

}  // namespace plugrig::steps
