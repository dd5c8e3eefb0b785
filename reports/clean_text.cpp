#include "reports/clean_text.hpp"

#include <nlohmann/json.hpp>

namespace plugrig {

std::string clean_text(std::string_view text) {
  using nlohmann::json;
  // The JSON library replaces what is no UTF-8.
  const auto valid = json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
  auto clean = json::parse(valid).get<std::string>();
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) c = '?';
  }
  return clean;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : clean_text(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string xml_escaped(std::string_view text) {
  auto out = html_escaped(text);
  for (const auto* none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (auto at = out.find(none); at != std::string::npos; at = out.find(none))
      out.replace(at, 3, "?");
  return out;
}

}  // namespace plugrig
