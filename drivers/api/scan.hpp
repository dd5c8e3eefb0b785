#pragma once

#include <optional>
#include <string>

#include "rig/core/clock.hpp"

namespace plugrig {

/// What a bar-code scanner read: printable ASCII, at least one character.
struct Scan {
  std::string text;
  friend bool operator==(const Scan&, const Scan&) = default;
};

/// Where scans come from: a serial scanner, the keyboard, a file. One thread at a time uses it.
class ScanSource {
 public:
  virtual ~ScanSource() = default;
  /// The next scan; empty when the deadline passed first, or when there will be no further one
  /// (`over`). Blocks. Throws `Stopped`, and Fault `scanner.*` or `serial.*` when the scanner is
  /// lost.
  virtual std::optional<Scan> next(const Deadline& deadline) = 0;
  /// No scan will come any more.
  [[nodiscard]] virtual bool over() const { return false; }
};

}  // namespace plugrig
