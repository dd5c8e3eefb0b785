#include "reports/text_columns.hpp"

#include <algorithm>

namespace plugrig {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the first `columns` characters.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size() && columns > 0) {
    ++at;
    while (at < text.size() && continues(text[at])) ++at;
    --columns;
  }
  return at;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    // Control characters would move the cursor of the terminal that shows this.
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t used = text_width(text);
  if (used < width) out.append(width - used, ' ');
  return out;
}

std::string shortened_middle(std::string_view text, std::size_t width) {
  const std::size_t full = text_width(text);
  if (full <= width) return std::string(text);
  if (width <= 1) return "…";
  const std::size_t tail = (width - 1) / 2;
  std::string out(text.substr(0, bytes_of(text, width - 1 - tail)));
  out += "…";
  out += text.substr(bytes_of(text, full - tail));
  return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  width = std::max<std::size_t>(width, 1);
  std::vector<std::string> lines(1);
  for (std::string word : words_of(text)) {
    const std::size_t used = text_width(lines.back());
    if (used > 0 && used + 1 + text_width(word) <= width) {
      lines.back() += " " + word;
      continue;
    }
    if (used > 0) lines.emplace_back();
    while (text_width(word) > width) {
      const std::size_t cut = bytes_of(word, width);
      lines.back() = word.substr(0, cut);
      lines.emplace_back();
      word.erase(0, cut);
    }
    lines.back() = std::move(word);
  }
  return lines;
}

}  // namespace plugrig
