#include "tests/unit/serial/fake_rfc2217_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "drivers/serial/com_port.hpp"

namespace plugrig::serial::test {

FakeRfc2217Server::FakeRfc2217Server(FakeBehaviour behaviour)
    : behaviour_(std::move(behaviour)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, length) != 0 || ::listen(listener_.get(), 1) != 0 ||
      ::getsockname(listener_.get(), raw, &length) != 0) {
    throw std::runtime_error("no port on loopback");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

FakeRfc2217Server::~FakeRfc2217Server() = default;

std::string FakeRfc2217Server::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::string FakeRfc2217Server::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::vector<std::uint8_t> FakeRfc2217Server::data() const {
  const std::lock_guard lock(mutex_);
  return data_;
}

void FakeRfc2217Server::join() {
  if (thread_.joinable()) thread_.join();
}

void FakeRfc2217Server::serve(const std::stop_token& stop) {
  try {
    const Deadline forever{Instant::max(), stop};
    wait_readable(*clock_, listener_.get(), forever);
    client_ = UniqueFd(::accept(listener_.get(), nullptr, nullptr));
    const int on = 1;
    ::setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (behaviour_.close_at_once) {
      const std::string text = "port already in use";
      send(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
      ::shutdown(client_.get(), SHUT_WR);
    }
    TelnetParser parser;
    std::array<std::uint8_t, 4096> buffer{};
    while (!closing_) {
      wait_readable(*clock_, client_.get(), forever);
      const ssize_t got = ::recv(client_.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      if (behaviour_.silent || behaviour_.close_at_once) continue;
      note("|");
      parser.feed(std::span(buffer).first(static_cast<std::size_t>(got)), *this);
    }
  } catch (const Stopped&) {
    // The test is over.
  }
  client_.reset();
}

void FakeRfc2217Server::on_data(std::span<const std::uint8_t> bytes) {
  {
    const std::lock_guard lock(mutex_);
    data_.insert(data_.end(), bytes.begin(), bytes.end());
  }
  note("data ");
  std::vector<std::uint8_t> escaped;
  append_escaped(escaped, bytes);
  if (behaviour_.echo) send(escaped);
}

void FakeRfc2217Server::on_negotiation(std::uint8_t verb, std::uint8_t option) {
  const bool refuse = (option == telnet::option_com_port && behaviour_.refuse_com_port) ||
                      (option == telnet::option_binary && behaviour_.refuse_binary);
  std::uint8_t reply = 0;
  if (verb == telnet::will) reply = refuse ? telnet::dont : telnet::do_;
  if (verb == telnet::do_) reply = refuse ? telnet::wont : telnet::will;
  if (reply != 0) send(std::array<std::uint8_t, 3>{telnet::iac, reply, option});
}

void FakeRfc2217Server::on_subnegotiation(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 3 || closing_) return;
  if (requests_++ == behaviour_.close_after_requests) {
    closing_ = true;
    return;
  }
  if (suspended_) answer(com_port::flow_resume, {});
  suspended_ = false;
  const std::uint8_t command = bytes[1];
  std::vector<std::uint8_t> value(bytes.begin() + 2, bytes.end());
  std::uint32_t number = 0;
  for (const std::uint8_t byte : value) number = number << 8 | byte;
  note(std::to_string(command) + ":" + std::to_string(number) + " ");
  if (command == com_port::set_baud) {
    if (number != 0) rate_ = std::max(number, behaviour_.slowest_rate);
    value = {static_cast<std::uint8_t>(rate_ >> 24), static_cast<std::uint8_t>(rate_ >> 16),
             static_cast<std::uint8_t>(rate_ >> 8), static_cast<std::uint8_t>(rate_)};
    const std::string& text = behaviour_.before_rate_answer;
    send(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  if (command == com_port::purge && behaviour_.ignore_purge) return;
  const bool dtr_on = command == com_port::set_control && number == com_port::control_dtr_on;
  if (dtr_on && !behaviour_.has_dtr) value = {com_port::control_dtr_off};
  if (command == com_port::purge && behaviour_.suspend_after_setup) {
    answer(com_port::flow_suspend, {});
    suspended_ = true;
  }
  answer(command, value);
}

void FakeRfc2217Server::answer(std::uint8_t command, std::vector<std::uint8_t> value) {
  std::vector<std::uint8_t> out;
  append_com_port(out, static_cast<std::uint8_t>(command + com_port::answer), value);
  send(out);
}

void FakeRfc2217Server::note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  log_ += text;
}

void FakeRfc2217Server::send(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

}  // namespace plugrig::serial::test
