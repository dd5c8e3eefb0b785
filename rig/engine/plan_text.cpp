#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rig/engine/plan.hpp"
#include "rig/engine/timeline.hpp"

namespace plugrig {
namespace {

double number(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string seconds(Duration duration) { return fmt::format("{:.1f} s", number(duration)); }

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::size_t widest_step(const Plan& plan) {
  std::size_t width = 4;
  for (const PlanLine& line : plan.lines) width = std::max(width, line.step.size());
  return width;
}

std::string render_line(const PlanLine& line, std::size_t width) {
  std::string text =
      fmt::format("  {:<{}}  {:>9}  at most {:>9}", line.step, width,
                  line.usual > Duration{} ? seconds(line.usual) : "?", seconds(line.longest));
  if (line.attempts > 1) text += fmt::format("  {} attempts", line.attempts);
  if (!line.resources.empty()) text += fmt::format("  holds {}", joined(line.resources));
  if (line.leased > Duration{}) text += fmt::format("  {} on the load", seconds(line.leased));
  return text + "\n";
}

std::string render_steps(const Plan& plan) {
  std::string text;
  const std::size_t width = widest_step(plan);
  const std::string* stage = nullptr;
  for (const PlanLine& line : plan.lines) {
    if (stage == nullptr || *stage != line.stage) {
      text += line.clean_up ? "Clean-up, however the unit ends\n"
                            : fmt::format("Stage {}, mains {}\n", line.stage,
                                          line.mains_on ? "on" : "locked off");
    }
    stage = &line.stage;
    text += render_line(line, width);
  }
  return text;
}

std::string render_load(const Plan& plan) {
  std::string text;
  for (const LoadUse& load : plan.expected.loads) {
    if (load.slots.size() < 2) continue;
    text += fmt::format("{}: used {:.1f} % of the time in the steady part of the batch.\n",
                        load.name, 100 * load.steady_share);
  }
  return text;
}

std::string render_batch(const Plan& plan, int columns) {
  const std::size_t slots = plan.slots.size();
  std::string text = fmt::format("{} unit{} in {} slot{}, {}: usually {}", plan.units,
                                 plan.units == 1 ? "" : "s", slots, slots == 1 ? "" : "s",
                                 plan.takes_turns() ? "with their turns" : "side by side",
                                 seconds(plan.expected.total()));
  const double rate = plan.expected.units_per_hour();
  text += rate > 0 ? fmt::format(", {:.1f} units an hour.\n", rate) : ".\n";
  text += render_load(plan);
  bool bottleneck = true;
  for (const PlanBound& bound : plan.bounds) {
    text += fmt::format("{} {:.1f} units an hour by {}\n",
                        bottleneck ? "Bottleneck:" : "    next:", bound.units_per_hour, bound.text);
    bottleneck = false;
  }
  return text + timeline(plan.expected, columns);
}

}  // namespace

std::string render(const Plan& plan, int columns) {
  std::string text = fmt::format("Sequence {}\n", plan.sequence);
  for (const PlanSlot& slot : plan.slots) {
    text += fmt::format("Slot {}{}{}\n", slot.name, slot.resources.empty() ? "" : ": ",
                        joined(slot.resources));
  }
  text += render_steps(plan);
  text += fmt::format("A unit usually takes {}, at most {}.\n", seconds(plan.usual_per_unit),
                      seconds(plan.longest_per_unit));
  if (plan.takes_turns()) {
    const bool stages = std::any_of(plan.slots.begin(), plan.slots.end(),
                                    [](const PlanSlot& slot) { return slot.turn_is_stage; });
    const bool chain = std::any_of(plan.slots.begin(), plan.slots.end(),
                                   [](const PlanSlot& slot) { return slot.chained; });
    text += stages  ? "The slots take turns at the load: stages with mains on follow each other.\n"
            : chain ? "The slots are live one at a time, and measure together in rounds.\n"
                    : "The slots take turns at the load, for as long as a step needs it.\n";
  }
  return text + render_batch(plan, columns);
}

std::string to_json(const Plan& plan) {
  using Json = nlohmann::ordered_json;
  Json steps = Json::array();
  for (const PlanLine& line : plan.lines) {
    steps.push_back({{"stage", line.stage},
                     {"step", line.step},
                     {"mains", line.mains_on ? "on" : "off"},
                     {"usual_s", number(line.usual)},
                     {"longest_s", number(line.longest)},
                     {"attempts", line.attempts},
                     {"on_load_s", number(line.leased)},
                     {"settling_s", number(line.settling)},
                     {"sampling_s", number(line.sampling)}});
  }
  Json bounds = Json::array();
  for (const PlanBound& bound : plan.bounds)
    bounds.push_back({{"units_per_hour", bound.units_per_hour}, {"by", bound.text}});
  Json slots = Json::array();
  for (const PlanSlot& slot : plan.slots) slots.push_back(slot.name);
  const Json json{{"plan", plan.sequence},
                  {"slots", slots},
                  {"units", plan.units},
                  {"handling_s", number(plan.handling)},
                  {"steps", steps},
                  {"unit_usual_s", number(plan.usual_per_unit)},
                  {"unit_longest_s", number(plan.longest_per_unit)},
                  {"expected", Json::parse(to_json(plan.expected))},
                  {"bounds", bounds}};
  return json.dump();
}

}  // namespace plugrig
