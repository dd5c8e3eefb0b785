#include "sequences/steps/wifi_join.hpp"

#include <fmt/format.h>

#include <array>

#include "sequences/steps/tasmota_restart.hpp"
#include "sequences/steps/tasmota_secret.hpp"
#include "sequences/steps/tasmota_value.hpp"

namespace plugrig::steps {
namespace {

/// The plug's own address while it is an access point itself.
constexpr std::string_view own_access_point = "192.168.4.1";
constexpr std::size_t longest_ssid = 32;
/// Shorter ones are ignored by the command; WPA asks for 8 (or none at all).
constexpr std::size_t shortest_password = 8;
constexpr std::size_t longest_password = 64;

/// Why a join failed, by what the console says (facts §7).
struct JoinFailure {
  std::string_view text;
  std::string_view id;
  Blame blame;
  std::string_view happened;
  std::string_view next;
};
constexpr std::array join_failures{
    JoinFailure{"AP cannot be reached", "plug.wifi.no_network", Blame::config,
                "The plug does not see the network '{}'.",
                "Check the name, and that its access point sends at 2.4 GHz within reach."},
    JoinFailure{"AP timeout", "plug.wifi.timeout", Blame::host,
                "The access point of '{}' did not answer the plug in time.",
                "Check the access point and its number of stations; then run the unit again."},
    JoinFailure{"no IP address", "plug.wifi.no_address", Blame::host,
                "The plug joined '{}' and was given no address.",
                "Check the network's DHCP server and its free addresses."},
    // Last: the others begin with the same words.
    JoinFailure{"Connect failed", "plug.wifi.password", Blame::config,
                "The network '{}' refused the plug: most likely the password is wrong.",
                "Check the password of the network."},
};

const JoinFailure* failure_of(std::string_view line) {
  for (const auto& failure : join_failures)
    if (line.find(failure.text) != std::string_view::npos) return &failure;
  return nullptr;
}

Fault not_joined(const JoinFailure* seen, const std::string& ssid, Evidence evidence) {
  if (seen == nullptr)
    return {"plug.wifi.silent",
            Blame::unit,
            fmt::format("The plug said nothing of '{}' in the time that it had to join.", ssid),
            "Give 'within' more time; when it fails again, look at the console by hand.",
            {std::move(evidence)}};
  return {std::string(seen->id),
          seen->blame,
          fmt::format(fmt::runtime(seen->happened), ssid),
          std::string(seen->next),
          {std::move(evidence)}};
}

}  // namespace

// "… HTP: Web server active on <host name> with IP address a.b.c.d"
std::optional<Joined> joined_by(std::string_view line) {
  constexpr std::string_view before_name = "active on ";
  constexpr std::string_view before_address = " with IP address ";
  const auto name = line.find(before_name);
  const auto address = line.find(before_address);
  if (name == std::string_view::npos || address == std::string_view::npos || name > address)
    return std::nullopt;
  const auto from = name + before_name.size();
  auto digits = line.substr(address + before_address.size());
  digits = digits.substr(0, digits.find_first_not_of("0123456789."));
  if (digits.empty() || digits == own_access_point || digits == "0.0.0.0") return std::nullopt;
  return Joined{std::string(line.substr(from, address - from)), std::string(digits)};
}

Joined await_join(StepContext& context, PlugConsole& line, const std::string& ssid,
                  const std::string& password, Duration within) {
  const auto end = context.deadline().no_later_than(context.clock().now() + within);
  const JoinFailure* last = nullptr;
  while (const auto text = line.wait_line({"with IP address", "Connect failed"}, end)) {
    if (const auto joined = joined_by(*text)) return *joined;
    // It tries again by itself; what it said last counts when the time is over.
    if (const auto* failure = failure_of(*text)) last = failure;
  }
  throw not_joined(last, ssid, transcript_end(line, {password}));
}

void check_credentials(const std::string& ssid, const std::string& password) {
  auto problem = value_problem(*find_setting("SSId1"), ssid);
  if (problem.empty() && ssid.size() > longest_ssid)
    problem = "a network's name has at most 32 characters";
  if (!problem.empty())
    throw Fault("tasmota.value", Blame::config,
                fmt::format("The plug cannot be given this network name: {}.", problem),
                "Use a network with another name.");
  if (password.empty()) return;
  const bool length_fits =
      password.size() >= shortest_password && password.size() <= longest_password;
  check_secret("network password", password);
  if (!length_fits)
    throw Fault("tasmota.value", Blame::config,
                "The network password has fewer than 8 or more than 64 characters.",
                "Correct the password.");
}

// Both in one Backlog, so that the plug restarts once.
void send_credentials(StepContext& context, PlugConsole& line, const std::string& ssid,
                      const std::string& password) {
  const bool separable = (ssid + password).find(';') == std::string::npos;
  if (!password.empty() && separable) {
    line.command("Backlog", fmt::format("Password3 {}; SSId1 {}", password, ssid),
                 context.deadline());
    return;
  }
  // A semicolon would end an item of a Backlog. The restart comes a second after the first command.
  if (!password.empty()) line.command("Password3", password, context.deadline());
  line.command("SSId1", ssid, context.deadline());
}

}  // namespace plugrig::steps
