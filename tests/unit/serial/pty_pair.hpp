#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::serial::test {

/// A pseudo terminal: the test holds the master, the driver opens the slave by name.
class PtyPair {
 public:
  PtyPair() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
    if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0) {
      throw std::runtime_error("no pseudo terminal");
    }
    slave_name_ = ::ptsname(master_.get());
  }

  [[nodiscard]] const std::string& slave_name() const { return slave_name_; }
  [[nodiscard]] int master() const { return master_.get(); }
  void close_master() { master_.reset(); }

  void send(std::span<const std::uint8_t> bytes) const {
    if (::write(master_.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("short write to the pty");
    }
  }

  /// Exactly `count` bytes as the driver sent them, or fewer when the deadline passes.
  [[nodiscard]] std::vector<std::uint8_t> receive(const Clock& clock, std::size_t count,
                                                  const Deadline& deadline) const {
    std::vector<std::uint8_t> got(count);
    std::size_t have = 0;
    while (have < count && wait_readable(clock, master_.get(), deadline)) {
      const ssize_t n = ::read(master_.get(), got.data() + have, count - have);
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    got.resize(have);
    return got;
  }

 private:
  UniqueFd master_;
  std::string slave_name_;
};

}  // namespace plugrig::serial::test
