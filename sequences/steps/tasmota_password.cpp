#include <fmt/format.h>

#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_secret.hpp"
#include "sequences/steps/tasmota_steps.hpp"
#include "sequences/steps/web_password.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;
using enum FieldType;

/// Sends a secret by a command that does not echo it in its answer.
void send_secret(StepContext& context, PlugLink& link, const std::string& command,
                 const std::string& secret) {
  link.command(command, secret, context.deadline());
}

/// Over the network when the plug is there already: proves what it can.
void prove_now(StepContext& context, const std::string& password) {
  const auto& facts = context.facts();
  const auto address = facts.find("address");
  const auto mac = facts.find("mac");
  if (context.devices().network == nullptr || address == facts.end() || mac == facts.end()) {
    context.say("web password set; it is proven when the plug joins");
    return;
  }
  network(context).find({.mac = mac->second, .address = address->second, .host_name = {}}, password,
                        context.deadline());
  prove_web_password(context, password);
}

void set_web_password(StepContext& context, const std::string& password) {
  check_secret("web password", password);
  auto& link = open_link(context);
  send_secret(context, link, "WebPassword2", password);
  context.fact(web_password_fact, web_password_set);
  await_saved(context);
  prove_now(context, password);
}

void set_mqtt_password(StepContext& context, const std::string& password) {
  check_secret("MQTT password", password);
  auto& line = console(context);
  await_uptime(context, line);
  send_secret(context, line, "MqttPassword2", password);
  await_restart(context, line, "its MQTT password was changed");
  context.say("MQTT password set; a broker has not been asked");
}

void set_passwords(StepContext& context) {
  const auto& params = context.params();
  const auto value = [&](std::string_view name) {
    return params.has(name) ? params.text(name) : std::string();
  };
  const auto mqtt = value("mqtt");
  const auto web = value("web");
  register_secret(context, "MQTTPASSWORD2", mqtt);
  register_secret(context, "WEBPASSWORD2", web);
  if (mqtt.empty() && web.empty())
    throw Fault("tasmota.value", Blame::config, "There is no password to be set.",
                "Give the step 'web' or 'mqtt', or remove it.");
  if (!mqtt.empty()) set_mqtt_password(context, mqtt);
  if (!web.empty()) set_web_password(context, web);
}

/// The firmware shows its passwords to nobody: a web password is shown by what it does, which
/// plug.join asks for.
void prove_passwords(StepContext& context) {
  const auto& params = context.params();
  if (params.has("mqtt")) register_secret(context, "MQTTPASSWORD2", params.text("mqtt"));
  if (params.has("web")) register_secret(context, "WEBPASSWORD2", params.text("web"));
  const auto& facts = context.facts();
  if (params.has("web") && !facts.contains(web_password_fact))
    throw Fault("plug.password_missing", Blame::host,
                "No record says that the plug has a password.", "Nothing: it is set again.");
  context.say("passwords cannot be read; plug.join proves the one of the web pages");
}

}  // namespace

StepType tasmota_password_step() {
  return {.name = "tasmota.password",
          .help = "set passwords; a web password is proven by 401 without it and an answer with it",
          .fields = {{.name = "web", .type = secret, .help = "password of the plug's web pages"},
                     {.name = "mqtt", .type = secret, .help = "password towards the MQTT broker"}},
          .default_timeout = seconds{60},
          .usual_time = seconds{3},
          .run = set_passwords,
          .prove = prove_passwords};
}

}  // namespace plugrig::steps
