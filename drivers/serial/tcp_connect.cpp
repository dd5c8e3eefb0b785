#include "drivers/serial/tcp_connect.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "rig/core/fault.hpp"

namespace plugrig::serial {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses look_up(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &list);
  if (error == 0) return Addresses(list);
  throw Fault("rfc2217.name", Blame::host, "The host name " + address.host + " is not known.",
              "Check the name in the bench file and the network of this machine.",
              {{"resolver", ::gai_strerror(error)}});
}

void set_flag(int fd, int level, int option) {
  const int on = 1;
  // Both flags only make things quicker to notice; a kernel without them still carries the bytes.
  [[maybe_unused]] const int ignored = ::setsockopt(fd, level, option, &on, sizeof on);
}

/// errno of the attempt; 0 = connected.
int try_connect(const Clock& clock, int fd, const addrinfo& to, const Deadline& deadline) {
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!wait_writable(clock, fd, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

Fault connect_fault(const TcpAddress& address, int error) {
  const std::string where = address.host + ":" + address.port;
  const Evidence evidence{"error", std::generic_category().message(error)};
  if (error == ECONNREFUSED) {
    return {"rfc2217.refused",
            Blame::host,
            "Nothing listens on " + where + ".",
            "Start the serial server there (ser2net, or plugrig twin), or correct the port.",
            {evidence}};
  }
  return {"rfc2217.unreachable",
          Blame::host,
          "The serial server " + where + " cannot be reached.",
          "Check that the machine is on and the network cable is in.",
          {evidence}};
}

[[noreturn]] void bad_address(std::string_view text) {
  throw Fault("rfc2217.address", Blame::config,
              "'" + std::string(text) + "' is not the address of a serial server.",
              "Write name:port or address:port, for example bench-pi:4000 or [fe80::1]:4000.");
}

}  // namespace

TcpAddress parse_tcp_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) bad_address(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    bad_address(text);  // an IPv6 address without brackets: which colon is meant?
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool whole = error == std::errc{} && end == port.data() + port.size();
  if (host.empty() || !whole || number == 0 || number > 65'535) bad_address(text);
  return {std::string(host), std::string(port)};
}

UniqueFd connect_tcp(const Clock& clock, const TcpAddress& address, const Deadline& deadline) {
  const Addresses list = look_up(address);
  int error = ETIMEDOUT;
  for (const addrinfo* to = list.get(); to != nullptr; to = to->ai_next) {
    UniqueFd fd(
        ::socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol));
    if (!fd) {
      error = errno;
      continue;
    }
    error = try_connect(clock, fd.get(), *to, deadline);
    if (error != 0) continue;
    set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
    set_flag(fd.get(), SOL_SOCKET, SO_KEEPALIVE);
    return fd;
  }
  throw connect_fault(address, error);
}

}  // namespace plugrig::serial
