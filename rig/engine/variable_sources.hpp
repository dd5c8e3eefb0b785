#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "rig/core/problem.hpp"

namespace plugrig {

/// Values for the variables of a sequence, by name (from `--set NAME=VALUE`).
using VariableValues = std::map<std::string, std::string, std::less<>>;

/// Value of a secret variable, or nothing when nobody knows it. `help` is the variable's own line.
/// May ask a person; may throw Fault and Stopped.
using SecretLookup =
    std::function<std::optional<std::string>(const std::string& name, const std::string& help)>;

/// Where the values of a sequence's variables come from. Secrets come from `secret` alone: other
/// users of the machine can read a command line.
struct VariableSources {
  VariableSources() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): without secrets the values are all there is
  VariableSources(VariableValues values, SecretLookup lookup = {})
      : given(std::move(values)), secret(std::move(lookup)) {}

  VariableValues given;
  SecretLookup secret;  ///< empty: no secrets
};

/// Environment variable of a secret: "wifi_password" is in PLUGRIG_SECRET_WIFI_PASSWORD.
std::string secret_environment_name(std::string_view variable);

/// Reads a file of secrets: a map of names and texts, which only its owner may read (0600). What is
/// wrong goes to `problems` with its place, and never with what stands there.
VariableValues load_secrets_file(const std::filesystem::path& path, Problems& problems);

/// The places where secrets are looked for, in this order. Empty ones are left out.
struct SecretPlaces {
  /// Value of an environment variable, when it is set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  VariableValues file;
  SecretLookup prompt;
};
SecretLookup look_up_secrets(SecretPlaces places);

}  // namespace plugrig
