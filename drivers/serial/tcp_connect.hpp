#pragma once

#include <string>
#include <string_view>

#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::serial {

/// A TCP server as a bench file names it.
struct TcpAddress {
  std::string host;  ///< name or address, without brackets
  std::string port;  ///< decimal, 1 to 65535
};

/// "bench-pi:4000", "192.168.1.7:4000", "[fe80::1]:4000". Fault `rfc2217.address` (config).
TcpAddress parse_tcp_address(std::string_view text);

/// A connected non-blocking socket with small packets sent at once (TCP_NODELAY).
///
/// Tries every address of the name in turn. Looking a name up blocks as long as the system's
/// resolver likes, the deadline covers only the connecting. Faults `rfc2217.name` (host),
/// `rfc2217.refused` (host), `rfc2217.unreachable` (host).
UniqueFd connect_tcp(const Clock& clock, const TcpAddress& address, const Deadline& deadline);

}  // namespace plugrig::serial
