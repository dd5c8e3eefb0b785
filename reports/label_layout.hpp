#pragma once

#include <string>
#include <vector>

#include "reports/label.hpp"

namespace plugrig {

/// One line of text on a label, in mm from its upper left corner.
struct LabelLine {
  std::string text;
  double x_mm = 0, y_mm = 0;  ///< upper left corner of the letters
  double height_mm = 0;       ///< of a capital letter
  double widest_mm = 0;       ///< room; wider text is squeezed into it
  bool bold = false;
};

/// Where everything stands: the QR code at the left, as large as height allows and at most two
/// fifths of the width, the lines beside it.
struct LabelLayout {
  double qr_x_mm = 0, qr_y_mm = 0;
  double qr_mm = 0;  ///< side of the QR code with its quiet zone
  std::vector<LabelLine> lines;
};

/// Fills the label whatever its size: small labels get small letters.
LabelLayout lay_out(const LabelContent& label, const LabelSize& size);

}  // namespace plugrig
