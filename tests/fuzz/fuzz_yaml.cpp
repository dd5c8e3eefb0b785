// YAML reader and field tables: no crash on any bytes; every place lies within the text; the
// problems can be rendered, and what is rendered is clean text; no file is refused without a
// reason.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/field_spec.hpp"

namespace {

using plugrig::FieldSpec;
using plugrig::FieldType;
using plugrig::Problems;
using plugrig::SourcePlace;
using plugrig::yaml::Kind;
using plugrig::yaml::Node;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

std::vector<std::size_t> line_lengths(std::string_view text) {
  std::vector<std::size_t> lengths{0};
  for (const char c : text) {
    if (c == '\n') {
      lengths.push_back(0);
    } else {
      ++lengths.back();
    }
  }
  return lengths;
}

/// Walks the tree and checks each place and the depth.
class Walk {
 public:
  explicit Walk(std::string_view text) : lengths_(line_lengths(text)) {}

  void place(SourcePlace place) const {
    require(place.line >= 1 && static_cast<std::size_t>(place.line) <= lengths_.size(),
            "line outside the text");
    const std::size_t length = lengths_[static_cast<std::size_t>(place.line - 1)];
    require(place.column >= 1 && static_cast<std::size_t>(place.column) <= length + 1,
            "column outside the line");
  }

  void node(const Node& node, int depth) const {
    require(depth <= 65, "deeper than the limit");
    place(node.place);
    for (const Node& item : node.items) this->node(item, depth + 1);
    for (const auto& entry : node.entries) {
      place(entry.key_place);
      this->node(entry.value, depth + 1);
      require(node.find(entry.key) == &entry.value, "keys are not unique");
    }
  }

 private:
  std::vector<std::size_t> lengths_;
};

std::vector<FieldSpec> every_type() {
  std::vector<FieldSpec> table;
  for (int type = 0; type <= static_cast<int>(FieldType::maps); ++type) {
    FieldSpec spec;
    spec.type = static_cast<FieldType>(type);
    // Files would make the outcome depend on the disk.
    if (spec.type == FieldType::file || spec.type == FieldType::out_file) continue;
    spec.name = to_string(spec.type);
    spec.choices = {"on", "off"};
    spec.required = type % 2 == 0;
    table.push_back(spec);
  }
  return table;
}

void check_render(const Problems& problems) {
  for (const char c : problems.render()) {
    const auto byte = static_cast<unsigned char>(c);
    require(byte >= 0x20 || c == '\n' || c == '\t', "control character in rendered problems");
    require(byte != 0x7F, "delete character in rendered problems");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Problems problems;
  const auto document = plugrig::yaml::parse("f.yaml", text, problems);
  const std::string_view shown =
      text.starts_with("\xEF\xBB\xBF") ? std::string_view(text).substr(3) : std::string_view(text);
  const Walk walk(shown);
  if (document.root.kind != Kind::null) walk.node(document.root, 0);

  plugrig::Variables variables;
  variables.values = {{"a", "1"}, {"duration", "60 s"}};
  variables.deferred_prefixes = {"unit."};
  const auto values =
      read_fields(document.root, every_type(), "the map", "f.yaml", problems, variables);
  for (const auto& [name, value] : values.all()) walk.place(value.place);
  for (const auto& problem : problems.all()) {
    if (problem.place.line != 0) walk.place(problem.place);
    require(!problem.message.empty(), "problem without a message");
  }
  check_render(problems);
  return 0;
}
