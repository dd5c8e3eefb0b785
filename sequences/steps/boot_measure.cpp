#include <fmt/format.h>

#include "sequences/steps/devices.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;
using enum FieldType;

constexpr std::string_view kBanner = "Project tasmota";
constexpr std::string_view kVersionInBanner = "Tasmota Version";

/// Resets the unit; returns when its banner is complete.
BootReport boot(StepContext& context) {
  auto& line = console(context);
  const auto began = context.clock().now();
  const auto end = began + context.params().duration("within");
  auto report = flasher(context).prove_boot(kVersionInBanner, progress_of(context),
                                            context.deadline().no_later_than(end));
  record_value(context, {.id = "boot.banner_time",
                         .condition = "reset by line",
                         .value = in_seconds(context.clock().now() - began),
                         .unit = "s"});
  line.restart();
  return report;
}

/// A build that starts and dies prints its banner again.
void watch_for_restarts(StepContext& context, Duration watched) {
  constexpr int loop = 3;
  auto& line = console(context);
  const auto end = context.deadline().no_later_than(context.clock().now() + watched);
  int restarts = 0;
  while (restarts < loop && line.wait_line({std::string(kBanner)}, end)) ++restarts;
  record_value(context, {.id = "boot.restarts",
                         .condition = "after reset by line",
                         .value = static_cast<double>(restarts),
                         .unit = "count",
                         .instrument = "console"});
  if (restarts == 0) return;
  throw Fault("boot.loop", Blame::unit,
              fmt::format("The firmware restarted {} time(s) within {:g} s after its banner.",
                          restarts, in_seconds(watched)),
              "Look at the console for what it says before it restarts; the build is broken.",
              {transcript_end(line)});
}

void check_version(StepContext& context, const std::string& version) {
  const auto& params = context.params();
  if (!params.has("version") || version.find(params.text("version")) != std::string::npos) return;
  throw Fault("boot.version", Blame::config,
              fmt::format("The firmware says that it is {}, and {} is expected.", version,
                          params.text("version")),
              "Name the image of that version, or correct 'version' in the sequence.");
}

void measure_boot(StepContext& context) {
  const auto report = boot(context);
  context.fact("banner", report.banner);
  watch_for_restarts(context, context.params().duration("watch"));
  auto& line = console(context);
  const auto reason = text_member(status(context, line, 1), "RestartReason").value_or("");
  const auto version = text_member(status(context, line, 2), "Version").value_or("");
  context.say(fmt::format("reset cause {}, restart reason '{}', version {}", report.reset_cause,
                          reason, version));
  if (!version.empty()) context.fact("firmware_version", version);
  check_version(context, version);
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  constexpr Duration boots = std::chrono::milliseconds{1600};
  return {{{boots + params.duration("watch"), false, {}, {}}}};
}

}  // namespace

StepType boot_measure_step() {
  return {.name = "boot.measure",
          .help =
              "reset the unit, measure the time until Tasmota's banner, and see that it does "
              "not restart",
          .fields = {{.name = "within",
                      .type = duration,
                      .fallback = "20 s",
                      .help = "time from reset to the banner",
                      .minimum = 1,
                      .maximum = 300},
                     {.name = "watch",
                      .type = duration,
                      .fallback = "5 s",
                      .help = "time after the banner in which no second one may come",
                      .minimum = 1,
                      .maximum = 300},
                     {.name = "version",
                      .type = text,
                      .help = "text that the firmware's version must hold"}},
          .default_timeout = seconds{60},
          .usual_time = seconds{7},
          .needs_loader = true,
          .run = measure_boot,
          .usual = usual};
}

}  // namespace plugrig::steps
