#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drivers/api/http_exchange.hpp"
#include "drivers/api/plug_link.hpp"
#include "drivers/tasmota/http_link.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::tasmota {

struct NetworkOptions {
  std::uint16_t port = 80;  ///< at which plugs serve HTTP
  HttpLinkOptions link = {};
  /// Between two rounds over all clues.
  Duration pause = std::chrono::seconds{1};
  /// For one address to say who it is.
  Duration probe_limit = std::chrono::seconds{3};
};

/// Finds Tasmota plugs on the network (Tasmota notes §1, §6). Used by one slot's thread;
/// several may share one HttpExchange.
///
/// A host name that the clues leave empty is predicted from the MAC. Whoever answers is asked for
/// its MAC (Status 5) before it counts as found. Faults of `find`: `plug.not_found` (unit) when
/// nothing answered, `plug.wrong_mac` (fixture) when only other plugs did, `plug.unauthorised`
/// (config) when the only plug that answered refused the password.
class TasmotaNetwork final : public PlugNetwork {
 public:
  /// `http` and `clock` outlive the network.
  TasmotaNetwork(HttpExchange& http, Clock& clock, NetworkOptions options = {});

  FoundPlug find(const PlugClues& clues, const std::string& web_password,
                 const Deadline& deadline) override;
  PlugLink& plug() override;
  [[nodiscard]] const FoundPlug& found() const override;
  int status_without_password(const Deadline& deadline) override;

 private:
  struct Candidate {
    std::string address;
    std::string found_by;
  };
  struct Search;

  [[nodiscard]] std::vector<Candidate> candidates(const PlugClues& clues, const Deadline& deadline);
  bool probe(const Candidate& candidate, Search& search, const Deadline& deadline);
  [[nodiscard]] Fault not_found(const Search& search) const;
  HttpLink& link();

  HttpExchange& http_;
  Clock& clock_;
  NetworkOptions options_;
  std::optional<HttpLink> link_;
  FoundPlug found_;
};

}  // namespace plugrig::tasmota
