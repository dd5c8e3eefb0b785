#include "drivers/esp/boot_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace plugrig::esp {
namespace {

bool is_text(std::uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\r' || byte == '\n' || byte == '\t';
}

/// The number right after `key` in `text`, or -1.
int number_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return -1;
  const std::string_view digits = text.substr(at + key.size());
  int value = -1;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return result.ec == std::errc{} && value >= 0 ? value : -1;
}

std::vector<BootLine> find_lines(std::string_view text) {
  constexpr std::string_view kCause = "rst cause:";
  std::vector<BootLine> lines;
  for (std::size_t at = text.find(kCause); at != std::string_view::npos;
       at = text.find(kCause, at + 1)) {
    const std::size_t end = text.find(kCause, at + 1);
    const std::string_view part = text.substr(at, end == std::string_view::npos ? end : end - at);
    lines.push_back({number_after(part, kCause), number_after(part, "boot mode:(")});
  }
  return lines;
}

}  // namespace

BootText parse_boot_text(std::span<const std::uint8_t> bytes) {
  const std::string text(bytes.begin(), bytes.end());
  const auto has = [&text](std::string_view part) { return text.find(part) != std::string::npos; };
  BootText out;
  out.lines = find_lines(text);
  out.loader_started = has("load 0x");
  out.checksum_error = has("csum err");
  out.rom_gave_up = has("ets_main.c");
  out.handed_over = has("~ld");
  const auto readable = std::count_if(bytes.begin(), bytes.end(), is_text);
  // A reset makes a spurious byte or two; a wrong rate spoils most of some 60.
  out.garbage = out.lines.empty() && bytes.size() >= 8 &&
                static_cast<std::size_t>(readable) * 4 < bytes.size() * 3;
  out.printable = to_printable(bytes);
  return out;
}

bool looks_like_slower_text(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kEnough = 24;
  if (bytes.size() < kEnough) return false;
  const auto is_one_edge = [](std::uint8_t byte) {
    // Least significant bit first on the wire: zeros, then ones = 00, 80, C0, … FE.
    const unsigned zeros_then_ones = ~static_cast<unsigned>(byte) & 0xFFU;
    return byte != 0xFF && (zeros_then_ones & (zeros_then_ones + 1)) == 0;
  };
  const auto zeros = std::count(bytes.begin(), bytes.end(), 0);
  const auto edges = std::count_if(bytes.begin(), bytes.end(), is_one_edge);
  const auto size = static_cast<std::ptrdiff_t>(bytes.size());
  return edges * 5 >= size * 4 && zeros * 10 >= size;
}

std::string to_printable(std::span<const std::uint8_t> bytes, std::size_t limit) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\n') {
      out += '\n';
    } else if (byte == '\t' || (byte >= 0x20 && byte < 0x7F)) {
      out += static_cast<char>(byte);
    } else if (byte != '\r') {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  if (out.size() > limit) out.erase(0, out.size() - limit);
  return out;
}

std::string to_hex(std::span<const std::uint8_t> bytes, std::size_t limit) {
  if (bytes.size() > limit) bytes = bytes.last(limit);
  return fmt::format("{:02x}", fmt::join(bytes, " "));
}

std::string reset_cause_text(int cause) {
  static constexpr std::array<std::string_view, 7> names{
      "none",           "power-on",          "external reset",
      "software reset", "hardware watchdog", "deep-sleep wake",
      "deep-sleep wake"};
  if (cause < 0 || cause >= static_cast<int>(names.size())) return fmt::format("cause {}", cause);
  return fmt::format("{} ({})", names.at(static_cast<std::size_t>(cause)), cause);
}

}  // namespace plugrig::esp
