#pragma once

#include <optional>
#include <string>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// When a plug was there again, counted from `began`.
struct PlugReturn {
  Duration network{};  ///< the first HTTP reply, whatever it said: Wi-Fi and web server work
  Duration answer{};   ///< the first command that was answered
};

/// Asks the plug that was found on the network again and again until it answers. `one_request`: how
/// long one request may take before the next is tried; times are good to it and a twentieth of
/// themselves, and a plug that needs longer is found late. Blocks until `began` + `within`, at most
/// until the step's deadline. Fault `plug.not_found` (unit) when it does not come, `plug.wrong_mac`
/// (fixture) when another plug answers, `plug.other_address` (fixture) when it came back elsewhere.
PlugReturn await_return(StepContext& context, Instant began, Duration within, Duration one_request,
                        const std::string& web_password);

/// Restarts the plug that was found on the network by `Restart 1`, and waits until it answers
/// again; the plug has been up for 10 s before. Fault `plug.no_restart` (unit) when it answers and
/// did not restart; those of `await_return`.
void restart_over_network(StepContext& context, Duration within, const std::string& web_password);

/// Seconds since the plug's start; nothing when it does not say.
std::optional<Duration> plug_uptime(StepContext& context, PlugLink& link);

/// The plug, or the network between, gave no answer that can be read.
bool is_silence(const Fault& fault);

/// A plug that tells this uptime started within the last `elapsed`.
bool restarted_within(std::optional<Duration> uptime, Duration elapsed);

/// Takes mains from the plug for `off`. Blocks; fault `step.no_time` (config), those of the gate.
void mains_away_and_back(StepContext& context, Duration off);

/// Parameters of steps that wait for a plug to come back.
FieldSpec off_field();
FieldSpec within_field();
FieldSpec web_password_field();

/// The web password of the step's parameters; empty when there is none. No record shows it.
std::string known_password(StepContext& context);

}  // namespace plugrig::steps
