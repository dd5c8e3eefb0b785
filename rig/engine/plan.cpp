#include "rig/engine/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rig/engine/network_room.hpp"

namespace plugrig {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

PlanLine line_of(const SequenceStep& step, const StepTime& time, bool mains_on, bool clean_up) {
  PlanLine line;
  line.stage = step.stage;
  line.step = step.name;
  line.mains_on = mains_on;
  line.clean_up = clean_up;
  line.usual = time.total();
  for (const StepPhase& phase : time.phases) {
    if (!phase.lease) continue;
    line.leased += phase.takes;
    line.settling += phase.settling;
    line.sampling += phase.sampling;
  }
  line.attempts = 1 + step.retries;
  line.longest = step.timeout * line.attempts;
  if (step.type->needs_loader) line.resources.emplace_back("uart");
  // While its stage lasts no other slot is in one.
  if (step.type->takes_network) line.resources.emplace_back("the network of all slots");
  return line;
}

/// Lines of the plan, and the unit for the forecast with what the engine does beside the steps.
class UnitPlan {
 public:
  UnitPlan(const Sequence& sequence, const PlanOptions& options, Plan& plan)
      : sequence_(sequence), options_(options), plan_(plan) {
    for (const SequenceStage& stage : sequence.stages) add(stage);
    bool live = false;
    for (const SequenceStage& stage : sequence.stages) live = stage.mains_on;
    if (!sequence.clean_up.empty() || live) add_end(live);
  }
  [[nodiscard]] std::vector<ForecastStage> unit() && { return std::move(unit_); }

 private:
  void add(const SequenceStage& stage) {
    ForecastStage planned{stage.name, stage.mains_on, {}};
    if (takes_network(sequence_)) planned.network_alone = takes_network(stage);
    const bool was_live = !unit_.empty() && unit_.back().mains_on;
    const bool stays_live = was_live && !planned.network_alone;
    if (stage.mains_on && !stays_live) beside(planned, "mains.enter", options_.beside.mains_enter);
    if (!stage.mains_on && was_live) beside(planned, "mains.off", options_.beside.mains_off);
    if (!stage.mains_on && (was_live || unit_.empty()))
      beside(planned, "slot.open", options_.beside.slot_open);
    for (const SequenceStep& step : stage.steps) add(planned, step, stage.mains_on, false);
    unit_.push_back(std::move(planned));
  }

  void add_end(bool live) {
    ForecastStage end{"clean_up", false, {}};
    if (live) beside(end, "mains.off", options_.beside.mains_off);
    for (const SequenceStep& step : sequence_.clean_up) add(end, step, false, true);
    unit_.push_back(std::move(end));
  }

  void add(ForecastStage& stage, const SequenceStep& step, bool mains_on, bool clean_up) {
    StepTime time = usual_time_of(step, sequence_.variables, options_.facts);
    plan_.lines.push_back(line_of(step, time, mains_on, clean_up));
    stage.steps.push_back({step.name, std::move(time), step.type->needs_mains});
  }

  void beside(ForecastStage& stage, const char* name, Duration takes) {
    plan_.usual_per_unit += takes;
    stage.steps.push_back({name, {{{takes, false, {}, {}}}}});
  }

