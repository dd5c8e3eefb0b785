#include <fmt/format.h>

#include <charconv>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// Boot count of the plug when counting began.
constexpr const char* kNoted = "restarts.noted";

/// The firmware counts a start once it has been up for 10 s: before that two looks would differ by
/// a start that was there already.
int boot_count(StepContext& context, PlugLink& link, std::string& reason) {
  await_uptime(context, link);
  const auto state = status(context, link, 1);
  if (auto text = text_member(state, "RestartReason")) reason = *std::move(text);
  const auto* count = member(state, "BootCount");
  if (count != nullptr && count->is_number_integer()) return count->get<int>();
  throw Fault("plug.answers", Blame::unit, "Status 1 shows no BootCount.",
              "Look at the answer; check the firmware's version.", {{"answer", state.dump()}});
}

int noted_count(const StepContext& context) {
  const auto found = context.facts().find(kNoted);
  int count = 0;
  if (found != context.facts().end() &&
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), count)
              .ec == std::errc{})
    return count;
  throw Fault("plug.restarts_not_noted", Blame::config,
              "How often the plug had started before was not noted.",
              "Put 'plug.restarts: {since: now}' where counting shall begin.");
}

void restarts(StepContext& context) {
  context.mains().energise(context.deadline());
  std::string reason = "not said";
  const int count = boot_count(context, network(context).plug(), reason);
  if (context.params().text("since") == "now") return context.fact(kNoted, std::to_string(count));
  const int seen = count - noted_count(context);
  record_value(context, {.id = "boot.restarts",
                         .condition = "while it was measured",
                         .value = static_cast<double>(seen),
                         .unit = "count",
                         .instrument = "plug"});
  context.say(seen == 0 ? std::string("no restart while it was measured")
                        : fmt::format("{} restart(s); reason of the last: {}", seen, reason));
}

StepTime usual(const FieldValues&, const PlanFacts&) {
  StepTime time;
  add_time(time, 2 * kPlugAnswers);
  return time;
}

}  // namespace

StepType plug_restarts_step() {
  return {.name = "plug.restarts",
          .help = "count how often the plug restarted by itself, by its own boot counter",
          .fields = {{.name = "since",
                      .type = choice,
                      .fallback = "noted",
                      .help = "now: counting begins here; noted: tell what was counted since",
                      .choices = {"now", "noted"}}},
          .default_timeout = minutes{1},
          .usual_time = seconds{1},
          .needs_mains = true,
          .run = restarts,
          .usual = usual};
}

}  // namespace plugrig::steps
