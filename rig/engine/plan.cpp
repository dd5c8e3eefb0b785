#include "rig/engine/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plugrig {
namespace {

PlanLine line_of(const SequenceStep& step, bool mains_on, bool clean_up) {
  PlanLine line;
  line.stage = step.stage;
  line.step = step.name;
  line.mains_on = mains_on;
  line.clean_up = clean_up;
  line.usual = step.type->usual_time;
  line.attempts = 1 + step.retries;
  line.longest = step.timeout * line.attempts;
  if (step.type->needs_loader) line.resources.emplace_back("uart");
  return line;
}

std::string seconds(Duration duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

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
  return text + "\n";
}

}  // namespace

Plan make_plan(const Sequence& sequence, const std::vector<PlanSlot>& slots, int units_per_slot,
               bool shared_load) {
  Plan plan;
  plan.sequence = sequence.name;
  plan.slots = slots;
  plan.units_per_slot = units_per_slot;
  for (const SequenceStage& stage : sequence.stages) {
    for (const SequenceStep& step : stage.steps) {
      plan.lines.push_back(line_of(step, stage.mains_on, false));
      plan.longest_per_unit += plan.lines.back().longest;
    }
  }
  for (const SequenceStep& step : sequence.clean_up) {
    plan.lines.push_back(line_of(step, false, true));
  }
  if (!sequence.clean_up.empty()) plan.longest_per_unit += sequence.clean_up_budget;
  Duration live{};
  for (const PlanLine& line : plan.lines) {
    plan.usual_per_unit += line.usual;
    if (line.mains_on) live += line.usual;
  }
  plan.shared_load = shared_load && slots.size() > 1 && live > Duration{};
  // Others go on with their own stages meanwhile; where there are enough units the load is never
  // idle, so the slot that comes last has waited for all others once a unit.
  const auto waits = plan.shared_load ? static_cast<int>(slots.size()) - 1 : 0;
  plan.usual_run = (plan.usual_per_unit + live * waits) * units_per_slot;
  return plan;
}

std::string render(const Plan& plan) {
  std::string text = fmt::format("Sequence {}\n", plan.sequence);
  for (const PlanSlot& slot : plan.slots) {
    text += fmt::format("Slot {}{}{}\n", slot.name, slot.resources.empty() ? "" : ": ",
                        joined(slot.resources));
  }
  const std::size_t width = widest_step(plan);
  const std::string* stage = nullptr;
  for (const PlanLine& line : plan.lines) {
    if (stage == nullptr || *stage != line.stage) {
      text += line.clean_up ? "Clean-up, however the unit ends\n"
                            : fmt::format("Stage {}, mains {}\n", line.stage,
                                          line.mains_on ? "on" : "locked off");
      stage = &line.stage;
    }
    text += render_line(line, width);
  }
  text += fmt::format("A unit usually takes {}, at most {}.\n", seconds(plan.usual_per_unit),
                      seconds(plan.longest_per_unit));
  if (plan.shared_load)
    text += "The slots take turns at the load: stages with mains on follow each other.\n";
  const std::size_t units = plan.slots.size() * static_cast<std::size_t>(plan.units_per_slot);
  text +=
      fmt::format("{} unit{} in {} slot{}, {}: usually {}.\n", units, units == 1 ? "" : "s",
                  plan.slots.size(), plan.slots.size() == 1 ? "" : "s",
                  plan.shared_load ? "with their turns" : "side by side", seconds(plan.usual_run));
  return text;
}

}  // namespace plugrig
