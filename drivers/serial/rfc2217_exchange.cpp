// The lower half of Rfc2217Port: socket, telnet stream and the waiting for answers.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "drivers/serial/rfc2217_port.hpp"

namespace plugrig::serial {

namespace {

std::string printable(const std::deque<std::uint8_t>& bytes) {
  constexpr std::size_t enough = 200;
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (text.size() == enough) break;
    text += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : ' ';
  }
  return text;
}

}  // namespace

// ---- what the server says

void Rfc2217Port::on_data(std::span<const std::uint8_t> bytes) {
  in_.insert(in_.end(), bytes.begin(), bytes.end());
}

void Rfc2217Port::on_negotiation(std::uint8_t verb, std::uint8_t option) {
  heard_[{verb, option}] = true;
  const bool ours = option == telnet::option_com_port || option == telnet::option_binary ||
                    option == telnet::option_suppress_go_ahead;
  // Our own options were all offered and asked for at the start, so what the server says of them is
  // an answer; to answer it again is how telnet loops are made (RFC 854, the general rules).
  if (ours) return;
  if (verb == telnet::will) out_.insert(out_.end(), {telnet::iac, telnet::dont, option});
  if (verb == telnet::do_) out_.insert(out_.end(), {telnet::iac, telnet::wont, option});
}

void Rfc2217Port::on_subnegotiation(std::span<const std::uint8_t> bytes) {
  const auto answer = parse_com_port_answer(bytes);
  if (!answer) return;
  switch (answer->command) {
    case com_port::flow_suspend:
      suspended_ = true;
      return;
    case com_port::flow_resume:
      suspended_ = false;
      return;
    default:
      answers_.push_back(*answer);
  }
}

bool Rfc2217Port::answered(std::uint8_t command, std::uint32_t value) const {
  return std::any_of(answers_.begin(), answers_.end(), [&](const ComPortAnswer& answer) {
    return answer.command == command && answer.value == value;
  });
}

bool Rfc2217Port::answered(std::uint8_t command) const {
  return std::any_of(answers_.begin(), answers_.end(),
                     [&](const ComPortAnswer& answer) { return answer.command == command; });
}

std::uint32_t Rfc2217Port::last_answer(std::uint8_t command) const {
  std::uint32_t value = 0;
  for (const ComPortAnswer& answer : answers_) {
    if (answer.command == command) value = answer.value;
  }
  return value;
}

// ---- socket

bool Rfc2217Port::wait_until(const std::function<bool()>& done, const Deadline& deadline) {
  while (true) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    if (lost_) throw lost(0);
    send_queued();
    receive();
    if (done()) return true;
    if (!exchange(true, deadline)) return done();
  }
}

bool Rfc2217Port::flush(const Deadline& deadline) {
  while (true) {
    if (deadline.stop.stop_requested()) throw Stopped{};
    if (lost_) throw lost(0);
    send_queued();
    if (out_.empty()) return true;
    // A server whose own output is stuck stops reading: so input is taken while waiting.
    if (!exchange(true, deadline)) return false;
  }
}

bool Rfc2217Port::exchange(bool want_input, const Deadline& deadline) {
  std::array<FdWatch, 1> watch{
      FdWatch{.fd = socket_.get(), .read = want_input, .write = !out_.empty()}};
  if (!wait_fds(clock_, watch, deadline)) return false;
  if (watch[0].writable) send_queued();
  if (watch[0].readable || watch[0].closed) receive();
  return true;
}

void Rfc2217Port::send_queued() {
  while (!out_.empty()) {
    const ssize_t sent = ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (sent < 0) {
      const int error = errno;
      lost_ = true;
      throw lost(error);
    }
    out_.erase(out_.begin(), out_.begin() + sent);
  }
}

void Rfc2217Port::receive() {
  std::array<std::uint8_t, 4096> buffer{};
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got > 0) {
    parser_.feed(std::span(buffer).first(static_cast<std::size_t>(got)), *this);
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  const int error = got == 0 ? 0 : errno;
  // What was received before the end is still read; only then is the port lost.
  lost_ = true;
  if (!in_.empty() && ready_) return;
  throw lost(error);
}

Deadline Rfc2217Port::answer_deadline(const Deadline& outer) const {
  return outer.no_later_than(clock_.now() + answer_limit_);
}

// ---- faults

Fault Rfc2217Port::lost(int error) const {
  const Evidence said{"server said", printable(in_)};
  if (!ready_) {
    return {"rfc2217.busy",
            Blame::host,
            "The serial server " + name_ + " closed the connection while it was set up.",
            "Another program may have the port: end it, or look at the server's log.",
            {said}};
  }
  return {
      "rfc2217.lost",
      Blame::host,
      "The connection to the serial server " + name_ + " was lost.",
      "Check the server and the network, then start again.",
      {{"error", error == 0 ? "closed by the server" : std::generic_category().message(error)}}};
}

Fault Rfc2217Port::no_answer(const std::string& to_what) const {
  return {"rfc2217.no_answer", Blame::host,
          "The serial server " + name_ + " did not answer " + to_what + ".",
          "Check the server's log and the network."};
}

Fault Rfc2217Port::not_supported(const std::string& why) const {
  return {"rfc2217.not_supported",
          Blame::host,
          "The server " + name_ + " is no RFC 2217 serial server. " + why + ".",
          "In ser2net's configuration the accepter must read telnet(rfc2217),tcp,…",
          {{"server said", printable(in_)}}};
}

}  // namespace plugrig::serial
