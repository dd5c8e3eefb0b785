#include "rig/core/yaml_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace plugrig::yaml {

SourcePlace TreeBuilder::place_of(const YAML::Mark& mark) const {
  if (mark.is_null()) return lines_.clamp({std::numeric_limits<int>::max(), 1});
  return lines_.clamp({mark.line + 1, mark.column + 1});
}

bool TreeBuilder::in_block_scalar(int line) const {
  return std::ranges::any_of(
      blocks_, [line](const LineRange& r) { return line > r.first && line < r.last; });
}

SourcePlace TreeBuilder::open_bracket() const {
  for (auto open = stack_.rbegin(); open != stack_.rend(); ++open) {
    const std::string_view rest = lines_.rest(open->node.place);
    if (rest.starts_with('[') || rest.starts_with('{')) return open->node.place;
  }
  return {};
}

void TreeBuilder::begin(SourcePlace place, YAML::anchor_t anchor) {
  if (in_block_) blocks_.back().last = place.line;
  in_block_ = false;
  const std::string_view rest = lines_.rest(place);
  if (anchor != 0) {
    problems_.error(file_, place, "anchors (&name) are not allowed",
                    "put a text that begins with '&' into quotes");
  }
  if (rest.starts_with('!')) {
    problems_.error(file_, place, "tags (!name) are not allowed",
                    "put a text that begins with '!' into quotes");
  }
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& /*mark*/) {}

void TreeBuilder::OnDocumentEnd() {
  if (in_block_) blocks_.back().last = lines_.count() + 1;
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  SourcePlace place = place_of(mark);
  // The library places a missing value wherever it stopped looking: the key is a better place.
  const bool of_key = !stack_.empty() && stack_.back().node.kind == Kind::map && !expects_key();
  const std::string_view rest = lines_.rest(place);
  const bool written = rest.starts_with('~') || rest.starts_with("null") ||
                       rest.starts_with("Null") || rest.starts_with("NULL");
  begin(place, anchor);
  if (!written) place = of_key ? stack_.back().key_place : lines_.last_before(place);
  Node node;
  node.place = place;
  add(std::move(node));
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) {
  const SourcePlace place = place_of(mark);
  begin(place, 0);
  problems_.error(file_, place, "aliases (*name) are not allowed",
                  "write the value out, or put it into quotes");
  Node node;
  node.kind = Kind::scalar;
  node.place = place;
  node.quoted = true;
  if (expects_key()) node.text = std::string(lines_.rest(place));  // unlike the other keys
  add(std::move(node));
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  const SourcePlace place = place_of(mark);
  begin(place, anchor);
  Node node;
  node.kind = Kind::scalar;
  node.place = place;
  node.text = value;
  node.quoted = tag != "?";
  const std::string_view rest = lines_.rest(place);
  if (node.quoted && (rest.starts_with('|') || rest.starts_with('>'))) {
    in_block_ = true;
    blocks_.push_back({place.line, place.line});
  }
  const bool quote = rest.starts_with('\'') || rest.starts_with('"');
  if (quote && !lines_.closes_quote(place)) throw Halt{place, unclosed_quote()};
  add(std::move(node));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
  open(Kind::list, mark, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/,
                             YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
  open(Kind::map, mark, anchor);
}

void TreeBuilder::OnSequenceEnd() { close(); }

void TreeBuilder::OnMapEnd() { close(); }

void TreeBuilder::open(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
  const SourcePlace place = place_of(mark);
  if (stack_.size() >= deepest) throw Halt{place, {"nested more than 64 deep", ""}};
  begin(place, anchor);
  Open fresh;
  fresh.node.kind = kind;
  fresh.node.place = place;
  fresh.expects_key = kind == Kind::map;
  stack_.push_back(std::move(fresh));
}

void TreeBuilder::close() {
  Node node = std::move(stack_.back().node);
  stack_.pop_back();
  add(std::move(node));
}

void TreeBuilder::add(Node node) {
  if (stack_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = stack_.back();
  if (parent.node.kind == Kind::list) {
    parent.node.items.push_back(std::move(node));
  } else if (parent.expects_key) {
    add_key(node);
    parent.expects_key = false;
  } else {
    if (!parent.drops_value) {
      parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
    }
    parent.expects_key = true;
  }
}

void TreeBuilder::add_key(const Node& node) {
  Open& map = stack_.back();
  map.key = node.text;
  map.key_place = node.place;
  map.drops_value = true;
  if (node.kind == Kind::map && lines_.rest(map.node.place).starts_with("{{")) {
    problems_.error(file_, map.node.place, "a variable outside quotes reads as a map",
                    "write \"{{ name }}\"");
  } else if (node.kind != Kind::scalar) {
    problems_.error(file_, node.place, "a key must be a text",
                    node.kind == Kind::null ? "write the key in quotes" : "");
  } else if (node.text == "<<" && !node.quoted) {
    problems_.error(file_, node.place, "merge keys (<<) are not allowed", "write the keys out");
  } else if (const auto first = std::ranges::find(map.node.entries, node.text, &Entry::key);
             first != map.node.entries.end()) {
    problems_.error(file_, node.place, fmt::format("key {} is repeated", in_quotes(node.text)),
                    fmt::format("the first is in line {}", first->key_place.line));
  } else {
    map.drops_value = false;
  }
}

}  // namespace plugrig::yaml
