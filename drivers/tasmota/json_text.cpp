#include "drivers/tasmota/json_text.hpp"

#include <algorithm>

namespace plugrig::tasmota {
namespace {

constexpr int deepest = 16;  ///< the JSON library's destructor recurses

bool too_deep(std::string_view text) {
  int depth = 0;
  int worst = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') worst = std::max(worst, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return worst > deepest;
}

}  // namespace

std::optional<nlohmann::json> parse_object(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

}  // namespace plugrig::tasmota
