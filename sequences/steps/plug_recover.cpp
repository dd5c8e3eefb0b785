#include <fmt/format.h>

#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Facts "Tasmota as device under test" §17: the seventh power-on with no run to uptime 8 (about
/// 7 s) in between erases the settings.
constexpr int power_ons = 7;
constexpr milliseconds on_time{2500};
constexpr milliseconds longest_on{6500};
/// The supply's capacitors must run empty, or the chip sees no power-on.
constexpr seconds off_time{3};
/// Erase, restart with defaults, and the uptime that ends the count.
constexpr seconds recovered_after{20};
/// An erase of everything behind the program takes its time before the restart.
constexpr seconds reset_limit{30};

/// One short run; true when it was short enough to count.
void short_run(StepContext& context) {
  auto& mains = context.mains();
  const auto start = context.clock().now();
  mains.energise(context.deadline());
  wait_whole(context, on_time, "the plug to count this start");
  mains.de_energise(context.deadline());
  const auto took = context.clock().now() - start;
  if (took > longest_on)
    throw Fault("plug.recover_slow", Blame::fixture,
                fmt::format("Mains was on for {:.1f} s, too long for a run that counts.",
                            std::chrono::duration<double>(took).count()),
                "Find out why mains does not go off faster on this bench; or recover the unit over "
                "its serial console.");
  wait_whole(context, off_time, "the plug's supply to run empty");
}

void by_power(StepContext& context) {
  auto& mains = context.mains();
  mains.de_energise(context.deadline());
  wait_whole(context, off_time, "the plug's supply to run empty");
  for (int run = 1; run < power_ons; ++run) {
    context.counted("power-cycling", "starts", static_cast<std::uint32_t>(run), power_ons);
    short_run(context);
  }
  mains.energise(context.deadline());
  wait_whole(context, recovered_after, "the plug's restart with defaults");
  mains.de_energise(context.deadline());
  context.say(
      "seven power-ons done: the plug should be an access point with its defaults; "
      "configure it again");
}

/// Reset 2 forgets the network, Reset 5 keeps it.
void by_console(StepContext& context) {
  auto& line = console(context);
  const auto& number = context.params().text("reset");
  line.command("Reset", number, context.deadline());
  const auto end = context.clock().now() + reset_limit;
  if (!line.wait_line({"CFG: Use defaults"}, context.deadline().no_later_than(end)))
    throw Fault("plug.not_reset", Blame::unit,
                fmt::format("The plug did not come up with defaults after Reset {}.", number),
                "Erase its flash and write the firmware again.", {transcript_end(line)});
  await_restart(context, line, "it was reset");
  context.say(fmt::format("Reset {} done: the plug has its defaults; configure it again", number));
}

void recover(StepContext& context) {
  const auto& by = context.params().text("by");
  const bool has_console = context.devices().console != nullptr;
  if (by == "console" || (by == "auto" && has_console))
    by_console(context);
  else
    by_power(context);
}

}  // namespace

StepType plug_recover_step() {
  return {.name = "plug.recover",
          .help = "bring a plug with wrong settings back to its defaults",
          .fields = {{.name = "by",
                      .type = choice,
                      .fallback = "auto",
                      .help = "Reset over the console, or seven short power-ons through the gate",
                      .choices = {"auto", "console", "power"}},
                     {.name = "reset",
                      .type = choice,
                      .fallback = "2",
                      .help = "2 forgets everything, 5 keeps the network",
                      .choices = {"2", "5"}}},
          .default_timeout = minutes{4},
          .usual_time = seconds{60},
          .run = recover};
}

}  // namespace plugrig::steps
