#include <array>

#include "drivers/api/chip_flasher.hpp"
#include "drivers/api/control_lines.hpp"

namespace plugrig {

std::string_view to_string(Signal signal) {
  static constexpr std::array<std::string_view, 2> names{"DTR", "RTS"};
  return names.at(static_cast<std::size_t>(signal));
}

std::string_view to_string(FlashMode mode) {
  static constexpr std::array<std::string_view, 4> names{"qio", "qout", "dio", "dout"};
  return names.at(static_cast<std::size_t>(mode));
}

}  // namespace plugrig
