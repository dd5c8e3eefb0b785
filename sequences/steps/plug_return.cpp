#include "sequences/steps/plug_return.hpp"

#include <fmt/format.h>

#include <functional>

#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_secret.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The plug is gone by then after a `Restart 1`, which takes it 1 s to 2 s.
constexpr Duration kRestartBegins = seconds{3};
/// When a plug is waited for.
struct Wait {
  Instant began, end;
  Duration one_request;
};

/// Repeats `ask` until it returns, or the wait is over. True when it returned.
bool repeat_until(StepContext& context, const Wait& wait,
                  const std::function<void(const Deadline&)>& ask) {
  constexpr int share = 20;
  auto& clock = context.clock();
  while (clock.now() < wait.end && clock.now() < context.deadline().at) {
    // A network that is not there swallows a request: the shorter one is, the sooner the next is
    // asked. A plug that is slow gets longer each time.
    const auto asked_until = clock.now() + wait.one_request + (clock.now() - wait.began) / share;
    const auto limit = context.deadline().no_later_than(asked_until);
    try {
      ask(limit);
      return true;
    } catch (const Fault& fault) {
      if (!is_silence(fault)) throw;
    }
    // A refusal comes at once.
    clock.sleep_until(limit);
  }
  return false;
}

/// It is the plug that was there before, under the same address. A search tells more than silence:
/// it looks under every address that the plug may have.
void find_again(StepContext& context, const std::string& web_password) {
  constexpr Duration search = seconds{5};
  auto& net = network(context);
  const auto known = net.found();
  const auto end = context.deadline().no_later_than(context.clock().now() + search);
  const auto found =
      net.find({.mac = known.mac, .address = known.address, .host_name = known.host_name},
               web_password, end);
  if (found.address == known.address) return;
  throw Fault(
      "plug.other_address", Blame::fixture,
      fmt::format("The plug came back at {}; before it was at {}.", found.address, known.address),
      "Let the access point give each plug an address of its own.");
}

}  // namespace

PlugReturn await_return(StepContext& context, Instant began, Duration within, Duration one_request,
                        const std::string& web_password) {
  auto& net = network(context);
  const Wait wait{began, began + within, one_request};
  PlugReturn came;
  const auto reply = [&](const Deadline& limit) {
    net.status_without_password(limit);
    came.network = context.clock().now() - began;
  };
  const auto answer = [&](const Deadline& limit) {
    net.plug().command("Status", "5", limit);
    came.answer = context.clock().now() - began;
  };
  const bool back = repeat_until(context, wait, reply) && repeat_until(context, wait, answer);
  find_again(context, web_password);
  if (back) return came;
  throw Fault("plug.not_found", Blame::unit,
              fmt::format("The plug came back later than {:g} s.",
                          std::chrono::duration<double>(within).count()),
              "Look at the console of this build for what it waits for.");
}

std::optional<Duration> plug_uptime(StepContext& context, PlugLink& link) {
  const auto up_s = number_member(status(context, link, 11), "UptimeSec");
  if (!up_s) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*up_s));
}

bool is_silence(const Fault& fault) {
  return fault.id() == "plug.silent" || fault.id() == "plug.garbled";
}

bool restarted_within(std::optional<Duration> uptime, Duration elapsed) {
  // What a counter that counts whole seconds, and its first one at once, may be ahead.
  constexpr Duration ahead = seconds{2};
  return uptime && *uptime <= elapsed + ahead;
}

void mains_away_and_back(StepContext& context, Duration off) {
  context.mains().de_energise(context.deadline());
  wait_whole(context, off, "the plug's supply to be empty");
  context.mains().energise(context.deadline());
}

void restart_over_network(StepContext& context, Duration within, const std::string& web_password) {
  auto& link = network(context).plug();
  auto& clock = context.clock();
  await_uptime(context, link);
  const auto began = clock.now();
  link.command("Restart", "1", context.deadline());
  wait_whole(context, kRestartBegins, "the plug's restart");
  await_return(context, began, within, seconds{1}, web_password);
  const auto up = plug_uptime(context, link);
  if (restarted_within(up, clock.now() - began)) return;
  throw Fault("plug.no_restart", Blame::unit, "The plug did not restart after Restart 1.",
              "Run the unit again; when it fails again, look at the console by hand.");
}

std::string known_password(StepContext& context) {
  const auto& params = context.params();
  auto password = params.has("web_password") ? params.text("web_password") : std::string();
  register_secret(context, "WEBPASSWORD2", password);
  return password;
}

FieldSpec off_field() {
  return {.name = "off",
          .type = FieldType::duration,
          .fallback = "5 s",
          .help = "time without mains",
          .minimum = 1,
          .maximum = 600};
}

FieldSpec within_field() {
  return {.name = "within",
          .type = FieldType::duration,
          .fallback = "60 s",
          .help = "time for the plug to come back to the network",
          .minimum = 1,
          .maximum = 600};
}

FieldSpec web_password_field() {
  return {
      .name = "web_password", .type = FieldType::secret, .help = "of the plug, when it has one"};
}

}  // namespace plugrig::steps
