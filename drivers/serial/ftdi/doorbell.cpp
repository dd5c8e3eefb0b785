#include "drivers/serial/ftdi/doorbell.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace plugrig::ftdi {

Doorbell::Doorbell() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Doorbell::ring() noexcept {
  const std::uint64_t one = 1;
  // A full counter is the only reason to fail, and then the bell is ringing anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

bool Doorbell::wait(const Clock& clock, const Deadline& deadline) {
  if (!wait_readable(clock, event_.get(), deadline)) return false;
  std::uint64_t rung = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_.get(), &rung, sizeof rung);
  return true;
}

}  // namespace plugrig::ftdi
