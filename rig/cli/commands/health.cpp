#include "rig/cli/commands/health.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "rig/core/source_excerpt.hpp"

namespace plugrig::cli {
namespace {

std::string_view upper(Health::Is is) {
  if (is == Health::Is::ok) return "OK";
  return is == Health::Is::warn ? "WARN" : "FAIL";
}

std::string_view lower(Health::Is is) {
  if (is == Health::Is::ok) return "ok";
  return is == Health::Is::warn ? "warn" : "fail";
}

}  // namespace

std::string health_text(const Health& health) {
  auto text =
      fmt::format("{:<5} {}: {}: {}", upper(health.is), health.part, health.check, health.found);
  if (!health.next.empty()) text += " Next: " + health.next;
  return printable(text);
}

std::string health_json(const Health& health) {
  using Json = nlohmann::ordered_json;
  Json json{{"result", lower(health.is)},
            {"part", health.part},
            {"check", health.check},
            {"found", health.found}};
  if (!health.next.empty()) json["next"] = health.next;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Health failed(std::string part, std::string check, const Fault& fault) {
  return {Health::Is::fail, std::move(part), std::move(check),
          fmt::format("{} ({})", fault.happened(), fault.id()), fault.next()};
}

bool looked(const std::string& part, const std::string& check, const HealthReport& report,
            const std::function<void()>& look) {
  try {
    look();
    return true;
  } catch (const Fault& fault) {
    report(failed(part, check, fault));
    return false;
  }
}

}  // namespace plugrig::cli
