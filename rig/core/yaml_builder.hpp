#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <string>
#include <vector>

#include "rig/core/yaml.hpp"
#include "rig/core/yaml_text.hpp"

namespace plugrig::yaml {

/// Builds the tree of one document out of the YAML library's events and reports what the library
/// lets pass: repeated keys, keys that are no scalars, anchors, aliases, tags, merge keys; throws
/// Halt where reading on makes no sense: too deep, a quote that is never closed. The
/// library's low level events are used because its own tree keeps only the last of two equal keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  /// Deepest nesting of maps and lists.
  static constexpr std::size_t deepest = 64;
  struct Halt {
    SourcePlace place;
    SyntaxMessage why;
  };

  /// All references must outlive the builder.
  TreeBuilder(const std::string& file, const LineTable& lines, Problems& problems)
      : file_(file), lines_(lines), problems_(problems) {}

  [[nodiscard]] const Node& root() const { return root_; }
  [[nodiscard]] Node take_root() { return std::move(root_); }
  /// The innermost '[' or '{' that is still open, line 0 when there is none.
  [[nodiscard]] SourcePlace open_bracket() const;
  /// Lines (first, last) that may belong to a block scalar, where a leading tab is content.
  [[nodiscard]] bool in_block_scalar(int line) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override;
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  /// A map or list that is being filled.
  struct Open {
    Node node;
    bool expects_key = false;  ///< of a map
    bool drops_value = false;  ///< the value belongs to a key that was refused
    std::string key;
    SourcePlace key_place;
  };
  struct LineRange {
    int first;
    int last;
  };

  [[nodiscard]] SourcePlace place_of(const YAML::Mark& mark) const;
  /// A node begins at `place`: reports anchor and tag, ends a block scalar that ran before.
  void begin(SourcePlace place, YAML::anchor_t anchor);
  void open(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor);
  void close();
  void add(Node node);
  void add_key(const Node& node);
  [[nodiscard]] bool expects_key() const { return !stack_.empty() && stack_.back().expects_key; }

  const std::string& file_;
  const LineTable& lines_;
  Problems& problems_;
  Node root_;
  std::vector<Open> stack_;
  std::vector<LineRange> blocks_;
  bool in_block_ = false;
};

}  // namespace plugrig::yaml
