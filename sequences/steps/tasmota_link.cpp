#include "sequences/steps/tasmota_link.hpp"

#include <algorithm>

namespace plugrig::steps {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view without_index_1(std::string_view name) {
  const bool index_1 = name.size() > 1 && name.back() == '1' &&
                       (name[name.size() - 2] < '0' || name[name.size() - 2] > '9');
  return index_1 ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

PlugConsole& console(StepContext& context) {
  if (auto* found = context.devices().console) return *found;
  throw Fault("slot.no_console", Blame::config,
              "This slot has no serial console, or it is closed because mains may be on.",
              "Run the step in a stage with 'mains: off', in a slot of kind 'flash' or 'both'.");
}

PlugNetwork& network(StepContext& context) {
  if (auto* found = context.devices().network) return *found;
  throw Fault("plug.no_network", Blame::config, "This slot has no way to plugs on the network.",
              "Give the bench file a network for its plugs.");
}

PlugLink& open_link(StepContext& context) {
  if (auto* found = context.devices().console) return *found;
  return network(context).plug();
}

Operator& person(StepContext& context) {
  if (auto* found = context.devices().person) return *found;
  throw Fault("slot.no_operator", Blame::config, "Nobody is there to be asked.",
              "Run on a terminal, or with a file of answers.");
}

const nlohmann::json* member(const nlohmann::json& answer, std::string_view name) {
  if (!answer.is_object()) return nullptr;
  const auto bare = without_index_1(name);
  for (const auto& item : answer.items())
    if (same_name(without_index_1(item.key()), bare)) return &item.value();
  return nullptr;
}

std::optional<double> number_member(const nlohmann::json& answer, std::string_view name) {
  const auto* value = member(answer, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::optional<std::string> text_member(const nlohmann::json& answer, std::string_view name) {
  const auto* value = member(answer, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

nlohmann::json status(StepContext& context, PlugLink& link, int number) {
  const auto answer = link.command("Status", std::to_string(number), context.deadline());
  // Whatever its number, a Status answers with one object named Status…
  if (answer.is_object())
    for (const auto& item : answer.items())
      if (item.key().starts_with("Status") && item.value().is_object()) return item.value();
  return nlohmann::json::object();
}

std::string bare_mac(std::string_view mac) {
  std::string bare;
  for (const char c : mac) {
    if (c >= 'a' && c <= 'f') bare += static_cast<char>(c - 'a' + 'A');
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F')) bare += c;
  }
  return bare;
}

}  // namespace plugrig::steps
