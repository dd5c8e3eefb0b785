#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "sequences/steps/plain_value.hpp"
#include "sequences/steps/plug_character.hpp"
#include "sequences/steps/plug_return.hpp"
#include "sequences/steps/plug_steps.hpp"
#include "sequences/steps/power/usual_series.hpp"
#include "sequences/steps/tasmota_link.hpp"
#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_secret.hpp"
#include "sequences/steps/tasmota_write.hpp"
#include "sequences/steps/wifi_join.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

/// No secret: whoever reads a record may know what no network is opened by.
constexpr std::array<std::string_view, 2> kWrongPasswords{"plugrig-has-made-this-up",
                                                          "plugrig-has-made-that-up"};
constexpr std::string_view kBanner = "Project tasmota";
constexpr const char* kWhile = "while the password was wrong";
/// So many restarts make a loop, and more show nothing more.
constexpr int kLoop = 3;
/// For one answer of a plug that may hang.
constexpr Duration kAnswerLimit = seconds{10};
/// From the banner to the first `Connect failed`: 5 s usually, 9 s in the worst case (facts §7),
/// and some for slow builds.
constexpr double kLeastWatch_s = 15;

/// What must be as it was, beside template and module.
constexpr std::array<std::string_view, 5> kSettings{"SetOption65", "PowerOnState", "TelePeriod",
                                                    "DeviceName", "WifiConfig"};

/// All that the plug knew beside its network.
struct Known {
  PlugCharacter character;
  std::vector<std::string> values;
};

Known what_it_knows(StepContext& context, PlugLink& link) {
  Known known{read_character(context, link), {}};
  for (const auto name : kSettings)
    known.values.push_back(read_setting(context, link, *find_setting(name)));
  return known;
}

std::vector<std::string> lost_of(const Known& before, const Known& after) {
  auto lost = lost_character(before.character, after.character);
  for (std::size_t i = 0; i < kSettings.size(); ++i)
    if (before.values[i] != after.values[i])
      lost.push_back(
          fmt::format("{} was {} and is {}", kSettings[i], before.values[i], after.values[i]));
  return lost;
}

/// What the console said while the password was wrong.
struct Watched {
  int refusals = 0;
  int restarts = 0;
  bool joined = false;
};

Watched watch(StepContext& context, PlugConsole& line, Duration time) {
  const auto end = context.deadline().no_later_than(context.clock().now() + time);
  Watched seen;
  while (seen.restarts < kLoop) {
    const auto text =
        line.wait_line({std::string(kBanner), "with IP address", "Connect failed"}, end);
    if (!text) break;
    if (text->find(kBanner) != std::string::npos) ++seen.restarts;
    if (text->find("Connect failed") != std::string::npos) ++seen.refusals;
    seen.joined = seen.joined || joined_by(*text).has_value();
  }
  record_value(context, {.id = "boot.restarts",
                         .condition = kWhile,
                         .value = static_cast<double>(seen.restarts),
                         .unit = "count",
                         .instrument = "console"});
  return seen;
}

void check_watched(const Watched& seen, PlugConsole& line, Duration time) {
  if (seen.restarts > 0)
    throw Fault("plug.wifi.restarts", Blame::unit,
                fmt::format("The plug restarted {} time(s) by itself within {:g} s of a wrong "
                            "network password.",
                            seen.restarts, in_seconds(time)),
                "Look at the console for what it says before; a network that is away for a while "
                "would do the same to it.",
                {transcript_end(line)});
  if (seen.joined)
    throw Fault("plug.wifi.wrong_taken", Blame::unit,
                "The plug joined with a password that no network has.",
                "Check that the access point asks for a password; then the build has kept the old "
                "one.",
                {transcript_end(line)});
  if (seen.refusals == 0)
    throw Fault(
        "plug.wifi.silent", Blame::unit,
        fmt::format("The plug said nothing of the wrong password within {:g} s.", in_seconds(time)),
        "Give 'watch' more time; when it fails again, look at the console by hand.",
        {transcript_end(line)});
}

/// The console has just spoken, so that silence is no matter of its contacts.
void check_answers_still(StepContext& context, PlugConsole& line) {
  try {
    line.command("Status", "11",
                 context.deadline().no_later_than(context.clock().now() + kAnswerLimit));
  } catch (const Fault& fault) {
    if (!is_silence(fault)) throw;
    throw Fault("plug.wifi.hangs", Blame::unit,
                "The plug answers nothing while its network refuses it.",
                "Look at the console by hand; a plug like that could not be mended over it.",
                fault.evidence());
  }
}

