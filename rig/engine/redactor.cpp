#include "rig/engine/redactor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace plugrig {
namespace {

/// Characters that RFC 3986 §2.3 leaves unescaped.
bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string url_escaped(std::string_view text, bool lower_case, bool plus_for_blank) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (unreserved(c)) {
      out += c;
    } else if (c == ' ' && plus_for_blank) {
      out += '+';
    } else if (lower_case) {
      out += fmt::format("%{:02x}", byte);
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

/// One code point of UTF-8 text, taken from its front; a byte that begins none stands for itself.
std::uint32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1 || length > text.size()) {
    text.remove_prefix(1);
    return first;
  }
  std::uint32_t point = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(length);
  return point;
}

std::string utf16_escape(std::uint32_t point) {
  if (point < 0x10000) return fmt::format("\\u{:04x}", point);
  const std::uint32_t rest = point - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
}

/// The short escapes of RFC 8259 §7.
char short_escape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

std::string json_escaped(std::string_view text, bool ascii_only, bool escape_slash) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    if (const char escape = short_escape(c); escape != '\0') {
      out += {'\\', escape};
    } else if (c == '/' && escape_slash) {
      out += "\\/";
    } else if (byte < 0x20) {
      out += utf16_escape(byte);
    } else if (byte >= 0x80 && ascii_only) {
      out += utf16_escape(take_code_point(text));
      continue;
    } else {
      out += c;
    }
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) add(secret);
}

void Redactor::add(std::string_view secret) {
  if (secret.empty()) return;
  std::vector<std::string> plain{std::string(secret)};
  for (const bool ascii : {false, true}) {
    for (const bool slash : {false, true}) plain.push_back(json_escaped(secret, ascii, slash));
  }
  for (const std::string& form : plain) {
    add_form(form);
    for (const bool lower : {false, true}) {
      for (const bool plus : {false, true}) add_form(url_escaped(form, lower, plus));
    }
  }
}

void Redactor::add_form(std::string form) {
  if (std::find(forms_.begin(), forms_.end(), form) != forms_.end()) return;
  const auto longer = std::find_if(forms_.begin(), forms_.end(), [&](const std::string& known) {
    return known.size() < form.size();
  });
  forms_.insert(longer, std::move(form));
}

std::string Redactor::clean(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const auto hit = std::find_if(forms_.begin(), forms_.end(),
                                  [&](const std::string& form) { return text.starts_with(form); });
    if (hit == forms_.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += kMark;
      text.remove_prefix(hit->size());
    }
  }
  return out;
}

}  // namespace plugrig
