#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/problem.hpp"

namespace plugrig::yaml {

enum class Kind : std::uint8_t { null, scalar, map, list };

struct Entry;

/// One value of a document: plain data that knows its place. Scalars stay text until a field
/// table says what they should be.
struct Node {
  Kind kind = Kind::null;
  SourcePlace place;
  std::string text;            ///< scalars
  bool quoted = false;         ///< scalar was quoted or a block scalar: never a number or a boolean
  std::vector<Entry> entries;  ///< maps, in file order, keys unique
  std::vector<Node> items;     ///< lists

  /// The value of `key`, or nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  SourcePlace key_place;
  Node value;
};

/// A file read: its name as the user typed it, and its tree.
struct Document {
  std::string file;
  Node root;
};

/// Parses `text`. Every problem goes to `problems`: syntax, duplicate keys, keys that are not
/// scalars, anchors, aliases, tags, merge keys, more than one document, tabs. Returns what could
/// be read (root.kind == null when nothing could).
Document parse(std::string file, std::string text, Problems& problems);

/// Reads and parses a file. A file that cannot be read is a problem too.
Document load(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::yaml
