#include "drivers/serial/ftdi/inverted_lines.hpp"

#include <array>

namespace plugrig::ftdi {

std::optional<std::vector<std::string_view>> inverted_lines(ChipKind chip,
                                                            const EepromImage& image) {
  constexpr std::array<std::string_view, 8> signals{"TXD", "RXD", "RTS", "CTS",
                                                    "DTR", "DSR", "DCD", "RI"};
  constexpr std::size_t word = 0x0B / 2;  // its high byte
  if (chip != ChipKind::ft232r || image.state != EepromImage::State::valid ||
      image.words.size() <= word)
    return std::nullopt;
  const unsigned bits = image.words[word] >> 8U;
  std::vector<std::string_view> inverted;
  for (std::size_t pin = 0; pin < signals.size(); ++pin)
    if ((bits >> pin & 1U) != 0) inverted.push_back(signals.at(pin));
  return inverted;
}

}  // namespace plugrig::ftdi
