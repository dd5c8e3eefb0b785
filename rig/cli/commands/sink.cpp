#include "rig/cli/commands/command.hpp"
#include "rig/cli/screen/sinks.hpp"

namespace plugrig::cli {

std::unique_ptr<EventSink> make_sink(bool json, Console& console) {
  if (json) return make_json_sink(console.out);
  if (console.terminal) return make_terminal_sink(console.out, console.columns, console.colour);
  return make_plain_sink(console.out);
}

}  // namespace plugrig::cli
