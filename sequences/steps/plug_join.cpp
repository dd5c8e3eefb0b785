#include <fmt/format.h>

#include "rig/engine/other_unit.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/binding.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_secret.hpp"
#include "sequences/steps/web_password.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

std::string fact_or_empty(const StepContext& context, std::string_view name) {
  const auto found = context.facts().find(name);
  return found == context.facts().end() ? std::string() : found->second;
}

/// The MAC that the flasher read from the chip; a slot without flasher is told it.
std::string wanted_mac(const StepContext& context) {
  const auto& params = context.params();
  const auto known = fact_or_empty(context, "mac");
  const auto given = params.has("mac") ? params.text("mac") : std::string();
  if (!known.empty() && !given.empty() && bare_mac(known) != bare_mac(given))
    throw Fault(
        "plug.wrong_mac", Blame::fixture,
        fmt::format("The unit in this slot is {}, and plug {} was asked for.", known, given),
        "Check which unit sits in this slot.");
  const auto& mac = known.empty() ? given : known;
  if (bare_mac(mac).size() == 12) return mac;
  throw Fault("plug.mac_unknown", Blame::config,
              "The plug's MAC is not known, so the plug could not be told from another.",
              "Run flash.identify before, or give the step 'mac'.");
}

void check_password_known(const StepContext& context, const std::string& password) {
  if (password.empty() && !fact_or_empty(context, web_password_fact).empty())
    throw Fault("plug.password_missing", Blame::config,
                "The plug was given a web password, and this step does not know it.",
                "Give plug.join the same 'web_password' as tasmota.password.");
}

/// What a plug that does not answer, or whose relay shows elsewhere, most likely means for a unit
/// that was carried here, or that a crash left here: it is not the one that sits in this slot. One
/// that goes silent sat in a slot that was switched off meanwhile.
bool says_other_unit(const Fault& fault) {
  return fault.id() == "plug.not_found" || fault.id() == "plug.wrong_mac" ||
         fault.id() == "plug.binding" || fault.id() == "plug.silent";
}

/// The firmware that was flashed is the one that answers.
void check_firmware(StepContext& context) {
  const auto flashed = fact_or_empty(context, "firmware_version");
  if (flashed.empty()) return;
  const auto firmware = status(context, network(context).plug(), 2);
  const auto* version = member(firmware, "Version");
  const auto answered = version != nullptr && version->is_string() ? version->get<std::string>()
                                                                   : std::string("none");
  if (answered == flashed) return;
  throw Fault(
      "plug.other_firmware", Blame::operator_,
      fmt::format("The plug answers with firmware {}, and {} was written.", answered, flashed),
      "Look who wrote to this unit meanwhile; flash it again.");
}

void find_and_bind(StepContext& context) {
  const auto& params = context.params();
  const auto password = params.has("web_password") ? params.text("web_password") : std::string();
  register_secret(context, "WEBPASSWORD2", password);
  check_password_known(context, password);
  const PlugClues clues{.mac = wanted_mac(context),
                        .address = fact_or_empty(context, "address"),
                        .host_name = fact_or_empty(context, "host_name")};
  auto& net = network(context);
  context.mains().energise(context.deadline());
  const auto end = context.clock().now() + params.duration("within");
  const auto found = net.find(clues, password, context.deadline().no_later_than(end));
  if (bare_mac(found.mac) != bare_mac(clues.mac))
    throw Fault("plug.wrong_mac", Blame::fixture,
                fmt::format("Plug {} answers at {}, and plug {} belongs into this slot.", found.mac,
                            found.address, clues.mac),
                "Check which units sit in which slots; give each plug an address of its own.");
  context.fact("mac", found.mac);
  context.fact("address", found.address);
  if (!found.host_name.empty()) context.fact("host_name", found.host_name);
  context.say(fmt::format("plug {} found at {} by {}", found.mac, found.address, found.found_by));
  prove_web_password(context, password);
  show_binding(context, params.duration("bind_within"));
}

void join(StepContext& context) {
  if (!context.facts().contains(kContinuedIn)) return find_and_bind(context);
  try {
    find_and_bind(context);
  } catch (const Fault& fault) {
    if (!says_other_unit(fault)) throw;
    std::vector<Evidence> evidence{{"the search said", fault.what()}};
    evidence.insert(evidence.end(), fault.evidence().begin(), fault.evidence().end());
    throw other_unit(wanted_mac(context), context.slot(), "it does not answer from there.",
                     std::move(evidence));
  }
  check_firmware(context);
}

StepTime usual(const FieldValues&, const PlanFacts& facts) {
  constexpr int requests = 5;
  StepTime time;
  add_time(time, kPlugComesUp + kPlugAnswers * requests);
  add_binding(time, facts);
  return time;
}

}  // namespace

StepType plug_join_step() {
  return {.name = "plug.join",
          .help =
              "mains on; find the plug by its MAC, prove its password, show that it is the one "
              "in this slot",
          .fields = {{.name = "within",
                      .type = duration,
                      .fallback = "40 s",
                      .help = "time from mains on until it answers",
                      .minimum = 1,
                      .maximum = 300},
                     {.name = "web_password", .type = secret, .help = "as it was set, if any"},
                     {.name = "mac",
                      .type = text,
                      .help = "the plug's MAC, where no step before has read it"},
                     {.name = "bind_within",
                      .type = duration,
                      .fallback = "60 s",
                      .help = "time to see the plug's relay pattern in the reference reading",
                      .minimum = 5,
                      .maximum = 600}},
          .default_timeout = minutes{4},
          .usual_time = seconds{25},
          .needs_mains = true,
          .run = join,
          .usual = usual};
}

}  // namespace plugrig::steps
