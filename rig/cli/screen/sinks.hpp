#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include "rig/core/event.hpp"

namespace plugrig::cli {

/// One JSON object a line, flushed each.
std::unique_ptr<EventSink> make_json_sink(std::ostream& out);

/// One line for each thing worth one, for files and dumb terminals; progress every tenth only.
std::unique_ptr<EventSink> make_plain_sink(std::ostream& out);

/// One line a slot, redrawn in place, for a terminal of `columns` characters.
std::unique_ptr<EventSink> make_terminal_sink(std::ostream& out, int columns, bool colour);

}  // namespace plugrig::cli
