#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// A question to the person at the bench.
struct OperatorPrompt {
  std::string slot;
  std::string text;  ///< what to do or to read, one or two sentences
  std::string unit;  ///< of the value asked for ("V", "Ohm"), or empty for a confirmation
  std::optional<double> low, high;  ///< values outside are asked for again
};

/// A person as instrument. Callable from several slot threads; one prompt is shown at a time.
/// Waits as long as the deadline allows: Fault `operator.no_answer` (operator). Throws `Stopped`.
class Operator {
 public:
  virtual ~Operator() = default;
  /// Fault `operator.refused` (operator) when the person says no.
  virtual void confirm(const OperatorPrompt& prompt, const Deadline& deadline) = 0;
  /// A value in `prompt.unit`.
  virtual double value(const OperatorPrompt& prompt, const Deadline& deadline) = 0;
};

}  // namespace plugrig
