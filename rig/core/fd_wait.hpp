#pragma once

#include <span>
#include <utility>

#include "rig/core/clock.hpp"

namespace plugrig {

/// A file descriptor that closes itself. -1 = none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// What to watch a descriptor for, and what was seen.
struct FdWatch {
  int fd = -1;
  bool read = false;   ///< wanted
  bool write = false;  ///< wanted
  bool readable = false;
  bool writable = false;
  bool closed = false;  ///< hung up or in error; bytes received before may still be there
};

/// Blocks until at least one of `watches` is readable, writable (as wanted) or closed; false when
/// the deadline passed first. Descriptors are looked at once even when it has already passed.
///
/// For the real clock only: besides the clock itself this is the one place where a thread blocks on
/// something outside the process. Throws `Stopped` when stop is requested; stop wins over
/// readiness, so that a port that never runs dry cannot hold up a stop. Throws std::system_error
/// when the kernel refuses the wait (no memory, not a descriptor).
bool wait_fds(const Clock& clock, std::span<FdWatch> watches, const Deadline& deadline);

/// `wait_fds` for one descriptor; closed counts as ready, the next system call tells why.
bool wait_readable(const Clock& clock, int fd, const Deadline& deadline);
bool wait_writable(const Clock& clock, int fd, const Deadline& deadline);

}  // namespace plugrig
