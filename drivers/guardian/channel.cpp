#include "drivers/guardian/channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace plugrig::guardian {

void Channel::send(const Message& message) {
  const auto packet = encode(message);
  for (;;) {
    if (!socket_) throw ChannelClosed{};
    const ssize_t sent =
        ::send(socket_.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(packet.size())) return;
    if (sent < 0 && errno == EINTR) continue;
    socket_.reset();
  }
}

std::optional<Message> Channel::receive(const Clock& clock, const Deadline& deadline) {
  if (!socket_) throw ChannelClosed{};
  // One byte more than any message: a longer packet is cut to this, and told by it.
  std::array<std::uint8_t, largest_body + 21> packet{};
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!wait_readable(clock, socket_.get(), deadline)) return std::nullopt;
      continue;
    }
    std::optional<Message> message;
    if (got > 0)
      message = decode(std::span<const std::uint8_t>(packet).first(static_cast<std::size_t>(got)));
    if (message) return message;
    socket_.reset();
    throw ChannelClosed{};
  }
}

std::pair<UniqueFd, UniqueFd> make_channel_ends() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw Fault("guardian.start", Blame::host, "No connection to a guardian process can be made.",
                "Look at the computer's limit of open files (ulimit -n) and its memory.",
                {{"error", std::generic_category().message(errno)}});
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace plugrig::guardian
