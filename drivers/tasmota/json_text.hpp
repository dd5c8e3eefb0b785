#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace plugrig::tasmota {

/// The object that `text` holds; nothing when it is no JSON object, is cut off, is not UTF-8 or
/// is nested deeper than any answer of a plug. Of a repeated key the last value counts: it is the
/// newest message.
std::optional<nlohmann::json> parse_object(std::string_view text);

}  // namespace plugrig::tasmota
