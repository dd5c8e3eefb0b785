#include <fmt/format.h>

#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_secret.hpp"
#include "sequences/steps/tasmota_steps.hpp"
#include "sequences/steps/tasmota_value.hpp"
#include "sequences/steps/wifi_join.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::seconds;
using enum FieldType;

/// The plug that joined is the one that was flashed.
void check_mac(StepContext& context, PlugConsole& line) {
  const auto& facts = context.facts();
  const auto known = facts.find("mac");
  const auto net = status(context, line, 5);
  const auto* mac = member(net, "Mac");
  if (known == facts.end() || mac == nullptr || !mac->is_string()) return;
  if (mac->get<std::string>() != known->second)
    throw Fault("plug.wrong_mac", Blame::fixture,
                fmt::format("The console answers for plug {}, and plug {} was flashed.",
                            mac->get<std::string>(), known->second),
                "Check which plug sits in this slot and which wires lead to it.");
}

/// The network that it was given is the one that it has, and it is the plug that was flashed. That
/// the password is right only joining shows.
void prove_wifi(StepContext& context) {
  auto& line = console(context);
  const auto name = find_setting("SSId1");
  if (!setting_is(line.command("SSId1", "", context.deadline()), *name,
                  context.params().text("ssid")))
    throw Fault("plug.setting", Blame::unit, "The plug joined a network other than the one it got.",
                "Erase the flash first: the former owner's settings may still be there.");
  check_mac(context, line);
}

void set_wifi(StepContext& context) {
  const auto& params = context.params();
  const auto& ssid = params.text("ssid");
  const auto password = params.has("password") ? params.text("password") : std::string();
  auto& line = console(context);
  register_secret(context, "PASSWORD3", password);
  check_credentials(ssid, password);
  await_uptime(context, line);
  send_credentials(context, line, ssid, password);
  await_banner(context, line, "its network was changed");
  const auto joined = await_join(context, line, ssid, password, params.duration("within"));
  prove_wifi(context);
  context.fact("address", joined.address);
  context.fact("host_name", joined.host_name);
  await_saved(context);
  context.say(fmt::format("joined '{}' as {} at {}", ssid, joined.host_name, joined.address));
}

}  // namespace

StepType tasmota_wifi_step() {
  return {.name = "tasmota.wifi",
          .help = "give the plug its network, and see it join on the console",
          .fields = {{.name = "ssid", .type = text, .required = true, .help = "network's name"},
                     {.name = "password", .type = secret, .help = "network's password, if any"},
                     {.name = "within",
                      .type = duration,
                      .fallback = "40 s",
                      .help = "time from its restart until it has an address",
                      .minimum = 1,
                      .maximum = 300}},
          .default_timeout = seconds{90},
          .usual_time = seconds{17},
          .needs_loader = true,
          .run = set_wifi,
          .prove = prove_wifi};
}

}  // namespace plugrig::steps
