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

/// "15.2.0(release-tasmota)" of "… Version 15.2.0(release-tasmota)-2_7_8(2025-…)"; empty when the
/// banner is another firmware's.
std::string version_of(std::string_view banner) {
  constexpr std::string_view word = "Version ";
  const auto at = banner.find(word);
  if (at == std::string_view::npos) return {};
  const auto version = banner.substr(at + word.size());
  const auto image_end = version.find(')');
  const auto end =
      image_end == std::string_view::npos ? version.find_first_of(" -") : image_end + 1;
  return std::string(version.substr(0, end));
}

/// A plug that was erased has nothing to load: the firmware says so (facts "Tasmota as device under
/// test" §3).
void check_defaults(const BootReport& report) {
  if (report.console_text.find("CFG: Use defaults") != std::string::npos) return;
  throw Fault("boot.old_settings", Blame::unit,
              "The firmware came up with settings that were in the flash already.",
              "Erase the whole flash before writing the firmware.",
              {{"console", report.console_text}});
}

BootReport boot(StepContext& context) {
  const auto& params = context.params();
  const auto banner =
      params.has("banner") ? params.text("banner") : banner_of(params.text("firmware"));
  const auto limit = context.clock().now() + params.duration("within");
  auto report = flasher(context).prove_boot(banner, progress_of(context),
                                            context.deadline().no_later_than(limit));
  if (context.devices().console != nullptr) context.devices().console->restart();
  return report;
}

void wait_for_boot(StepContext& context) {
  const auto& params = context.params();
  const auto report = boot(context);
  if (!report.banner.empty()) context.fact("banner", report.banner);
  if (const auto version = version_of(report.banner); !version.empty())
    context.fact("firmware_version", version);
  context.say(fmt::format("boot mode {}, reset cause {}{}{}", report.boot_mode, report.reset_cause,
                          report.banner.empty() ? "" : ": ", report.banner));
  if (params.boolean("expect_defaults")) check_defaults(report);
}

/// It boots, and into the firmware that it booted into before. Settings may be there by now.
void prove_boots(StepContext& context) {
  const auto version = version_of(boot(context).banner);
  const auto known = context.facts().find("firmware_version");
  if (known == context.facts().end() || known->second == version) return;
  throw Fault("boot.other_firmware", Blame::operator_,
              fmt::format("Firmware {} came up, and {} was written.", version, known->second),
              "Look who wrote to this unit meanwhile.");
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
                           {.name = "expect_defaults",
                            .type = boolean,
                            .fallback = "false",
                            .help = "the firmware must have found no settings in flash"},
                           {.name = "within",
                            .type = duration,
                            .fallback = "20 s",
                            .help = "time from reset to the banner",
                            .minimum = 1,
                            .maximum = 300}},
                .default_timeout = seconds{60},
                .usual_time = std::chrono::milliseconds{1600},
                .needs_loader = true,
                .run = wait_for_boot,
                .prove = prove_boots});
}

}  // namespace plugrig::steps
