#include "sequences/steps/flash_range.hpp"

#include <charconv>

namespace plugrig::steps {
namespace {

/// First sector of Tasmota's non-image area on 1 MiB (ESP8266 flashing notes, "Tasmota on 1 MiB").
constexpr std::uint32_t settings_start = 0xF3000;

std::optional<std::uint32_t> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<FlashRange> parse_flash_range(std::string_view text, std::uint32_t flash_bytes) {
  if (text == "all") return FlashRange{0, flash_bytes};
  if (text == "settings") {
    if (flash_bytes <= settings_start) return std::nullopt;
    return FlashRange{settings_start, flash_bytes - settings_start};
  }
  const auto plus = text.find('+');
  if (plus == std::string_view::npos) return std::nullopt;
  const auto offset = number(text.substr(0, plus));
  const auto length = number(text.substr(plus + 1));
  if (!offset || !length || *length == 0) return std::nullopt;
  if (*offset > flash_bytes || *length > flash_bytes - *offset) return std::nullopt;
  return FlashRange{*offset, *length};
}

}  // namespace plugrig::steps
