#include "sequences/steps/tasmota_secret.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sequences/steps/tasmota_value.hpp"

namespace plugrig::steps {
namespace {

/// {"Command":"Unknown","Input":"…"} shows this much of a line.
constexpr std::size_t shown_input = 63;
/// A piece shorter than this would blank out harmless text everywhere.
constexpr std::size_t shortest_piece = 8;

}  // namespace

void register_secret(StepContext& context, std::string_view command, const std::string& secret) {
  if (secret.empty()) return;
  context.add_secret(secret);
  const auto left = shown_input - std::min(shown_input, command.size() + 1);
  if (left >= shortest_piece && secret.size() > left) context.add_secret(secret.substr(0, left));
}

void check_secret(std::string_view what, const std::string& secret) {
  // Any text setting has the same rules; their messages would show a text that is too short.
  if (value_problem({"", SettingKind::text}, secret).empty()) return;
  throw Fault("tasmota.value", Blame::config,
              fmt::format("The firmware does not take the {} as it is.", what),
              "Use printable ASCII characters without blanks at the ends, and not 0, 1, 2, \" or ? "
              "alone.");
}

}  // namespace plugrig::steps
