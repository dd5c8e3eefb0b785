#include "drivers/tasmota/identity.hpp"

#include <fmt/format.h>

#include <charconv>

namespace plugrig::tasmota {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_hex(char c) { return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F'); }

constexpr std::size_t mac_digits = 12;

/// The twelve hexadecimal digits of a MAC, upper case; nothing when `mac` is none. Separators
/// stand between bytes only and are all of one kind.
std::optional<std::string> hex_digits(std::string_view mac) {
  std::string digits;
  const bool separated = mac.size() == 17;
  if (!separated && mac.size() != mac_digits) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    if (separated && i % 3 == 2) {
      if ((mac[i] != ':' && mac[i] != '-') || mac[i] != mac[2]) return std::nullopt;
    } else if (is_hex(mac[i])) {
      digits += upper(mac[i]);
    } else {
      return std::nullopt;
    }
  }
  return digits;
}

/// What the firmware makes of a text that becomes a host name.
std::string host_characters(std::string_view text) {
  std::string out;
  for (const char c : text) out += is_digit(c) || is_letter(c) || c == '.' ? c : '-';
  if (out.starts_with('-')) out.front() = 'x';
  return out;
}

}  // namespace

std::optional<std::string> normalised_mac(std::string_view mac) {
  auto digits = hex_digits(mac);
  if (!digits) return std::nullopt;
  for (std::size_t at = mac_digits - 2; at > 0; at -= 2) digits->insert(at, 1, ':');
  return digits;
}

std::optional<std::string> host_name_of(std::string_view mac, std::string_view topic) {
  constexpr unsigned kept_bits = 0x1FFF;
  const auto digits = hex_digits(mac);
  if (!digits) return std::nullopt;
  const std::string_view tail = std::string_view(*digits).substr(6);
  unsigned chip = 0;
  std::from_chars(tail.data(), tail.data() + tail.size(), chip, 16);
  return host_characters(fmt::format("{}-{:04}", topic, chip & kept_bits));
}

std::optional<Identity> identity_of(std::string_view mac) {
  const auto digits = hex_digits(mac);
  if (!digits) return std::nullopt;
  const std::string tail = digits->substr(6);
  Identity identity;
  identity.topic = "tasmota_" + tail;
  identity.host_name = host_name_of(mac, identity.topic).value_or("");
  identity.access_point = identity.host_name;
  identity.mqtt_client = "DVES_" + tail;
  return identity;
}

}  // namespace plugrig::tasmota
