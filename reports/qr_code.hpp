#pragma once

#include <string>
#include <vector>

namespace plugrig {

/// A QR code: `width` by `width` modules, row by row, true = dark; without the quiet zone of 4
/// modules that ISO/IEC 18004 asks for around it.
struct QrCode {
  int width = 0;
  std::vector<bool> dark;
  [[nodiscard]] bool at(int x, int y) const {
    return dark[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                static_cast<std::size_t>(x)];
  }
};

/// Error correction M (15 %), smallest version that holds `text`, 8-bit mode. Fault `label.qr`
/// (software) for a text that no QR code holds.
QrCode qr_code(const std::string& text);

}  // namespace plugrig
