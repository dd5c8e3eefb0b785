#include <array>

#include "drivers/api/chip_flasher.hpp"
#include "drivers/api/control_lines.hpp"

namespace plugrig {

namespace {

constexpr std::array<std::string_view, 9> signal_names{"dtr",       "rts",       "gpio0",
                                                       "reset",     "power_3v3", "button",
                                                       "lamp_pass", "lamp_fail", "uart_isolate"};

}  // namespace

std::string_view to_string(Signal signal) {
  if (signal == Signal::dtr) return "DTR";
  if (signal == Signal::rts) return "RTS";
  return signal_names.at(static_cast<std::size_t>(signal));
}

std::optional<Signal> signal_named(std::string_view name) {
  for (std::size_t i = 0; i < signal_names.size(); ++i)
    if (signal_names[i] == name) return static_cast<Signal>(i);
  return std::nullopt;
}

std::string_view to_string(FlashMode mode) {
  static constexpr std::array<std::string_view, 4> names{"qio", "qout", "dio", "dout"};
  return names.at(static_cast<std::size_t>(mode));
}

}  // namespace plugrig
