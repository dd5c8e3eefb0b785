#include "sequences/steps/plug_character.hpp"

#include <fmt/format.h>

namespace plugrig::steps {

PlugCharacter read_character(StepContext& context, PlugLink& link) {
  return {link.command("Template", "", context.deadline()),
          link.command("Module", "", context.deadline())};
}

std::vector<std::string> lost_character(const PlugCharacter& before, const PlugCharacter& after) {
  std::vector<std::string> lost;
  if (before.shape != after.shape) lost.emplace_back("Template");
  if (before.module != after.module) lost.emplace_back("Module");
  return lost;
}

void check_character(const PlugCharacter& before, const PlugCharacter& after,
                     std::string_view what_happened) {
  const auto lost = lost_character(before, after);
  if (lost.empty()) return;
  throw Fault(
      "plug.settings_lost", Blame::unit,
      fmt::format("The plug's {} did not survive {}.", fmt::join(lost, " and "), what_happened),
      "A plug with this build forgets what it is; look at how it saves its settings.",
      {{"before", before.shape.dump() + before.module.dump()},
       {"after", after.shape.dump() + after.module.dump()}});
}

}  // namespace plugrig::steps
