#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::twin {

/// A client of a loopback port that knows nothing but bytes.
class SocketClient {
 public:
  SocketClient(Clock& clock, std::uint16_t port, const std::string& address = "127.0.0.1")
      : clock_(clock), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void send(const std::vector<std::uint8_t>& bytes) {
    EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void send(std::string_view text) { send(std::vector<std::uint8_t>(text.begin(), text.end())); }

  /// At least `count` bytes, or fewer when the other side closes or 20 s pass.
  std::vector<std::uint8_t> receive(std::size_t count) {
    std::vector<std::uint8_t> bytes;
    const Deadline deadline{clock_.now() + std::chrono::seconds{20}, {}};
    while (bytes.size() < count && wait_readable(clock_, fd_.get(), deadline)) {
      std::array<std::uint8_t, 4096> part{};
      const ssize_t got = ::recv(fd_.get(), part.data(), part.size(), 0);
      if (got <= 0) break;
      bytes.insert(bytes.end(), part.begin(), part.begin() + got);
    }
    return bytes;
  }
  /// Everything until the other side closes.
  std::string receive_text() {
    const auto bytes = receive(1U << 24U);
    return {bytes.begin(), bytes.end()};
  }
  void close() { fd_.reset(); }

 private:
  Clock& clock_;
  UniqueFd fd_;
  bool connected_ = false;
};

}  // namespace plugrig::twin