  const Sequence& sequence_;
  const PlanOptions& options_;
  Plan& plan_;
  std::vector<ForecastStage> unit_;
};

std::string name_of(const std::set<std::string>& shared) {
  return fmt::format("{}", fmt::join(shared, " and "));
}

/// Slots that do the same part of the sequence, side by side.
void add_slots_bound(Plan& plan, std::size_t count, const char* what, Duration a_unit) {
  const Duration slot_time = a_unit + plan.handling;
  if (count == 0 || slot_time <= Duration{}) return;
  plan.bounds.push_back(
      {PlanBound::What::slots,
       fmt::format("{} {}{}, {:.1f} s a unit{}", count, what, count == 1 ? "" : "s",
                   seconds(slot_time), plan.handling > Duration{} ? " with handling" : ""),
       3600 * static_cast<double>(count) / seconds(slot_time)});
}

/// Time of the leading stages with mains off.
Duration early_time(const Plan& plan) {
  Duration early{};
  for (const PlanLine& line : plan.lines) {
    if (line.mains_on || line.clean_up) break;
    early += line.usual;
  }
  return early;
}

/// Stages that take the network from all plugs, one slot after the other.
void add_network_bound(Plan& plan, const std::vector<ForecastStage>& unit) {
  Duration alone{};
  for (const ForecastStage& stage : unit)
    for (const ForecastStep& step : stage.steps)
      if (stage.network_alone.value_or(false)) alone += step.time.total();
  if (alone == Duration{} || plan.slots.size() < 2) return;
  plan.bounds.push_back(
      {PlanBound::What::network,
       fmt::format("network: {:.1f} s a unit without any other slot", seconds(alone)),
       3600 / seconds(alone)});
}

void add_bounds(Plan& plan, const std::vector<ForecastStage>& unit) {
  const auto count = [&](bool contacts, bool mains) {
    return static_cast<std::size_t>(std::count_if(
        plan.slots.begin(), plan.slots.end(),
        [&](const PlanSlot& slot) { return slot.contacts == contacts && slot.mains == mains; }));
  };
  const Duration early = early_time(plan);
  const bool carried = count(true, false) > 0 && count(false, true) > 0 && early > Duration{} &&
                       early < plan.usual_per_unit;
  int handlings = 1;
  if (carried) {
    handlings = 2;
    add_slots_bound(plan, count(true, false), "flash slot", early);
    add_slots_bound(plan, count(false, true), "mains slot", plan.usual_per_unit - early);
  } else {
    add_slots_bound(plan, plan.slots.size(), "slot", plan.usual_per_unit);
  }
  if (plan.handling > Duration{}) {
    const double a_unit = handlings * seconds(plan.handling);
    plan.bounds.push_back({PlanBound::What::operator_,
                           fmt::format("one person, {:.1f} s a unit", a_unit), 3600 / a_unit});
  }
  if (plan.takes_turns() && plan.use_per_unit > Duration{}) {
    const SharedBy shared = shared_by(plan.slots);
    std::set<std::string> groups;
    for (const auto& [slot, group] : shared) groups.insert(group);
    // Slots with a load of their own are beside the groups.
    const std::size_t loads = groups.size() + plan.slots.size() - shared.size();
    plan.bounds.push_back({PlanBound::What::load,
                           fmt::format("{}: {:.1f} s of settling and sampling a unit",
                                       *groups.begin(), seconds(plan.use_per_unit)),
                           3600 * static_cast<double>(loads) / seconds(plan.use_per_unit)});
  }
  add_network_bound(plan, unit);
  std::stable_sort(plan.bounds.begin(), plan.bounds.end(),
                   [](const PlanBound& one, const PlanBound& other) {
                     return one.units_per_hour < other.units_per_hour;
                   });
}

}  // namespace

bool Plan::takes_turns() const {
  return std::any_of(slots.begin(), slots.end(),
                     [](const PlanSlot& slot) { return !slot.shared.empty(); });
}

SharedBy shared_by(const std::vector<PlanSlot>& slots) {
  SharedBy shared;
  for (const PlanSlot& slot : slots)
    if (!slot.shared.empty()) shared[slot.name] = name_of(slot.shared);
  return shared;
}

Plan make_plan(const Sequence& sequence, const std::vector<PlanSlot>& slots,
               const PlanOptions& options) {
  Plan plan;
  plan.sequence = sequence.name;
  plan.slots = slots;
  plan.units = options.units > 0 ? options.units : static_cast<int>(slots.size());
  plan.handling = options.handling;
  ForecastInput input;
  input.unit = UnitPlan(sequence, options, plan).unit();
  for (const PlanLine& line : plan.lines) {
    plan.usual_per_unit += line.usual;
    plan.use_per_unit += line.settling + line.sampling;
    if (!line.clean_up) plan.longest_per_unit += line.longest;
  }
  if (!sequence.clean_up.empty()) plan.longest_per_unit += sequence.clean_up_budget;
  input.slots = slots;
  input.units = plan.units;
  input.handling = plan.handling;
  const bool live = std::any_of(input.unit.begin(), input.unit.end(),
                                [](const ForecastStage& stage) { return stage.mains_on; });
  if (live) input.start_up = options.facts.start_up;
  UtilisationCollector collector(shared_by(slots));
  for (const Event& event : forecast(input)) collector.on(event);
  plan.expected = collector.result();
  add_bounds(plan, input.unit);
  return plan;
}

}  // namespace plugrig
