#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "drivers/guardian/message.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::guardian {

/// The other side is gone, or does not speak this protocol.
struct ChannelClosed : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "channel closed"; }
};

/// One end of a connection between rig and guardian. Real time only; one thread at a time uses it.
class Channel {
 public:
  Channel() = default;
  /// `socket`: SOCK_SEQPACKET.
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}

  /// Throws ChannelClosed, also when the other side has stopped taking messages.
  void send(const Message& message);
  /// The next message; empty when the deadline passed. Throws Stopped, and ChannelClosed for the
  /// end of the connection and for packets that are no message: it is closed then.
  std::optional<Message> receive(const Clock& clock, const Deadline& deadline);
  void close() { socket_.reset(); }
  [[nodiscard]] bool open() const { return static_cast<bool>(socket_); }

 private:
  UniqueFd socket_;
};

/// Two ends of one connection. Fault `guardian.start` (host).
std::pair<UniqueFd, UniqueFd> make_channel_ends();

}  // namespace plugrig::guardian
