#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// The slot's serial console. Fault `slot.no_console` (config) when the slot has none, or when its
/// ports are closed because mains may be on.
PlugConsole& console(StepContext& context);

/// The slot's way to plugs on the network. Fault `plug.no_network` (config) when there is none.
PlugNetwork& network(StepContext& context);

/// The console when it is open, else the plug that was found on the network.
PlugLink& open_link(StepContext& context);

/// The person at the bench. Fault `slot.no_operator` (config) when nobody is there to be asked.
Operator& person(StepContext& context);

/// The value of the answer's member `name`, whatever the case of its letters; an index 1 at the end
/// of `name` may be missing in the answer and the other way round. Null when there is none.
const nlohmann::json* member(const nlohmann::json& answer, std::string_view name);

/// The same of a member that is a number or a text; nothing for any other.
std::optional<double> number_member(const nlohmann::json& answer, std::string_view name);
std::optional<std::string> text_member(const nlohmann::json& answer, std::string_view name);

/// Asks for Status `number` and returns the object with its data ("StatusPTH", …), empty when the
/// plug answered without it.
nlohmann::json status(StepContext& context, PlugLink& link, int number);

/// Letters and digits of a MAC in one case: files, consoles and labels write it in many ways.
std::string bare_mac(std::string_view mac);

}  // namespace plugrig::steps
