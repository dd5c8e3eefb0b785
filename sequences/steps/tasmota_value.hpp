#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::steps {

/// What a setting's argument is, which decides how it may be written.
enum class SettingKind : unsigned char {
  number,    ///< integer; a leading zero would be read as octal
  text,      ///< stored as it is; single characters 0, 1, 2 and " mean clear and defaults
  time_zone  ///< hours, hours:minutes or 99
};

/// A setting of the firmware that the rig may write (facts "Tasmota as device under test" §10).
struct Setting {
  std::string_view name;  ///< as the manual spells it, with its index
  SettingKind kind = SettingKind::number;
  bool restarts = false;  ///< the plug restarts 1 s to 2 s after it was written
};

/// The setting of this name in any case, or nothing. SetOption0 … SetOption182 are numbers.
std::optional<Setting> find_setting(std::string_view name);
/// Names for messages about unknown ones.
std::vector<std::string> setting_names();

/// What the firmware would not take, or take for something else, when `value` is written to the
/// setting; empty when it is right. One sentence without a full stop.
std::string value_problem(const Setting& setting, std::string_view value);

/// The same for any text that goes over the console: bytes that the console throws away.
std::string argument_problem(std::string_view argument);

/// The setting in an answer of the plug equals `value`. Knows the answers' shapes:
/// {"VoltRes":1}, {"SetOption65":"ON"}, {"WifiConfig":{"4":"Retry"}}, {"Timezone":"+02:00"}.
bool setting_is(const nlohmann::json& answer, const Setting& setting, std::string_view value);

/// `part` is contained in `whole`: members of objects one by one, everything else as it is, numbers
/// by value.
bool contains_json(const nlohmann::json& whole, const nlohmann::json& part);

}  // namespace plugrig::steps
