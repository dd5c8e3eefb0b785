#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rig/core/field_spec.hpp"
#include "rig/core/problem.hpp"
#include "rig/core/yaml.hpp"
#include "rig/engine/product_identity.hpp"

namespace plugrig {

/// A number that must lie in a window; both 0 = not stated.
struct Window {
  double low = 0, high = 0;
  [[nodiscard]] bool stated() const { return high > low; }
  [[nodiscard]] bool holds(double value) const {
    return !stated() || (value >= low && value <= high);
  }
};

/// What is true of a product: a file of fixtures/plugs, or what a sequence says of its plug.
struct PlugInfo {
  std::string name;   ///< "gosund-ep2"; empty when the sequence describes the plug itself
  std::string title;  ///< "Gosund EP2"
  std::string chip;
  std::uint32_t flash_bytes = 0;  ///< 0 = not said
  std::string metering;
  double rated_V = 0, rated_A = 0, rated_W = 0;  ///< 0 = not stated
  std::string template_json;                     ///< as the firmware shows it
  std::string template_old_json;                 ///< old form of the public guide
  Window voltage_cal, current_cal, power_cal;    ///< plausible calibration constants
  /// PowerCal / (VoltageCal · CurrentCal).
  Window consistency;
  SerialRules serial;
  LabelRules label;
  std::string sha256;  ///< of the product file
};

/// The tables of a product file, outermost first; for the reader, the JSON Schema and the manual:
///
///     plug: gosund-ep2                  # as the file is called
///     title: Gosund EP2
///     chip: ESP8285
///     flash: 1 MB
///     metering: BL0937
///     ratings: {voltage: 230 V, current: 16 A, power: 3.68 kW}
///     template: '{"NAME":"Gosund EP2",…}'       # new form, as the firmware shows it
///     template_old: '{"NAME":…}'                # old form of the public guide
///     constants:
///       voltage_cal: {low: 1300, high: 2100}
///       current_cal: {low: 2800, high: 4200}
///       power_cal:   {low: 7500, high: 13500}
///       consistency: {low: 0.173 %, high: 0.191 %}  # PowerCal / (VoltageCal · CurrentCal)
///     serial: {pattern: "EP2-[0-9]{6}[0-9X]", check_digit: none, range: [EP2-0000010,
///     EP2-0999999]} label: {width: 50 mm, height: 25 mm, dpi: 203, scan_back: required}
struct ProductTable {
  std::string name;  ///< "product", "inline", "ratings", "constants", "window", "consistency",
                     ///< "serial", "label"
  std::vector<FieldSpec> fields;
};
const std::vector<ProductTable>& product_tables();

/// Reads a product file; everything wrong goes to `problems`. The result counts only when none of
/// it is an error.
PlugInfo load_product(const std::filesystem::path& path, Problems& problems);

/// What a sequence says of its plug itself: the same keys, none of them required.
PlugInfo read_inline_product(const yaml::Node& node, const std::string& file, Problems& problems,
                             const Variables& variables);

/// Reads `NAME.yaml` from the first of `folders` that has it; an unknown name is a problem at
/// `place` of `file`, with the nearest name that there is.
PlugInfo find_product(const std::string& name, const std::vector<std::filesystem::path>& folders,
                      const std::string& file, SourcePlace place, Problems& problems);

/// Values for `{{plug.NAME}}`: name, title, chip, flash (bytes), metering, template, template_old,
/// rated_voltage, rated_current, rated_power ("16 A"). What is not stated is not there.
std::map<std::string, std::string, std::less<>> product_variables(const PlugInfo& plug);

}  // namespace plugrig
