#pragma once

#include <cstdint>
#include <string>

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
  std::string name;  ///< "gosund-ep2"; empty when the sequence describes the plug itself
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
  std::string sha256;  ///< of the product file
};

}  // namespace plugrig
