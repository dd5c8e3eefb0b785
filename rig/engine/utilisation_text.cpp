#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "rig/engine/utilisation.hpp"

namespace plugrig {
namespace {

using Json = nlohmann::ordered_json;

double number(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Json json_of(const LoadUse& load) {
  return {{"name", load.name},
          {"slots", load.slots},
          {"leases", load.leases},
          {"held_s", number(load.held)},
          {"settling_s", number(load.settling)},
          {"sampling_s", number(load.sampling)},
          {"share", load.share},
          {"steady_share", load.steady_share},
          {"steady_s", number(load.steady)}};
}

Json json_of(const SlotUse& slot) {
  return {{"slot", slot.slot},
          {"units", slot.units},
          {"working_s", number(slot.working)},
          {"waiting_s", number(slot.waiting)},
          {"empty_s", number(slot.empty)}};
}

Json json_of(const Utilisation& use) {
  Json json{{"total_s", number(use.total())}, {"units", use.units},
            {"passed", use.passed},           {"units_per_hour", use.units_per_hour()},
            {"slots", Json::array()},         {"loads", Json::array()},
            {"steps", Json::array()}};
  for (const SlotUse& slot : use.slots) json["slots"].push_back(json_of(slot));
  for (const LoadUse& load : use.loads) json["loads"].push_back(json_of(load));
  for (const StepUse& step : use.steps)
    json["steps"].push_back(
        {{"step", step.step}, {"attempts", step.attempts}, {"mean_s", number(step.mean())}});
  return json;
}

std::string row(const std::string& what, const std::string& planned, const std::string& actual,
                double deviation) {
  return fmt::format("  {:<34}{:>12}{:>12}{:>+10.1f} %\n", what, planned, actual, 100 * deviation);
}

double relative(double actual, double planned) { return planned != 0 ? actual / planned - 1 : 0; }

const LoadUse* same_load(const Utilisation& use, const std::string& name) {
  for (const LoadUse& load : use.loads)
    if (load.name == name) return &load;
  return nullptr;
}

}  // namespace

std::string to_json(const Utilisation& use) { return json_of(use).dump(); }

double PlanDeviation::time() const {
  return relative(number(actual.total()), number(planned.total()));
}

std::string render(const PlanDeviation& deviation) {
  const auto& [planned, actual] = deviation;
  std::string text =
      fmt::format("  {:<34}{:>12}{:>12}{:>12}\n", "", "planned", "actual", "deviation");
  text += row("time in all", fmt::format("{:.1f} s", number(planned.total())),
              fmt::format("{:.1f} s", number(actual.total())), deviation.time());
  text += row("units an hour", fmt::format("{:.1f}", planned.units_per_hour()),
              fmt::format("{:.1f}", actual.units_per_hour()),
              relative(actual.units_per_hour(), planned.units_per_hour()));
  for (const LoadUse& load : actual.loads) {
    const LoadUse* expected = same_load(planned, load.name);
    if (expected == nullptr || expected->slots.size() < 2) continue;
    text +=
        row(load.name + " in use, steady", fmt::format("{:.1f} %", 100 * expected->steady_share),
            fmt::format("{:.1f} %", 100 * load.steady_share),
            relative(load.steady_share, expected->steady_share));
  }
  return text;
}

std::string to_json(const PlanDeviation& deviation) {
  const Json json{{"event", "plan_and_run"},
                  {"planned", json_of(deviation.planned)},
                  {"actual", json_of(deviation.actual)},
                  {"deviation", deviation.time()}};
  return json.dump();
}

}  // namespace plugrig
