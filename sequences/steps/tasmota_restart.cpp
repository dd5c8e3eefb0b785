#include "sequences/steps/tasmota_restart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rig/engine/redactor.hpp"
#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Boot-loop counter and quick-power-cycle marks are cleared at uptime 10; one more because the
/// plug's counter counts its first second at once.
constexpr seconds settled_uptime{11};
constexpr seconds saved_after{3};
/// Without a line from the web server a console that was quiet this long takes commands.
constexpr milliseconds console_settles{1500};
constexpr std::size_t evidence_chars = 2000;

/// "1T02:03:04" as seconds.
std::optional<Duration> parse_uptime(std::string_view text) {
  int days = 0;
  int hours = 0;
  int minutes = 0;
  int secs = 0;
  const auto take = [&](int& into, char separator) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (separator == '\0') return text.empty();
    if (!text.starts_with(separator)) return false;
    text.remove_prefix(1);
    return true;
  };
  if (!take(days, 'T') || !take(hours, ':') || !take(minutes, ':') || !take(secs, '\0'))
    return std::nullopt;
  return std::chrono::hours{24 * days + hours} + std::chrono::minutes{minutes} + seconds{secs};
}

/// Zero when the plug does not say: then the whole time is waited.
Duration uptime(StepContext& context, PlugLink& link) {
  const auto state = status(context, link, 11);
  if (const auto up_s = number_member(state, "UptimeSec"))
    return seconds{static_cast<int>(std::clamp(*up_s, 0.0, 1e6))};
  if (const auto text = text_member(state, "Uptime"))
    return parse_uptime(*text).value_or(Duration{});
  return {};
}

}  // namespace

void wait_whole(StepContext& context, Duration duration, std::string_view what_for) {
  const auto end = context.clock().now() + duration;
  context.clock().sleep_for(duration, context.deadline());
  if (context.clock().now() < end)
    throw Fault("step.no_time", Blame::config,
                fmt::format("The step's time was over before the wait for {}.", what_for),
                "Give the step a longer 'timeout'.");
}

void await_uptime(StepContext& context, PlugLink& link) {
  const auto up = uptime(context, link);
  if (up < settled_uptime) wait_whole(context, settled_uptime - up, "10 s of uptime");
}

void await_saved(StepContext& context) { wait_whole(context, saved_after, "saved settings"); }

void await_banner(StepContext& context, PlugConsole& console, std::string_view why,
                  Duration limit) {
  const auto end = context.deadline().no_later_than(context.clock().now() + limit);
  if (!console.wait_line({"Project tasmota"}, end))
    throw Fault("plug.no_restart", Blame::unit,
                fmt::format("The plug did not restart after {}.", why),
                "Run the unit again; when it fails again, look at the console by hand.",
                {transcript_end(console)});
}

void await_restart(StepContext& context, PlugConsole& console, std::string_view why) {
  await_banner(context, console, why);
  const auto settled = context.clock().now() + console_settles;
  console.wait_line({"HTP:"}, context.deadline().no_later_than(settled));
}

Evidence transcript_end(const PlugLink& link, const std::vector<std::string>& secrets) {
  auto text = Redactor(secrets).clean(link.transcript());
  if (text.size() > evidence_chars) {
    // From the start of a line: what is left of a cut secret would not be known as one.
    const auto line = text.find('\n', text.size() - evidence_chars);
    text.erase(0, line == std::string::npos ? text.size() : line + 1);
  }
  return {std::string(link.transport()), std::move(text)};
}

}  // namespace plugrig::steps
