#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "tests/unit/twin_plug/plug_host.hpp"

namespace plugrig::twin::test {

/// Time from now to the first sight of `text` on the console; Duration::max() = not in 60 s.
Duration time_to(const std::string& text, PlugHost& host);
/// A plug with that build, the EP2's template, 230.0 V, and 1000 W as soon as its relay closes; the
/// constants are the defaults.
std::unique_ptr<PlugHost> metered(const std::string& defects);
/// A plug with that build that has joined the network.
std::unique_ptr<PlugHost> joined(const std::string& defects);
/// What Status 10 says; null when there is no metering.
nlohmann::json energy(PlugHost& host);
/// Relay on, until readings are steady.
void load(PlugHost& host);

}  // namespace plugrig::twin::test
