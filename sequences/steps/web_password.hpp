#pragma once

#include <string>

#include "rig/engine/step.hpp"

namespace plugrig::steps {

/// Fact that says how far the web password is known to hold: "set" or "proven".
inline constexpr const char* web_password_fact = "web_password";
inline constexpr const char* web_password_set = "set";
inline constexpr const char* web_password_proven = "proven";

/// Proves the web password of the plug that was found last by its effect: without it the plug
/// refuses (401), with it the plug answers a query. An empty `password` proves that none is needed.
/// Fault `plug.password_open` (unit) when the plug answers without, `plug.password_unexpected`
/// (unit) when it refuses though it should have none, `plug.unauthorised` (config) when it refuses
/// the password.
void prove_web_password(StepContext& context, const std::string& password);

}  // namespace plugrig::steps
