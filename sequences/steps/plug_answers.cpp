#include <fmt/format.h>

#include <algorithm>

#include "sequences/steps/answer_shapes.hpp"
#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// No firmware has a command of this name.
constexpr std::string_view kNoCommand = "PlugrigAsks";
constexpr std::size_t kToldOneByOne = 20;
/// For one answer. A console waits as long as it may for one that does not come.
constexpr Duration kAnswerLimit = seconds{10};

/// The shapes that the step asks for: all of the file, or those of its list.
std::vector<AnswerShape> wanted_shapes(const FieldValues& params) {
  auto known = load_answer_shapes(params.text("shapes"));
  if (!params.has("commands")) return known;
  std::vector<AnswerShape> wanted;
  for (const auto& command : params.list("commands")) {
    const auto found = std::ranges::find(known, command, &AnswerShape::command);
    if (found == known.end())
      throw Fault(
          "answers.file", Blame::config,
          fmt::format("{} does not say what '{}' must answer.", params.text("shapes"), command),
          "Add it to the file, or take it out of the sequence.");
    wanted.push_back(*found);
  }
  return wanted;
}

bool is_refusal(const Fault& fault) {
  return fault.id() == "plug.unknown_command" || fault.id() == "plug.command_error";
}

nlohmann::json ask(StepContext& context, PlugLink& link, const std::string& command) {
  const auto blank = command.find(' ');
  const auto argument = blank == std::string::npos ? std::string() : command.substr(blank + 1);
  return link.command(command.substr(0, blank), argument,
                      context.deadline().no_later_than(context.clock().now() + kAnswerLimit));
}

/// A plug that is gone answers nothing, and the fault is then that; one that answers something else
/// has not answered this.
void require_there(StepContext& context, PlugLink& link) { ask(context, link, "Power"); }

/// A command that is refused, or not answered, has none of the members that its answer must have.
std::vector<std::string> differences_of(StepContext& context, PlugLink& link,
                                        const AnswerShape& shape) {
  try {
    return shape_differences(shape, ask(context, link, shape.command));
  } catch (const Fault& fault) {
    const bool refused = is_refusal(fault);
    if (!refused && fault.id() != "plug.silent") throw;
    if (!refused) require_there(context, link);
    auto differences = shape_differences(shape, nlohmann::json::object());
    differences.insert(differences.begin(),
                       fmt::format("{}: the plug {} the command", shape.command,
                                   refused ? "refuses" : "does not answer"));
    return differences;
  }
}

/// {"Command":"Unknown",…} is how who asks learns that a build lacks a command.
std::vector<std::string> unknown_differences(StepContext& context, PlugLink& link) {
  try {
    ask(context, link, std::string(kNoCommand));
  } catch (const Fault& fault) {
    if (fault.id() == "plug.unknown_command") return {};
    if (fault.id() != "plug.silent" && fault.id() != "plug.command_error") throw;
    require_there(context, link);
  }
  return {fmt::format("{}: Command is not Unknown", kNoCommand)};
}

void tell(StepContext& context, const std::vector<std::string>& differences) {
  for (std::size_t i = 0; i < std::min(differences.size(), kToldOneByOne); ++i)
    context.say(differences[i]);
}

/// `way`: behind the number of commands in the measurement's condition; ways are compared apart.
void check_answers(StepContext& context, PlugLink& link, std::string_view way) {
  const auto shapes = wanted_shapes(context.params());
  std::vector<std::string> differences;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    std::ranges::move(differences_of(context, link, shapes[i]), std::back_inserter(differences));
    context.counted("asking", "commands", static_cast<std::uint32_t>(i + 1),
                    static_cast<std::uint32_t>(shapes.size()));
  }
  std::ranges::move(unknown_differences(context, link), std::back_inserter(differences));
  tell(context, differences);
  record_value(context, {.id = "answers.missing_keys",
                         .condition = fmt::format("{} commands{}", shapes.size(), way),
                         .value = static_cast<double>(differences.size()),
                         .unit = "count",
                         .instrument = "plug"});
  if (differences.empty())
    return context.say(fmt::format("{} answers as they were", shapes.size()));
  throw Fault("plug.answers", Blame::unit,
              fmt::format("{} member(s) of answers are missing or of another type; the first: {}.",
                          differences.size(), differences.front()),
              "Programs that read these answers break with this build; mend it, or change the file "
              "of shapes if that is meant.",
              {{"all", fmt::format("{}", fmt::join(differences, "\n"))}});
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  constexpr std::int64_t usual_commands = 25;
  const auto commands = params.has("commands")
                            ? static_cast<std::int64_t>(params.list("commands").size())
                            : usual_commands;
  StepTime time;
  add_time(time, kPlugAnswers * (commands + 1));
  return time;
}

/// What asking over the network and over the console have in common.
StepType answers_step() {
  return {.name = {},
          .fields = {{.name = "shapes",
                      .type = file,
                      .required = true,
                      .help = "YAML file: command, below it the members that its answer must have"},
                     {.name = "commands",
                      .type = list,
                      .help = "commands of the file to ask for, such as [Status 2, Power]; all "
                              "unless said"}},
          .default_timeout = minutes{2},
          .usual_time = seconds{3},
          .run = {},
          .usual = usual};
}

}  // namespace

StepType plug_answers_step() {
  auto type = answers_step();
  type.name = "plug.answers";
  type.help =
      "ask the plug and compare its answers with a file of shapes: members and their types, not "
      "values";
  type.run = [](StepContext& context) { check_answers(context, open_link(context), ""); };
  return type;
}

StepType console_answers_step() {
  auto type = answers_step();
  type.name = "console.answers";
  type.help =
      "the same as plug.answers over the serial console, whose answers come line by line and not "
      "in one piece";
  type.needs_loader = true;
  type.run = [](StepContext& context) {
    check_answers(context, console(context), " over the console");
  };
  return type;
}

}  // namespace plugrig::steps
