#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "rig/core/fault.hpp"

/// Lines of `plugrig doctor`.
namespace plugrig::cli {

/// What one look at one part of a bench found.
struct Health {
  enum class Is : std::uint8_t {
    ok,
    warn,  ///< works, with something that a person should know
    fail,  ///< a run would not get through
  };
  Is is = Is::ok;
  std::string part;   ///< slot, instrument or adapter as the bench file calls it
  std::string check;  ///< "port", "rate", "inputs", …
  std::string found;  ///< one sentence
  std::string next;   ///< what to do; empty when ok
};

/// Takes what was found, in order.
using HealthReport = std::function<void(const Health&)>;

/// "FAIL  F1: port: No device … Next: Plug it in." on one line, without line feed.
std::string health_text(const Health& health);
/// The same as a JSON object.
std::string health_json(const Health& health);

/// A fault as a finding.
Health failed(std::string part, std::string check, const Fault& fault);

/// Runs `look` and returns true; a Fault that it throws becomes a finding.
bool looked(const std::string& part, const std::string& check, const HealthReport& report,
            const std::function<void()>& look);

}  // namespace plugrig::cli
