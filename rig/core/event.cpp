#include "rig/core/event.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

namespace plugrig {
namespace {

using Json = nlohmann::ordered_json;  // keeps the order in which keys are set

/// The parts that only a fault has; left out when there was none.
void add_fault(Json& json, const std::string& id, const std::string& blame,
               const std::string& happened, const std::string& next) {
  if (id.empty()) return;
  json["fault_id"] = id;
  json["blame"] = blame;
  json["happened"] = happened;
  json["next"] = next;
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// One overload a kind of event: its name under "event", then its fields in the order of the
/// struct.
struct ToJson {
  Json operator()(const event::RunStarted& e) const {
    Json json{{"event", "run_started"},
              {"run_id", e.run_id},
              {"sequence", e.sequence},
              {"bench", e.bench},
              {"software", e.software}};
    if (!e.slots.empty()) json["slots"] = e.slots;
    if (e.units > 0) json["units"] = e.units;
    return json;
  }
  Json operator()(const event::SlotWaits& e) const {
    return {{"event", "slot_waits"}, {"next", e.next}};
  }
  Json operator()(const event::SlotStarted& e) const {
    return {{"event", "slot_started"}, {"unit_id", e.unit_id}};
  }
  Json operator()(const event::StageStarted& e) const {
    return {{"event", "stage_started"}, {"stage", e.stage}};
  }
  Json operator()(const event::StepStarted& e) const {
    return {{"event", "step_started"},
            {"step", e.step},
            {"attempt", e.attempt},
            {"attempts", e.attempts}};
  }
  Json operator()(const event::StepProgress& e) const {
    return {
        {"event", "step_progress"}, {"step", e.step},   {"phase", e.phase}, {"address", e.address},
        {"done", e.done},           {"total", e.total}, {"unit", e.unit}};
  }
  Json operator()(const event::StepSaid& e) const {
    return {{"event", "step_said"}, {"step", e.step}, {"text", e.text}};
  }
  Json operator()(const event::UnitFact& e) const {
    return {{"event", "unit_fact"}, {"name", e.name}, {"value", e.value}};
  }
  Json operator()(const event::Measured& e) const {
    Json json{{"event", "measured"},
              {"id", e.id},
              {"value", e.value},
              {"unit", e.unit},
              {"verdict", to_string(e.verdict)}};
    if (e.low) json["low"] = *e.low;
    if (e.high) json["high"] = *e.high;
    if (!e.condition.empty()) json["condition"] = e.condition;
    return json;
  }
  Json operator()(const event::StepEnded& e) const {
    Json json{{"event", "step_ended"},
              {"step", e.step},
              {"attempt", e.attempt},
              {"verdict", to_string(e.verdict)},
              {"will_retry", e.will_retry}};
    add_fault(json, e.fault_id, e.blame, e.happened, e.next);
    json["took_s"] = seconds(e.took);
    return json;
  }
  Json operator()(const event::UnitEnded& e) const {
    Json json{{"event", "unit_ended"},
              {"unit_id", e.unit_id},
              {"verdict", to_string(e.verdict)},
              {"first_pass", e.first_pass},
              {"recorded", e.recorded}};
    add_fault(json, e.fault_id, e.blame, e.happened, e.next);
    return json;
  }
  Json operator()(const event::LeaseWaits& e) const {
    return {{"event", "lease_waits"},
            {"resource", e.resource},
            {"holder", e.holder},
            {"purpose", e.purpose}};
  }
  Json operator()(const event::LeaseTaken& e) const {
    return {{"event", "lease_taken"},
            {"resource", e.resource},
            {"purpose", e.purpose},
            {"waited_s", seconds(e.waited)}};
  }
  Json operator()(const event::LeaseGiven& e) const {
    return {{"event", "lease_given"},
            {"resource", e.resource},
            {"purpose", e.purpose},
            {"held_s", seconds(e.held)},
            {"settling_s", seconds(e.settling)},
            {"sampling_s", seconds(e.sampling)}};
  }
  Json operator()(const event::RunEnded& e) const {
    return {{"event", "run_ended"}, {"passed", e.passed}, {"failed", e.failed}, {"other", e.other}};
  }
};

/// Seconds with six decimals, rounded towards zero, without the detour over a double.
std::string decimal_seconds(Duration time) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  const auto size = us < 0 ? 0 - static_cast<std::uint64_t>(us) : static_cast<std::uint64_t>(us);
  return fmt::format("{}{}.{:06}", us < 0 ? "-" : "", size / 1'000'000, size % 1'000'000);
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  static constexpr std::array<std::string_view, 6> names{"not_run", "pass",    "inconclusive",
                                                         "fail",    "aborted", "error"};
  return names.at(static_cast<std::size_t>(verdict));
}

std::string_view to_display(Verdict verdict) {
  static constexpr std::array<std::string_view, 6> names{"NOT RUN", "PASS",    "INCONCLUSIVE",
                                                         "FAIL",    "STOPPED", "RIG FAULT"};
  return names.at(static_cast<std::size_t>(verdict));
}

std::string to_json(const Event& event) {
  Json json{{"utc", to_iso8601(event.utc)}};
  if (!event.slot.empty()) json["slot"] = event.slot;
  json.update(std::visit(ToJson{}, event.body));
  // Texts may hold whatever a unit sent: what is no UTF-8 is replaced.
  const std::string rest = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  // The JSON library prints doubles as short as it can; `t` has a fixed form, so it goes in here.
  return fmt::format("{{\"t\":{},{}", decimal_seconds(event.at.time_since_epoch()),
                     std::string_view(rest).substr(1));
}

}  // namespace plugrig
