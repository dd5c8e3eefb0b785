#include <fmt/format.h>

#include <array>

#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_secret.hpp"
#include "sequences/steps/tasmota_steps.hpp"
#include "sequences/steps/tasmota_write.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;
using enum FieldType;

/// The first value found is what the owner gets back, whatever a retry finds.
void remember(StepContext& context, PlugLink& link, const Setting& setting) {
  const auto fact = std::string(restore_prefix) + std::string(setting.name);
  if (!context.facts().contains(fact)) context.fact(fact, read_setting(context, link, setting));
}

void set_setting(StepContext& context) {
  const auto& params = context.params();
  const auto& value = params.text("value");
  const auto setting = checked_setting(params.text("name"), value);
  auto& link = open_link(context);
  if (params.boolean("temporary")) remember(context, link, setting);
  write_setting(context, link, setting, value);
  if (!setting.restarts && params.boolean("saved")) await_saved(context);
  context.say(fmt::format("{} is '{}'", setting.name, value));
}

void prove_setting(StepContext& context) {
  const auto& value = context.params().text("value");
  expect_setting(context, open_link(context), checked_setting(context.params().text("name"), value),
                 value);
}

/// Settings that make one restart when they are written in one Backlog.
struct MqttSetting {
  std::string_view field;
  std::string_view name;
};
constexpr std::array mqtt_settings{
    MqttSetting{"host", "MqttHost"},
    MqttSetting{"port", "MqttPort"},
    MqttSetting{"user", "MqttUser"},
    MqttSetting{"topic", "Topic"},
};

/// A semicolon would end an item of a Backlog.
void check_separable(std::string_view what, std::string_view value) {
  if (value.find(';') != std::string_view::npos)
    throw Fault("tasmota.value", Blame::config,
                fmt::format("The {} holds a semicolon, which separates commands.", what),
                "Use another one.");
}

std::string mqtt_backlog(const FieldValues& params) {
  std::string backlog;
  const auto add = [&](std::string_view name, std::string_view value) {
    backlog += fmt::format("{}{} {}", backlog.empty() ? "" : "; ", name, value);
  };
  for (const auto& [field, name] : mqtt_settings) {
    if (!params.has(field)) continue;
    const auto& value = params.text(field);
    check_separable(name, value);
    add(checked_setting(name, value).name, value);
  }
  if (params.has("password") && !params.text("password").empty()) {
    check_secret("MQTT password", params.text("password"));
    check_separable("MQTT password", params.text("password"));
    add("MqttPassword2", params.text("password"));
  }
  return backlog;
}

/// All but the password, which the firmware shows nobody.
void prove_mqtt(StepContext& context) {
  const auto& params = context.params();
  auto& line = console(context);
  for (const auto& [field, name] : mqtt_settings)
    if (params.has(field)) expect_setting(context, line, *find_setting(name), params.text(field));
}

void set_mqtt(StepContext& context) {
  const auto& params = context.params();
  if (params.has("password")) register_secret(context, "MQTTPASSWORD2", params.text("password"));
  const auto backlog = mqtt_backlog(params);
  auto& line = console(context);
  await_uptime(context, line);
  line.command("Backlog", backlog, context.deadline());
  await_restart(context, line, "its MQTT settings were changed");
  prove_mqtt(context);
  context.say(fmt::format("MQTT towards {}:{}; a broker has not been asked", params.text("host"),
                          params.text("port")));
}

/// Such a command would echo what nobody may see.
void refuse_passwords(std::string_view command) {
  std::string lower(command);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower.find("password") == std::string::npos) return;
  throw Fault(
      "tasmota.value", Blame::config, "tasmota.command does not carry passwords.",
      "Use tasmota.password, tasmota.wifi or tasmota.mqtt, which keep them out of records.");
}

void run_command(StepContext& context) {
  constexpr std::size_t said_chars = 300;
  const auto& params = context.params();
  const auto& text = params.text("command");
  refuse_passwords(text);
  if (const auto problem = argument_problem(text); !problem.empty())
    throw Fault("tasmota.value", Blame::config,
                fmt::format("The command cannot be sent: {}.", problem), "Correct the sequence.");
  const auto blank = text.find(' ');
  const auto argument = blank == std::string::npos ? std::string() : text.substr(blank + 1);
  auto& link = open_link(context);
  const auto answer = link.command(text.substr(0, blank), argument, context.deadline());
  if (params.has("expect") && !contains_json(answer, nlohmann::json::parse(params.text("expect"))))
    throw Fault("plug.answer", Blame::unit,
                fmt::format("The plug's answer to '{}' is not the one that is expected.", text),
                "Look at the answer; check the firmware's version.",
                {{"expected", params.text("expect")}, {"answer", answer.dump()}});
  context.say(fmt::format("{}: {}", text, answer.dump().substr(0, said_chars)));
}

/// Two commands on the console, and the wait for the flash (facts §13) where it is asked for.
StepTime usual_setting(const FieldValues& params, const PlanFacts&) {
  const Duration commands = std::chrono::milliseconds{60};
  return {
      {{params.boolean("saved") ? commands + std::chrono::seconds{3} : commands, false, {}, {}}}};
}

}  // namespace

StepType tasmota_setting_step() {
  return {.name = "tasmota.setting",
          .help = "write one setting, ask for it and compare",
          .fields = {{.name = "name", .type = text, .required = true, .help = "such as TelePeriod"},
                     {.name = "value", .type = text, .required = true, .help = "such as 300"},
                     {.name = "temporary",
                      .type = boolean,
                      .fallback = "false",
                      .help = "plug.finish gives the plug back what it had before"},
                     {.name = "saved",
                      .type = boolean,
                      .fallback = "true",
                      .help = "wait until it is in flash; false when more changes follow"}},
          .default_timeout = seconds{60},
          .usual_time = seconds{3},
          .run = set_setting,
          .prove = prove_setting,
          .usual = usual_setting};
}

StepType tasmota_mqtt_step() {
  return {.name = "tasmota.mqtt",
          .help = "give the plug its MQTT broker; everything but the password is read back",
          .fields = {{.name = "host", .type = text, .required = true, .help = "broker"},
                     {.name = "port",
                      .type = integer,
                      .fallback = "1883",
                      .help = "its TCP port",
                      .minimum = 1,
                      .maximum = 65535},
                     {.name = "user", .type = text, .help = "user name towards the broker"},
                     {.name = "password", .type = secret, .help = "password towards the broker"},
                     {.name = "topic", .type = text, .help = "the plug's topic"}},
          .default_timeout = seconds{60},
          .usual_time = seconds{15},
          .needs_loader = true,
          .run = set_mqtt,
          .prove = prove_mqtt};
}

StepType tasmota_command_step() {
  return {.name = "tasmota.command",
          .help = "send one command as it is, and compare its answer",
          .fields = {{.name = "command",
                      .type = text,
                      .required = true,
                      .help = "name and argument, such as 'Status 2'"},
                     {.name = "expect",
                      .type = json,
                      .help = "members that the answer must have, with their values"}},
          .default_timeout = seconds{30},
          .usual_time = seconds{1},
          .run = run_command};
}

}  // namespace plugrig::steps
