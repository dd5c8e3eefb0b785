#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// What a board's timer gives on top of the wanted time, before it gives the supply back by itself.
constexpr Duration kTimerMargin = seconds{30};
/// Asked at the end of the loss; a plug without network needs all of it.
constexpr Duration kAskedAway = seconds{3};
constexpr Duration kSwitchLimit = seconds{5};
constexpr int kRequests = 5;

AccessPointSupply& supply_of(StepContext& context) {
  if (auto* supply = context.devices().access_point) return *supply;
  throw Fault("bench.no_access_point", Blame::config,
              "This bench cannot take the supply from its access point.",
              "Name the relay of its low-voltage supply in the bench file: access_point: BOARD.N.");
}

/// The access point is without supply for as long as it lives; whatever ends it gives that back.
class NetworkAway {
 public:
  NetworkAway(StepContext& context, Duration time)
      : context_(context), supply_(supply_of(context)) {
    supply_.take_away(time + kTimerMargin, context.deadline());
  }
  ~NetworkAway() {
    if (ended_) return;
    try {
      end();
    } catch (const std::exception& error) {
      context_.say(fmt::format("the access point may still be without supply: {}", error.what()));
    }
  }
  NetworkAway(const NetworkAway&) = delete;
  NetworkAway& operator=(const NetworkAway&) = delete;

  /// No stop may skip this.
  void end() {
    supply_.give_back({context_.clock().now() + kSwitchLimit, {}});
    ended_ = true;
  }

 private:
  StepContext& context_;
  AccessPointSupply& supply_;
  bool ended_ = false;
};

/// Else nothing was taken from it, and its return would mean nothing.
void expect_silence(StepContext& context, Duration away) {
  const auto limit = context.deadline().no_later_than(context.clock().now() + kAskedAway);
  try {
    network(context).plug().command("Power", "", limit);
  } catch (const Fault& fault) {
    if (is_silence(fault)) return;
    throw;
  }
  throw Fault("bench.access_point", Blame::fixture,
              fmt::format("The plug still answers {:g} s after its access point lost its supply.",
                          in_seconds(away)),
              "Look at the wiring of 'access_point', and whether another access point has the same "
              "name.");
}

/// Twice the mean time of an answer, and a little: how long one is waited for on the way back.
Duration patience(StepContext& context) {
  auto& link = network(context).plug();
  const auto began = context.clock().now();
  for (int i = 0; i < kRequests; ++i) link.command("Status", "11", context.deadline());
  return 2 * (context.clock().now() - began) / kRequests + milliseconds{100};
}

PlugReturn lose_network(StepContext& context, const std::string& password) {
  const auto& params = context.params();
  const Duration away = params.duration("away");
  const auto one_request = patience(context);
  NetworkAway loss(context, away);
  wait_whole(context, away - std::min(away, kAskedAway), "the loss of the network");
  expect_silence(context, away);
  loss.end();
  return await_return(context, context.clock().now(), params.duration("within"), one_request,
                      password);
}

std::string restart_reason(StepContext& context, PlugLink& link) {
  return text_member(status(context, link, 1), "RestartReason").value_or("not said");
}

/// The plug has gone on as if nothing had happened since `began`.
void check_went_on(StepContext& context, Instant began) {
  auto& link = network(context).plug();
  const bool restarted =
      restarted_within(plug_uptime(context, link), context.clock().now() - began);
  record_value(context, {.id = "boot.restarts",
                         .condition = "while the network was away",
                         .value = restarted ? 1.0 : 0.0,
                         .unit = "count",
                         .instrument = "plug"});
  const auto relay = text_member(link.command("Power", "", context.deadline()), "POWER");
  if (restarted)
    throw Fault("plug.wifi.restarts", Blame::unit,
                fmt::format("The plug restarted while its network was away; reason: {}.",
                            restart_reason(context, link)),
                "What hangs on it may be switched by every loss of the network; look at what this "
                "build does then.");
  if (relay != "ON")
    throw Fault("plug.wifi.relay", Blame::unit,
                fmt::format("The plug's relay was ON before its network went away, and is {}.",
                            relay.value_or("not told")),
                "Nobody switched it; look at what this build does when the network is lost.");
}

void lose_and_find(StepContext& context) {
  const auto password = known_password(context);
  supply_of(context);
  context.mains().energise(context.deadline());
  auto& link = network(context).plug();
  await_uptime(context, link);
  link.command("Power", "ON", context.deadline());
  const auto began = context.clock().now();
  const auto came = lose_network(context, password);
  record_value(context, {.id = "wifi.return_time",
                         .condition = "after the access point's supply",
                         .value = in_seconds(came.answer),
                         .unit = "s"});
  context.say(fmt::format("answering {:.1f} s after the access point got its supply back",
                          in_seconds(came.answer)));
  check_went_on(context, began);
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  // An access point starts in half a minute or so.
  constexpr Duration starts = seconds{25};
  StepTime time;
  add_time(time, seconds{5} + params.duration("away") + starts + kPlugComesUp +
                     (kRequests + 4) * kPlugAnswers);
  return time;
}

}  // namespace

StepType plug_wifi_loss_step() {
  return {.name = "plug.wifi_loss",
          .help =
              "take the supply from the access point for a while; measure how soon the plug "
              "answers after it came back, and see that it neither restarted nor switched",
          .fields = {{.name = "away",
                      .type = duration,
                      .fallback = "20 s",
                      .help = "time without supply",
                      .minimum = 5,
                      .maximum = 1800},
                     {.name = "within",
                      .type = duration,
                      .fallback = "3 min",
                      .help = "time from supply on until the plug answers; the access point's own "
                              "start is in it",
                      .minimum = 5,
                      .maximum = 600},
                     web_password_field()},
          .default_timeout = minutes{10},
          .usual_time = seconds{55},
          .needs_mains = true,
          .takes_network = true,
          .run = lose_and_find,
          .usual = usual};
}

}  // namespace plugrig::steps
