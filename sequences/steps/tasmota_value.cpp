#include "sequences/steps/tasmota_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using enum SettingKind;

constexpr std::array settings{
    Setting{"DeviceName", text},       Setting{"FriendlyName1", text},
    Setting{"OtaUrl", text},           Setting{"Hostname", text, true},
    Setting{"Topic", text, true},      Setting{"FullTopic", text, true},
    Setting{"GroupTopic", text, true}, Setting{"MqttHost", text, true},
    Setting{"MqttPort", number, true}, Setting{"MqttUser", text, true},
    Setting{"MqttClient", text, true}, Setting{"SSId1", text, true},
    Setting{"SSId2", text, true},      Setting{"Module", number, true},
    Setting{"Timezone", time_zone},    Setting{"PowerOnState", number},
    Setting{"TelePeriod", number},     Setting{"VoltRes", number},
    Setting{"WattRes", number},        Setting{"AmpRes", number},
    Setting{"EnergyRes", number},      Setting{"PowerDelta1", number},
    Setting{"SaveData", number},       Setting{"SerialLog", number},
    Setting{"WifiConfig", number},     Setting{"LedState", number},
    Setting{"VoltageCal", number},     Setting{"CurrentCal", number},
    Setting{"PowerCal", number},
};

constexpr std::string_view set_option = "SetOption";
constexpr int last_set_option = 182;
/// MQTT on or off: the one SetOption that restarts the plug.
constexpr int set_option_mqtt = 3;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::optional<int> decimal(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool leading_zero(std::string_view digits) {
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  return digits.size() > 1 && digits.front() == '0';
}

/// Names of the answers that stand for numbers (facts §4).
std::optional<int> word_value(std::string_view word) {
  const auto name = lower(word);
  if (name == "off") return 0;
  if (name == "on") return 1;
  return decimal(word);
}

/// Minutes of "9", "-3", "9:30", "+02:00"; 99 = the time zone's own rules.
std::optional<int> zone_minutes(std::string_view text) {
  if (text == "99") return 99 * 60;
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  const auto colon = text.find(':');
  const auto hours = decimal(text.substr(0, colon));
  const auto minutes =
      colon == std::string_view::npos ? std::optional(0) : decimal(text.substr(colon + 1));
  if (!hours || !minutes || *hours < 0 || *hours > 14 || *minutes < 0 || *minutes > 59)
    return std::nullopt;
  const int value = *hours * 60 + *minutes;
  return minus ? -value : value;
}

std::string number_problem(std::string_view value) {
  if (leading_zero(value))
    return fmt::format("'{}' has a leading zero, and the firmware would read it as octal", value);
  if (!decimal(value)) return fmt::format("'{}' is no integer", value);
  return {};
}

std::string zone_problem(std::string_view value) {
  if (leading_zero(value.substr(0, value.find(':'))))
    return fmt::format("'{}' has a leading zero, and the firmware would read it as octal", value);
  if (!zone_minutes(value)) return fmt::format("'{}' is no time zone such as 1, 9:30 or 99", value);
  return {};
}

std::string text_problem(std::string_view value) {
  static constexpr std::array<std::string_view, 4> short_cuts{"0", "1", "2", "\""};
  if (value.empty()) return "an empty text would be a query";
  if (std::ranges::find(short_cuts, value) != short_cuts.end())
    return fmt::format("'{}' alone means clear or default to the firmware", value);
  if (value == "?") return "'?' alone is a query";
  if (value.front() == ' ' || value.back() == ' ')
    return "the firmware drops blanks at both ends of a text";
  return {};
}

bool text_is(const nlohmann::json& shown, const Setting& setting, std::string_view value) {
  if (setting.kind == time_zone) {
    const auto text = shown.is_string()   ? shown.get<std::string>()
                      : shown.is_number() ? shown.dump()
                                          : "";
    return zone_minutes(text) && zone_minutes(text) == zone_minutes(value);
  }
  if (setting.kind == text) return shown.is_string() && shown.get<std::string>() == value;
  const auto wanted = decimal(value);
  if (!wanted) return false;
  if (shown.is_number()) return shown.get<double>() == *wanted;
  return shown.is_string() && word_value(shown.get<std::string>()) == wanted;
}

}  // namespace

std::optional<Setting> find_setting(std::string_view name) {
  const auto wanted = lower(name);
  for (const auto& setting : settings)
    if (lower(setting.name) == wanted) return setting;
  if (!wanted.starts_with(lower(set_option))) return std::nullopt;
  const auto digits = name.substr(set_option.size());
  const auto index = decimal(digits);
  if (!index || leading_zero(digits) || *index < 0 || *index > last_set_option) return std::nullopt;
  return Setting{name, number, *index == set_option_mqtt};
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  names.reserve(settings.size() + 1);
  for (const auto& setting : settings) names.emplace_back(setting.name);
  names.emplace_back("SetOption65");
  return names;
}

std::string argument_problem(std::string_view argument) {
  // The console stores bytes 32…126 only, and a line of at most 799 (facts §2).
  constexpr std::size_t longest_line = 799;
  if (argument.size() > longest_line) return "it is longer than a line of the console";
  const bool plain = std::ranges::all_of(argument, [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? "" : "the console takes printable ASCII characters only";
}

std::string value_problem(const Setting& setting, std::string_view value) {
  if (auto problem = argument_problem(value); !problem.empty()) return problem;
  switch (setting.kind) {
    case number:
      return number_problem(value);
    case time_zone:
      return zone_problem(value);
    case text:
      return text_problem(value);
  }
  return {};
}

bool setting_is(const nlohmann::json& answer, const Setting& setting, std::string_view value) {
  const auto* shown = member(answer, setting.name);
  if (shown == nullptr) return false;
  if (!shown->is_object()) return text_is(*shown, setting, value);
  // {"WifiConfig":{"4":"Retry"}}: the number is the one member's name.
  return shown->size() == 1 && text_is(nlohmann::json(shown->begin().key()), setting, value);
}

bool contains_json(const nlohmann::json& whole, const nlohmann::json& part) {
  if (part.is_object()) {
    if (!whole.is_object()) return false;
    const auto items = part.items();
    return std::all_of(items.begin(), items.end(), [&](const auto& item) {
      const auto found = whole.find(item.key());
      return found != whole.end() && contains_json(*found, item.value());
    });
  }
  return whole == part;
}

}  // namespace plugrig::steps
