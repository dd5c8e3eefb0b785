#include "sequences/steps/power/plug_metering.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace plugrig::steps {
namespace {

using nlohmann::json;

Fault no_metering(const json& answer) {
  return {"plug.no_metering",
          Blame::unit,
          "The plug's answer holds no energy readings.",
          "Look whether the template names the metering pins; then write the template again.",
          {{"answer", answer.dump()}}};
}

/// The first object at any depth that holds `key`: answers come wrapped in StatusSNS and ENERGY.
const json* find_holder(const json& node, std::string_view key) {
  if (!node.is_object()) return nullptr;
  if (node.contains(key)) return &node;
  for (const auto& member : node)
    if (const auto* found = find_holder(member, key)) return found;
  return nullptr;
}

double number_of(const json& energy, std::string_view key, const json& answer) {
  const auto found = energy.find(key);
  if (found == energy.end() || !found->is_number()) throw no_metering(answer);
  return found->get<double>();
}

int integer_answer(StepContext& context, std::string_view name, const std::string& argument,
                   const Deadline& deadline) {
  const auto answer = plug_link(context).command(name, argument, deadline);
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_number_integer()) {
    throw Fault("plug.no_metering", Blame::unit,
                fmt::format("The plug does not answer {} with a number.", name),
                "Look whether the template names the metering pins and the chip.",
                {{"answer", answer.dump()}});
  }
  return found->get<int>();
}

struct NamedConstant {
  std::string_view command;
  int metrology::Constants::*value;
};
constexpr std::array kConstants{
    NamedConstant{"VoltageCal", &metrology::Constants::voltage},
    NamedConstant{"CurrentCal", &metrology::Constants::current},
    NamedConstant{"PowerCal", &metrology::Constants::power},
};

}  // namespace

PlugLink& plug_link(StepContext& context) {
  if (auto* network = context.devices().network) return network->plug();
  throw Fault("plug.no_network", Blame::config, "This slot has no network to reach a plug by.",
              "Add the network to the bench file, or move the step to a slot that has one.");
}

std::unique_ptr<ReferenceLease> take_reference(StepContext& context, const std::string& purpose) {
  return context.mains().lease_reference(purpose, {Instant::max(), context.deadline().stop});
}

PlugReading read_plug(StepContext& context, const Deadline& deadline) {
  const auto asked = context.clock().now();
  const auto answer = plug_link(context).command("Status", "10", deadline);
  const auto took = context.clock().now() - asked;
  const auto* energy = find_holder(answer, "Voltage");
  if (energy == nullptr) throw no_metering(answer);
  return {.at = asked + took / 2,
          .half_width = took / 2,
          .voltage_V = number_of(*energy, "Voltage", answer),
          .current_A = number_of(*energy, "Current", answer),
          .power_W = number_of(*energy, "Power", answer)};
}

void switch_relay(StepContext& context, bool on, const Deadline& deadline) {
  const std::string_view word = on ? "ON" : "OFF";
  const auto answer = plug_link(context).command("Power", word, deadline);
  const auto* holder = find_holder(answer, "POWER");
  if (holder != nullptr && (*holder)["POWER"] == word) return;
  throw Fault("plug.relay", Blame::unit, fmt::format("The plug did not switch its relay {}.", word),
              "Look whether the template names the relay pin; then write the template again.",
              {{"answer", answer.dump()}});
}

void put_load_off(StepContext& context, const Deadline& deadline) {
  auto& mains = context.mains();
  if (!mains.load_by_hand()) mains.load(0, deadline);
}

metrology::Constants read_constants(StepContext& context, const Deadline& deadline) {
  metrology::Constants constants;
  for (const auto& [command, value] : kConstants)
    constants.*value = integer_answer(context, command, "", deadline);
  return constants;
}

void write_constants(StepContext& context, const metrology::Constants& now,
                     const metrology::Constants& wanted, const Deadline& deadline) {
  for (const auto& [command, value] : kConstants)
    if (now.*value != wanted.*value)
      plug_link(context).command(command, std::to_string(wanted.*value), deadline);
  const auto taken = read_constants(context, deadline);
  for (const auto& [command, value] : kConstants) {
    if (taken.*value == wanted.*value) continue;
    throw Fault("power.constants_not_taken", Blame::unit,
                fmt::format("{} was set to {} and reads {}.", command, wanted.*value, taken.*value),
                "Run the unit again; set it aside when this repeats.");
  }
  context.clock().sleep_for(kSettingsSaved, deadline);
}

void set_display_resolution(StepContext& context, const Deadline& deadline) {
  constexpr std::array<std::pair<std::string_view, int>, 3> settings{
      {{"VoltRes", 1}, {"WattRes", 1}, {"AmpRes", 3}}};
  for (const auto& [name, wanted] : settings) {
    const auto fact = "restore." + std::string(name);
    const int before = integer_answer(context, name, "", deadline);
    if (!context.facts().contains(fact)) context.fact(fact, std::to_string(before));
    if (before == wanted) continue;
    plug_link(context).command(name, std::to_string(wanted), deadline);
    const int taken = integer_answer(context, name, "", deadline);
    if (taken == wanted) continue;
    throw Fault("power.display_resolution", Blame::unit,
                fmt::format("{} was set to {} and reads {}.", name, wanted, taken),
                "Run the unit again; set it aside when this repeats.");
  }
}

}  // namespace plugrig::steps
