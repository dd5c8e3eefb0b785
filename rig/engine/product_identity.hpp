#pragma once

#include <string>
#include <vector>

#include "rig/core/field_spec.hpp"
#include "rig/core/problem.hpp"
#include "rig/engine/serial_rules.hpp"

namespace plugrig {

/// The label that a unit gets after PASS.
struct LabelRules {
  double width_mm = 0, height_mm = 0;  ///< both 0 = not stated
  int dpi = 203;                       ///< of the label printer
  /// The label must be scanned after it was stuck on; units without count in the batch.
  bool scan_back_required = false;
  [[nodiscard]] bool stated() const { return width_mm > 0 && height_mm > 0; }
};

/// Keys of `serial` and `label` in a product file.
std::vector<FieldSpec> serial_fields();
std::vector<FieldSpec> label_fields();

/// `serial: mac`, or the map with pattern, check digit, range and an example, which must keep the
/// rules that it is an example of. Problems carry their places.
SerialRules read_serial_rules(const yaml::Node& node, const std::string& file, Problems& problems,
                              const Variables& variables);
LabelRules read_label_rules(const yaml::Node& node, const std::string& file, Problems& problems,
                            const Variables& variables);

}  // namespace plugrig
