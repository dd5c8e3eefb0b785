#include "rig/cli/screen/cells.hpp"

#include <locale.h>
#include <wchar.h>

#include <array>
#include <cstdint>
#include <utility>

namespace plugrig::cli {
namespace {

/// The C library knows how wide characters are, in a locale whose characters are UTF-8.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = uselocale(locale_);
  }
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    uselocale(before_);
    freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

struct Character {
  std::string_view bytes;
  int cells = 1;
  bool printable = false;
};

/// Calls `use` with each character of `text`, until it returns false.
template <class Use>
void each_character(std::string_view text, Use&& use) {
  const Utf8Locale locale;
  std::mbstate_t state{};
  while (!text.empty()) {
    wchar_t wide = 0;
    auto length = std::mbrtowc(&wide, text.data(), text.size(), &state);
    Character character;
    if (length == 0 || length > text.size()) {
      state = {};
      length = 1;
    } else if (const int cells = wcwidth(wide); cells >= 0) {
      character.cells = cells;
      character.printable = true;
    }
    character.bytes = text.substr(0, length);
    if (!use(character)) return;
    text.remove_prefix(length);
  }
}

struct Near {
  std::string_view beyond;
  std::string_view ascii;
};
constexpr std::array near_ascii{
    Near{"…", "~"},      Near{"·", "."},      Near{"→", ">"},  Near{"–", "-"},   Near{"−", "-"},
    Near{"±", "+-"},     Near{"≤", "<="},     Near{"≥", ">="}, Near{"Ω", "Ohm"}, Near{"°", " deg "},
    Near{"µ", "u"},      Near{"─", "-"},      Near{"‘", "'"},  Near{"’", "'"},   Near{"×", "x"},
    Near{"\u00A0", " "}, Near{"\u202F", " "}, Near{"✔", "OK"}, Near{"✖", "X"},   Near{"⚠", "!"},
    Near{"■", "#"},
};

std::string_view in_ascii(std::string_view character) {
  if (character.size() == 1) return character;
  for (const auto& [beyond, ascii] : near_ascii)
    if (character == beyond) return ascii;
  return "?";
}

std::string_view sgr_of(Style style, bool colour) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::inverse:
      return "\x1b[7m";
    case Style::pass:
      return colour ? "\x1b[1;97;42m" : "\x1b[1;7m";
    case Style::fail:
      return colour ? "\x1b[1;97;41m" : "\x1b[1;7m";
    case Style::rig_fault:
      return colour ? "\x1b[1;30;43m" : "\x1b[1;7m";
    case Style::stopped:
      return colour ? "\x1b[1;97;44m" : "\x1b[1;7m";
  }
  return "";
}

}  // namespace

int cells_of(std::string_view text) {
  int cells = 0;
  each_character(text, [&](const Character& character) {
    cells += character.cells;
    return true;
  });
  return cells;
}

std::string for_terminal(std::string_view text, bool ascii) {
  std::string out;
  each_character(text, [&](const Character& character) {
    if (!character.printable)
      out += '?';
    else
      out += ascii ? in_ascii(character.bytes) : character.bytes;
    return true;
  });
  return out;
}

std::string fitted(std::string_view text, int cells, bool ascii) {
  if (cells <= 0) return "";
  const int needed = cells_of(text);
  if (needed <= cells)
    return std::string(text) + std::string(static_cast<std::size_t>(cells - needed), ' ');
  std::string out;
  int used = 0;
  each_character(text, [&](const Character& character) {
    if (used + character.cells > cells - 1) return false;
    out += character.bytes;
    used += character.cells;
    return true;
  });
  out += ascii ? "~" : "…";
  // A character of two cells may not have had room.
  return out + std::string(static_cast<std::size_t>(cells - 1 - used), ' ');
}

Line fitted(const Line& line, int cells, bool ascii) {
  Line out;
  int left = cells;
  for (const auto& span : line) {
    const int width = cells_of(span.text);
    if (width <= left) {
      out.push_back(span);
      left -= width;
      continue;
    }
    if (left > 0) out.push_back({fitted(span.text, left, ascii), span.style});
    return out;
  }
  if (left > 0) out.push_back({std::string(static_cast<std::size_t>(left), ' '), Style::plain});
  return out;
}

std::string text_of(const Line& line) {
  std::string text;
  for (const auto& span : line) text += span.text;
  return text;
}

std::string ansi_of(const Line& line, bool colour) {
  std::string out;
  for (const auto& span : line) {
    const auto sgr = sgr_of(span.style, colour);
    out += sgr;
    out += span.text;
    if (!sgr.empty()) out += "\x1b[0m";
  }
  return out;
}

}  // namespace plugrig::cli
