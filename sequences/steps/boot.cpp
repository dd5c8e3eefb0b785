#include <fmt/format.h>

#include "sequences/steps/devices.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;
using enum FieldType;

/// What the named firmware prints once it runs; empty = the ROM's boot text is proof enough.
std::string banner_of(const std::string& firmware) {
  return firmware == "tasmota" ? "Tasmota Version" : "";
}

void wait_for_boot(StepContext& context) {
  const auto& params = context.params();
  const auto banner =
      params.has("banner") ? params.text("banner") : banner_of(params.text("firmware"));
  const auto limit = context.clock().now() + params.duration("within");
  const auto report = flasher(context).prove_boot(banner, progress_of(context),
                                                  context.deadline().no_later_than(limit));
  if (!report.banner.empty()) context.fact("banner", report.banner);
  context.say(fmt::format("boot mode {}, reset cause {}{}{}", report.boot_mode, report.reset_cause,
                          report.banner.empty() ? "" : ": ", report.banner));
}

}  // namespace

void add_boot_steps(StepRegistry& registry) {
  registry.add({.name = "boot.wait",
                .help = "boot from flash; wait for the boot text and the firmware's banner",
                .fields = {{.name = "firmware",
                            .type = choice,
                            .fallback = "tasmota",
                            .help = "what must come up",
                            .choices = {"tasmota", "any"}},
                           {.name = "banner",
                            .type = text,
                            .help = "text that a line of the console must hold, instead"},
                           {.name = "within",
                            .type = duration,
                            .fallback = "20 s",
                            .help = "time from reset to the banner",
                            .minimum = 1,
                            .maximum = 300}},
                .default_timeout = seconds{60},
                .usual_time = seconds{3},
                .needs_loader = true,
                .run = wait_for_boot});
}

}  // namespace plugrig::steps
