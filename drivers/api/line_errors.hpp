#pragma once

#include <vector>

#include "drivers/api/uart.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {

/// A port that can tell what happened on its line below the level of bytes. What a `Uart` may be
/// besides; few are.
class LineErrorSource {
 public:
  virtual ~LineErrorSource() = default;
  /// Framing errors, parity errors, breaks and overruns since the port was opened, one piece of
  /// evidence a kind; empty when there were none.
  [[nodiscard]] virtual std::vector<Evidence> line_errors() const = 0;
};

/// `line_errors()` of a port that can tell; empty for any other.
std::vector<Evidence> line_errors_of(const Uart& uart);

}  // namespace plugrig
