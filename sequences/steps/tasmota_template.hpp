#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace plugrig::steps {

/// A template in the old form: exactly 13 GPIO entries, none above 255.
bool is_old_template(const nlohmann::json& value);

/// What the firmware makes of a template in the old form (facts "Tasmota as device under test"
/// §11): codes by the table, the ADC's function from FLAG, FLAG 0, NAME and BASE kept. A template
/// in the new form comes back as it is. Nothing when `value` is no template.
std::optional<nlohmann::json> as_new_template(const nlohmann::json& value);

/// What differs between the template that the plug shows and the one it should have, by parsed
/// values of NAME, GPIO, FLAG and BASE; empty when nothing does. Further members (ARCH, CMND) are
/// the firmware's own.
std::string template_difference(const nlohmann::json& shown, const nlohmann::json& wanted);

}  // namespace plugrig::steps
