#include "drivers/tasmota/console_line.hpp"

#include <charconv>
#include <utility>

namespace plugrig::tasmota {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Whether `text` has this shape: d = digit, A = capital, anything else stands for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool fits = shape[i] == 'd'   ? is_digit(text[i])
                      : shape[i] == 'A' ? is_upper(text[i])
                                        : text[i] == shape[i];
    if (!fits) return false;
  }
  return true;
}

constexpr std::string_view stamp_shape = "dd:dd:dd.ddd";
constexpr std::string_view tag_shape = " AAA: ";
/// A tag at the end of a line whose text is empty may have lost its blank.
constexpr std::string_view bare_tag_shape = " AAA:";
constexpr std::string_view retained_mark = " (retained)";

struct Stamp {
  std::size_t length = 0;  ///< of stamp, heap and tag; 0 = no stamp
  std::optional<int> heap_kB;
  std::string_view tag;
};

Stamp stamp_at(std::string_view text) {
  if (!has_shape(text, stamp_shape)) return {};
  std::size_t at = stamp_shape.size();
  Stamp stamp;
  if (has_shape(text.substr(at), "-d")) {
    int heap = 0;
    const char* const first = text.data() + at + 1;
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), heap);
    if (error != std::errc{}) return {};
    stamp.heap_kB = heap;
    at = static_cast<std::size_t>(end - text.data());
  }
  const std::string_view rest = text.substr(at);
  if (has_shape(rest, tag_shape)) {
    stamp.length = at + tag_shape.size();
  } else if (rest.size() == bare_tag_shape.size() && has_shape(rest, bare_tag_shape)) {
    stamp.length = at + bare_tag_shape.size();
  } else {
    return {};
  }
  stamp.tag = rest.substr(1, 3);
  return stamp;
}

/// The banner has a stamp but no tag: "00:00:00.094 Project tasmota - Tasmota Version …".
bool is_banner(std::string_view text) {
  const std::size_t at = text.find("Project ");
  return at != std::string_view::npos && text.find(" Version ", at) != std::string_view::npos;
}

void read_body(ConsoleLine& line) {
  const std::size_t equals = line.body.find(" = ");
  if (equals == std::string::npos) return;
  const std::string_view path = std::string_view(line.body).substr(0, equals);
  // A path has no blanks: other texts may well contain " = ".
  if (path.empty() || path.find(' ') != std::string_view::npos) return;
  line.message = std::string(path.substr(path.rfind('/') + 1));
  line.payload = line.body.substr(equals + 3);
  if (line.payload.ends_with(retained_mark)) {
    line.payload.resize(line.payload.size() - retained_mark.size());
  }
}

std::size_t banner_start(std::string_view text) {
  const std::size_t project = text.find("Project ");
  const std::size_t with_stamp = stamp_shape.size() + 1;
  if (project >= with_stamp && has_shape(text.substr(project - with_stamp), stamp_shape)) {
    return project - with_stamp;
  }
  return project;
}

}  // namespace

std::size_t next_stamp(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at + stamp_shape.size() < text.size(); ++at) {
    if (stamp_at(text.substr(at)).length > 0) return at;
  }
  return std::string_view::npos;
}

ConsoleLine parse_console_line(std::string_view text) {
  ConsoleLine line;
  const std::size_t start = next_stamp(text, 0);
  if (start == std::string_view::npos) {
    line.banner = is_banner(text);
    if (line.banner) text.remove_prefix(banner_start(text));
    line.text = std::string(text);
    return line;
  }
  text.remove_prefix(start);
  const Stamp stamp = stamp_at(text);
  line.text = std::string(text);
  line.stamped = true;
  line.heap_kB = stamp.heap_kB;
  line.tag = std::string(stamp.tag);
  line.body = std::string(text.substr(stamp.length));
  read_body(line);
  return line;
}

std::vector<ConsoleLine> LineAssembler::take() {
  std::vector<ConsoleLine> lines;
  const std::string whole = std::exchange(partial_, {});
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::size_t start = next_stamp(rest, 0);
    const std::size_t next =
        start == std::string_view::npos ? start : next_stamp(rest, start + stamp_shape.size());
    ConsoleLine line = parse_console_line(rest.substr(0, next));
    rest = next == std::string_view::npos ? std::string_view{} : rest.substr(next);
    if (line.stamped || line.banner) booting_ = false;
    if (booting_) {
      dropped_ += line.text.size();
    } else {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace plugrig::tasmota
