#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rig/core/clock.hpp"

namespace plugrig {

struct HttpRequest {
  std::string address;  ///< IPv4 address or host name
  std::uint16_t port = 80;
  std::string target;  ///< path and query, already escaped: "/cm?cmnd=Status%2010"
};

struct HttpReply {
  int status = 0;
  std::string body;
};

/// HTTP towards plugs. Virtual time ends here: below is the HTTP client or the twin's network in
/// memory. Callable from several slot threads. Throws `Stopped`, and Fault `http.unreachable`,
/// `http.timeout` or `http.broken` (contact) when no complete reply came by the deadline.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual HttpReply get(const HttpRequest& request, const Deadline& deadline) = 0;

  /// Address of a host name, when the network knows it.
  virtual std::optional<std::string> resolve(const std::string& host_name,
                                             const Deadline& deadline) = 0;
  /// Address of a MAC ("A4:CF:12:34:56:78") in the host's neighbour table, when it is there.
  virtual std::optional<std::string> neighbour(const std::string& mac) = 0;
};

}  // namespace plugrig
