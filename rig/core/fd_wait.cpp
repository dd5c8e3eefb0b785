#include "rig/core/fd_wait.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace plugrig {

namespace {

/// Turns a stop request into a readable descriptor. Costs nothing when nobody can request a stop.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& token) {
    if (!token.stop_possible()) return;
    event_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
    callback_.emplace(token, Wake{event_.get()});
  }

  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  struct Wake {
    int fd;
    void operator()() const noexcept {
      const std::uint64_t one = 1;
      // It cannot fail: the counter is far from full, and then the descriptor is readable anyway.
      [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
    }
  };
  UniqueFd event_;
  std::optional<std::stop_callback<Wake>> callback_;
};

/// Time left as ppoll takes it; empty = for ever.
std::optional<timespec> time_left(const Clock& clock, const Deadline& deadline) {
  if (deadline.at == Instant::max()) return std::nullopt;
  const auto left = std::max(deadline.at - clock.now(), Duration::zero());
  // A day at a time keeps the seconds within every time_t; the caller looks again.
  const auto capped = std::min<Duration>(left, std::chrono::hours{24});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(capped);
  return timespec{static_cast<time_t>(seconds.count()),
                  static_cast<long>((capped - seconds).count())};
}

short wanted_events(const FdWatch& watch) {
  return static_cast<short>((watch.read ? POLLIN : 0) | (watch.write ? POLLOUT : 0));
}

bool take_results(std::span<FdWatch> watches, const std::vector<pollfd>& polled) {
  bool any = false;
  for (std::size_t i = 0; i < watches.size(); ++i) {
    const short seen = polled[i].revents;
    if ((seen & POLLNVAL) != 0) throw std::system_error(EBADF, std::generic_category(), "poll");
    watches[i].readable = (seen & POLLIN) != 0;
    watches[i].writable = (seen & POLLOUT) != 0;
    watches[i].closed = (seen & (POLLHUP | POLLERR)) != 0;
    any = any || seen != 0;
  }
  return any;
}

}  // namespace

void UniqueFd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool wait_fds(const Clock& clock, std::span<FdWatch> watches, const Deadline& deadline) {
  const StopSignal stop(deadline.stop);
  std::vector<pollfd> polled;
  polled.reserve(watches.size() + 1);
  for (const FdWatch& watch : watches) polled.push_back({watch.fd, wanted_events(watch), 0});
  polled.push_back({stop.fd(), POLLIN, 0});  // -1 is ignored by poll
  while (true) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    const std::optional<timespec> left = time_left(clock, deadline);
    const int result = ::ppoll(polled.data(), polled.size(), left ? &*left : nullptr, nullptr);
    if (result < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (deadline.stop.stop_requested()) throw Stopped{};
    if (result > 0 && take_results(watches, polled)) return true;
    // The kernel's timer may run a little ahead of the clock: only the clock says that it is over.
    if (result == 0 && clock.now() >= deadline.at) return false;
  }
}

bool wait_readable(const Clock& clock, int fd, const Deadline& deadline) {
  std::array<FdWatch, 1> watch{FdWatch{.fd = fd, .read = true}};
  return wait_fds(clock, watch, deadline);
}

bool wait_writable(const Clock& clock, int fd, const Deadline& deadline) {
  std::array<FdWatch, 1> watch{FdWatch{.fd = fd, .write = true}};
  return wait_fds(clock, watch, deadline);
}

}  // namespace plugrig