/// The plug had joined this network by this password before: that it does not do so again is its
/// own doing, unless the network is gone.
Joined join_again(StepContext& context, PlugConsole& line, const std::string& ssid,
                  const std::string& password) {
  const Duration within = context.params().duration("within");
  try {
    return await_join(context, line, ssid, password, within);
  } catch (const Fault& fault) {
    if (fault.id() != "plug.wifi.password" && fault.id() != "plug.wifi.silent") throw;
    throw Fault("plug.wifi.no_recovery", Blame::unit,
                fmt::format("The plug did not join '{}' within {:g} s of getting the right "
                            "password back.",
                            ssid, in_seconds(within)),
                "Look at the console of this build for what it waits for.", fault.evidence());
  }
}

std::string_view wrong_password(const std::string& right) {
  return kWrongPasswords[right == kWrongPasswords[0] ? 1 : 0];
}

void check_joined_before(const StepContext& context) {
  if (context.facts().contains("address")) return;
  throw Fault("plug.not_joined", Blame::config,
              "The plug has not joined its network before, so nothing is known of its password.",
              "Put 'tasmota.wifi' before this step.");
}

void go_wrong(StepContext& context, PlugConsole& line, const std::string& ssid,
              const std::string& right) {
  const Duration time = context.params().duration("watch");
  await_uptime(context, line);
  send_credentials(context, line, ssid, std::string(wrong_password(right)));
  await_banner(context, line, "its network password was changed");
  check_watched(watch(context, line, time), line, time);
  check_answers_still(context, line);
}

/// Measures the time from the command on: a restart and a join are in it.
void recover(StepContext& context, PlugConsole& line, const std::string& ssid,
             const std::string& right) {
  await_uptime(context, line);
  const auto began = context.clock().now();
  send_credentials(context, line, ssid, right);
  await_banner(context, line, "it got its network password back");
  const auto joined = join_again(context, line, ssid, right);
  const Duration took = context.clock().now() - began;
  expect_setting(context, line, *find_setting("SSId1"), ssid);
  record_value(context, {.id = "wifi.recovery_time",
                         .condition = "right password after a wrong one",
                         .value = in_seconds(took),
                         .unit = "s"});
  context.fact("address", joined.address);
  context.fact("host_name", joined.host_name);
  context.say(fmt::format("joined '{}' again {:.1f} s after it got the right password", ssid,
                          in_seconds(took)));
}

void give_wrong_password(StepContext& context) {
  const auto& params = context.params();
  const auto& ssid = params.text("ssid");
  const auto& right = params.text("password");
  auto& line = console(context);
  register_secret(context, "PASSWORD3", right);
  check_credentials(ssid, right);
  check_joined_before(context);
  const auto before = what_it_knows(context, line);
  go_wrong(context, line, ssid, right);
  recover(context, line, ssid, right);
  const auto after = what_it_knows(context, line);
  const auto lost = lost_of(before, after);
  for (const auto& name : lost) context.say("lost: " + name);
  record_value(context, {.id = "settings.lost",
                         .condition = fmt::format("of {} {}", kSettings.size() + 2, kWhile),
                         .value = static_cast<double>(lost.size()),
                         .unit = "count",
                         .instrument = "plug"});
  check_character(before.character, after.character, "a wrong network password");
  await_saved(context);
}

StepTime usual(const FieldValues& params, const PlanFacts&) {
  // Twice a command until its restart's banner; two dozen questions.
  constexpr Duration restart = seconds{2};
  StepTime time;
  add_time(time, seconds{10} + 2 * restart + params.duration("watch") + kPlugComesUp +
                     24 * kPlugAnswers + seconds{3});
  return time;
}

}  // namespace

StepType plug_wrong_password_step() {
  return {.name = "plug.wrong_password",
          .help =
              "give a plug that has joined a wrong network password, see that it neither hangs nor "
              "restarts nor forgets, and measure how soon it joins with the right one",
          .fields = {{.name = "ssid", .type = text, .required = true, .help = "network's name"},
                     {.name = "password",
                      .type = secret,
                      .required = true,
                      .help = "its right password; the step makes up a wrong one"},
                     {.name = "watch",
                      .type = duration,
                      .fallback = "30 s",
                      .help = "how long the plug is left with the wrong one",
                      .minimum = kLeastWatch_s,
                      .maximum = 600},
                     {.name = "within",
                      .type = duration,
                      .fallback = "60 s",
                      .help = "time from its restart until it has joined again",
                      .minimum = 1,
                      .maximum = 300}},
          .default_timeout = minutes{5},
          .usual_time = seconds{45},
          .needs_loader = true,
          .run = give_wrong_password,
          .usual = usual};
}

}  // namespace plugrig::steps
