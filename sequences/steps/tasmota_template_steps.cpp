#include <fmt/format.h>

#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_steps.hpp"
#include "sequences/steps/tasmota_template.hpp"
#include "sequences/steps/tasmota_value.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::seconds;

/// The fact that holds what the plug's template must be, in the new form.
constexpr const char* template_fact = "template";

/// The module number that stands for the stored template.
constexpr std::int64_t template_module = 0;

struct TemplatePair {
  json sent;
  json wanted;  ///< what the plug must show
};

json parsed(const std::string& text) {
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded() || !as_new_template(value))
    throw Fault(
        "tasmota.template", Blame::config,
        "The template has neither the old form (13 entries up to 255) nor the new one (14).",
        "Correct the template in the product file or in the sequence.", {{"template", text}});
  return value;
}

TemplatePair templates(StepContext& context) {
  const auto& plug = context.plug();
  const auto& old_form = plug.template_old_json;
  const auto& new_form = plug.template_json;
  if (context.params().has("json")) {
    const auto sent = parsed(context.params().text("json"));
    return {sent, *as_new_template(sent)};
  }
  if (old_form.empty() && new_form.empty())
    throw Fault("tasmota.no_template", Blame::config,
                "Neither the step nor the product says which template the plug gets.",
                "Give the step 'json', or name a product that has a template.");
  const auto sent = parsed(old_form.empty() ? new_form : old_form);
  return {sent, new_form.empty() ? *as_new_template(sent) : parsed(new_form)};
}

/// An answer that is the template itself, or holds it under the command's name.
json shown_template(StepContext& context, PlugLink& link) {
  const auto answer = link.command("Template", "", context.deadline());
  const auto* inner = member(answer, "Template");
  return inner != nullptr && inner->is_object() ? *inner : answer;
}

void check_template(StepContext& context, PlugLink& link, const json& wanted) {
  const auto difference = template_difference(shown_template(context, link), wanted);
  if (!difference.empty())
    throw Fault("plug.template", Blame::unit,
                fmt::format("The plug's template is not the one that was sent: {}.", difference),
                "Check the template against the firmware's version; then run the unit again.",
                {{"wanted", wanted.dump()}, transcript_end(link)});
}

bool module_is(StepContext& context, PlugLink& link, std::int64_t number) {
  return setting_is(link.command("Module", "", context.deadline()), *find_setting("Module"),
                    std::to_string(number));
}

void set_template(StepContext& context) {
  auto& line = console(context);
  const auto [sent, wanted] = templates(context);
  const auto text = sent.dump();
  if (const auto problem = argument_problem("Template " + text); !problem.empty())
    throw Fault("tasmota.template", Blame::config,
                fmt::format("The template cannot be sent: {}.", problem), "Shorten its name.");
  // A plug that runs its template already restarts when it gets another.
  const bool restarts = module_is(context, line, template_module);
  if (restarts) await_uptime(context, line);
  const auto answer = line.command("Template", text, context.deadline());
  if (const auto* refused = member(answer, "Template"); refused != nullptr && refused->is_string())
    throw Fault("plug.template", Blame::unit,
                fmt::format("The plug refused the template: {}.", refused->get<std::string>()),
                "Run the unit again; when it fails again, look at the console by hand.",
                {transcript_end(line)});
  if (restarts) await_restart(context, line, "its template was changed");
  check_template(context, line, wanted);
  context.fact(template_fact, wanted.dump());
  context.say(
      fmt::format("template \"{}\" set and read back", wanted.at("NAME").get<std::string>()));
}

void prove_template(StepContext& context) {
  check_template(context, console(context), templates(context).wanted);
}

/// Status 9 answers without Error only when a metering driver runs.
void check_metering(StepContext& context, PlugLink& link) {
  json limits;
  try {
    limits = status(context, link, 9);
  } catch (const Fault& fault) {
    if (fault.id() != "plug.command_error") throw;
  }
  if (member(limits, "PowerDelta") == nullptr)
    throw Fault("plug.metering_inactive", Blame::config,
                "The plug runs its template, and no metering driver is active.",
                "Check the template's codes for SEL, CF1 and CF.", {transcript_end(link)});
}

void check_module(StepContext& context) {
  auto& line = console(context);
  const auto number = context.params().integer("number");
  if (!module_is(context, line, number))
    throw Fault("plug.module", Blame::unit,
                fmt::format("The plug does not run module {} after its restart.", number),
                "Run the unit again; when it fails again, look at the console by hand.",
                {transcript_end(line)});
  if (number != template_module) return;
  const auto& facts = context.facts();
  if (const auto wanted = facts.find(template_fact); wanted != facts.end())
    check_template(context, line, json::parse(wanted->second));
  check_metering(context, line);
}

void set_module(StepContext& context) {
  auto& line = console(context);
  const auto number = context.params().integer("number");
  await_uptime(context, line);
  line.command("Module", std::to_string(number), context.deadline());
  await_restart(context, line, "its module was changed");
  check_module(context);
  if (number != template_module) return;
  context.say("module, template and metering driver are as wanted after the restart");
}

}  // namespace

StepType tasmota_template_step() {
  return {.name = "tasmota.template",
          .help = "give the plug its template; read back and compared in the firmware's new form",
          .fields = {{.name = "json",
                      .type = FieldType::json,
                      .help = "template in the old or the new form; else the product's"}},
          .default_timeout = seconds{60},
          .usual_time = std::chrono::milliseconds{100},
          .needs_loader = true,
          .run = set_template,
          .prove = prove_template};
}

StepType tasmota_module_step() {
  return {.name = "tasmota.module",
          .help = "choose the module; after the restart module, template and metering are checked",
          .fields = {{.name = "number",
                      .type = FieldType::integer,
                      .fallback = "0",
                      .help = "0 = the stored template",
                      .minimum = 0,
                      .maximum = 255}},
          .default_timeout = seconds{60},
          .usual_time = seconds{13},
          .needs_loader = true,
          .run = set_module,
          .prove = check_module};
}

}  // namespace plugrig::steps
