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
  /// First character; of a map its first key (or '{'), of a missing value its key.
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

/// Parses `text` (UTF-8, at most 1 MiB, nested at most 64 deep). Every problem goes to `problems`,
/// which learns the text too: syntax, repeated keys (the first value stays), keys that are not
/// scalars, anchors, aliases, tags, merge keys, more than one document, tabs in the indentation,
/// control characters. After a syntax error nothing behind it can be judged: root.kind is null
/// then, and callers should not go on to look for missing keys.
Document parse(std::string file, std::string text, Problems& problems);

/// Reads and parses a file. A file that cannot be read is a problem too (and the root null).
Document load(const std::filesystem::path& path, Problems& problems);

}  // namespace plugrig::yaml
