#include "drivers/tasmota/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "drivers/tasmota/identity.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::tasmota {
namespace {

std::string text_member(const nlohmann::json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

Fault mac_unknown(const std::string& mac) {
  return {"plug.mac_unknown", Blame::config,
          mac.empty() ? std::string("The unit's MAC is not known, so no plug can be told to be it.")
                      : fmt::format("'{}' is not a MAC.", mac),
          "Run flash.identify before plug.join, or scan the unit's label."};
}

}  // namespace

/// One search, from its beginning to its end.
struct TasmotaNetwork::Search {
  std::string mac;
  std::string web_password;
  std::vector<std::string> tried = {};   ///< "host name tasmota-…: 10.0.0.7", in order
  std::vector<std::string> others = {};  ///< "10.0.0.7 is 48:55:…"
  std::optional<Fault> refused = {};     ///< the last `plug.unauthorised`
  std::string last_trouble = {};

  void note(std::vector<std::string>& list, std::string text) const {
    if (std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
  }
};

TasmotaNetwork::TasmotaNetwork(HttpExchange& http, Clock& clock, NetworkOptions options)
    : http_(http), clock_(clock), options_(options) {}

FoundPlug TasmotaNetwork::find(const PlugClues& clues, const std::string& web_password,
                               const Deadline& deadline) {
  const auto mac = normalised_mac(clues.mac);
  if (!mac) throw mac_unknown(clues.mac);
  link_.reset();
  found_ = {};
  Search search{.mac = *mac, .web_password = web_password};
  do {
    for (const Candidate& candidate : candidates(clues, deadline)) {
      if (probe(candidate, search, deadline)) return found_;
      if (clock_.now() >= deadline.at) break;
    }
    clock_.sleep_for(options_.pause, deadline);
  } while (clock_.now() < deadline.at);
  throw not_found(search);
}

std::vector<TasmotaNetwork::Candidate> TasmotaNetwork::candidates(const PlugClues& clues,
                                                                  const Deadline& deadline) {
  std::vector<Candidate> found;
  const auto add = [&](const std::optional<std::string>& address, const char* by) {
    const bool known = std::ranges::any_of(
        found, [&](const Candidate& candidate) { return candidate.address == address; });
    if (address && !address->empty() && !known) found.push_back({*address, by});
  };
  add(clues.address, "console");
  std::string host_name = clues.host_name;
  if (host_name.empty()) {
    if (const auto identity = identity_of(clues.mac)) host_name = identity->host_name;
  }
  const Deadline limit = deadline.no_later_than(clock_.now() + options_.probe_limit);
  add(http_.resolve(host_name, limit), "host name");
  add(http_.neighbour(normalised_mac(clues.mac).value_or(clues.mac)), "neighbour table");
  return found;
}

bool TasmotaNetwork::probe(const Candidate& candidate, Search& search, const Deadline& deadline) {
  search.note(search.tried, fmt::format("{}: {}", candidate.found_by, candidate.address));
  const HttpTarget target{candidate.address, options_.port, search.web_password};
  HttpLinkOptions once = options_.link;
  once.tries = 1;
  HttpLink asked(http_, clock_, target, once);
  const Deadline limit = deadline.no_later_than(clock_.now() + options_.probe_limit);
  try {
    const nlohmann::json answer = asked.command("Status", "5", limit);
    const nlohmann::json net = answer.value("StatusNET", nlohmann::json::object());
    const std::string said = text_member(net, "Mac");
    const std::string mac = normalised_mac(said).value_or(said);
    if (mac != search.mac) {
      search.note(search.others, fmt::format("{} is {}", candidate.address,
                                             mac.empty() ? "a plug without a MAC" : mac));
      return false;
    }
    found_ = {candidate.address, mac, text_member(net, "Hostname"), candidate.found_by};
    link_.emplace(http_, clock_, target, options_.link);
    return true;
  } catch (const Fault& fault) {
    if (fault.id() == "plug.unauthorised") search.refused = fault;
    search.last_trouble = fault.what();
    return false;
  }
}

Fault TasmotaNetwork::not_found(const Search& search) const {
  if (search.refused) return *search.refused;
  const auto listed = [](const std::vector<std::string>& lines) {
    return lines.empty() ? std::string("none") : fmt::format("{}", fmt::join(lines, "\n"));
  };
  if (!search.others.empty()) {
    return {"plug.wrong_mac",
            Blame::fixture,
            fmt::format("Another plug answered where {} was expected.", search.mac),
            "Check which unit sits in this slot, and that no other plug uses its name or address.",
            {{"answered", listed(search.others)}, {"tried", listed(search.tried)}}};
  }
  return {"plug.not_found",
          Blame::unit,
          fmt::format("The plug {} did not show up on the network.", search.mac),
          "Check Wi-Fi name and password, the access point's reach, and that the plug has mains.",
          {{"tried", listed(search.tried)}, {"last answer", search.last_trouble}}};
}

HttpLink& TasmotaNetwork::link() {
  if (!link_) {
    throw Fault("plug.not_joined", Blame::config, "No plug has been found on the network yet.",
                "Put plug.join before the first step that talks to the plug over the network.");
  }
  return *link_;
}

PlugLink& TasmotaNetwork::plug() { return link(); }

const FoundPlug& TasmotaNetwork::found() const { return found_; }

int TasmotaNetwork::status_without_password(const Deadline& deadline) {
  return link().status_without_password(deadline);
}

}  // namespace plugrig::tasmota
