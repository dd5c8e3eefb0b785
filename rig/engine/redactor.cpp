#include "rig/engine/redactor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace plugrig {
namespace {

constexpr std::size_t shortest_anywhere = 4;  ///< bytes; shorter secrets count only when alone
constexpr std::size_t proving_prefix = 16;    ///< bytes of a longer form that are enough

bool letter_or_digit(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || byte >= 0x80;
}

/// Characters that RFC 3986 §2.3 leaves unescaped.
constexpr std::string_view unreserved_signs = "-._~";
/// And those that browsers leave as well (encodeURIComponent).
constexpr std::string_view browser_signs = "-._~!'()*";

struct UrlStyle {
  std::string_view signs;
  bool lower_case = false;
  bool plus_for_blank = false;
};

bool plain_in_url(char c, std::string_view signs) {
  return static_cast<unsigned char>(c) < 0x80 &&
         (letter_or_digit(c) || signs.find(c) != std::string_view::npos);
}

std::string url_escaped(std::string_view text, const UrlStyle& style) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain_in_url(c, style.signs)) {
      out += c;
    } else if (c == ' ' && style.plus_for_blank) {
      out += '+';
    } else if (style.lower_case) {
      out += fmt::format("%{:02x}", byte);
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

std::string backlog_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ';') out += '\\';
    out += c;
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

std::string unicode_escape(std::uint32_t unit, bool upper_case) {
  return upper_case ? fmt::format("\\u{:04X}", unit) : fmt::format("\\u{:04x}", unit);
}

std::string utf16_escape(std::uint32_t point, bool upper_case) {
  if (point < 0x10000) return unicode_escape(point, upper_case);
  const std::uint32_t rest = point - 0x10000;
  return unicode_escape(0xD800 + (rest >> 10U), upper_case) +
         unicode_escape(0xDC00 + (rest & 0x3FFU), upper_case);
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

struct JsonStyle {
  bool ascii_only = false;
  bool escape_slash = false;
  bool upper_case = false;
};

std::string json_escaped(std::string_view text, const JsonStyle& style) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    if (const char escape = short_escape(c); escape != '\0') {
      out += {'\\', escape};
    } else if (c == '/' && style.escape_slash) {
      out += "\\/";
    } else if (byte < 0x20) {
      out += utf16_escape(byte, style.upper_case);
    } else if (byte >= 0x80 && style.ascii_only) {
      out += utf16_escape(take_code_point(text), style.upper_case);
      continue;
    } else {
      out += c;
    }
    text.remove_prefix(1);
  }
  return out;
}

/// How the firmware quotes a part that it took for a command: its first word in upper case.
std::string as_refused(std::string_view part) {
  std::string out(part);
  for (char& c : out) {
    if (c == ' ') break;
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

std::size_t common_length(std::string_view a, std::string_view b) {
  const auto [end, other] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(end - a.begin());
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) add(secret);
}

void Redactor::add(std::string_view secret) {
  if (secret.empty()) return;
  add_part(secret);
  if (secret.find(';') == std::string_view::npos) return;
  add_part(backlog_escaped(secret));
  for (std::size_t at = 0; at < secret.size();) {
    std::string_view part = secret.substr(at, secret.find(';', at) - at);
    at += part.size() + 1;
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    if (part.size() < shortest_anywhere) continue;
    add_part(part);
    add_part(as_refused(part));
  }
}

void Redactor::add_part(std::string_view part) {
  const bool alone = part.size() < shortest_anywhere;
  std::vector<std::string> plain{std::string(part)};
  for (const bool ascii : {false, true}) {
    for (const bool slash : {false, true}) {
      for (const bool upper : {false, true})
        plain.push_back(json_escaped(part, {ascii, slash, upper}));
    }
  }
  for (const std::string& form : plain) {
    add_form(form, alone);
    for (const std::string_view signs : {unreserved_signs, browser_signs}) {
      for (const bool lower : {false, true}) {
        for (const bool plus : {false, true}) {
          add_form(url_escaped(form, {signs, lower, plus}), alone);
        }
      }
    }
  }
}

void Redactor::add_form(std::string form, bool alone) {
  const auto known =
      std::ranges::find_if(forms_, [&](const Form& other) { return other.text == form; });
  if (known != forms_.end()) {
    known->alone = known->alone && alone;
    return;
  }
  begins_form_.at(static_cast<unsigned char>(form.front())) = true;
  const auto longer = std::ranges::find_if(
      forms_, [&](const Form& other) { return other.text.size() < form.size(); });
  forms_.insert(longer, Form{std::move(form), alone});
}

Redactor::Found Redactor::look_at(std::string_view text, char before, bool more) const {
  if (!begins_form_.at(static_cast<unsigned char>(text.front()))) return {};
  std::size_t cut = 0;  // longest beginning of a form that is enough to count
  std::size_t whole = 0;
  for (const Form& form : forms_) {
    if (form.alone && letter_or_digit(before)) continue;
    const std::size_t same = common_length(text, form.text);
    const bool all_of_text = same == text.size();
    if (same < form.text.size()) {
      if (all_of_text && more) return {Look::undecided};
      if (same >= proving_prefix && !form.alone) cut = std::max(cut, same);
    } else if (form.alone) {
      if (all_of_text && more) return {Look::undecided};
      if (all_of_text || !letter_or_digit(text[same])) whole = std::max(whole, same);
    } else {
      whole = std::max(whole, same);
    }
  }
  const std::size_t length = std::max(cut, whole);
  return length == 0 ? Found{} : Found{Look::secret, length};
}

std::string Redactor::clean(std::string_view text) const {
  StreamRedactor stream(*this);
  std::string out = stream.feed(text);
  out += stream.flush();
  return out;
}

std::string StreamRedactor::feed(std::string_view piece) {
  held_ += piece;
  return take(true);
}

std::string StreamRedactor::flush() {
  std::string out = take(false);
  before_ = '\0';
  return out;
}

std::string StreamRedactor::take(bool more) {
  std::string out;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const Redactor::Found found = redactor_.look_at(rest, before_, more);
    if (found.look == Redactor::Look::undecided) break;
    before_ = rest[found.length - 1];
    if (found.look == Redactor::Look::secret) {
      out += Redactor::kMark;
    } else {
      out += rest.front();
    }
    rest.remove_prefix(found.length);
  }
  held_ = std::string(rest);
  return out;
}

}  // namespace plugrig
