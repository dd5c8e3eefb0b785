#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "drivers/serial/telnet_parser.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::serial::test {

/// What the fake server does unlike a good one.
struct FakeBehaviour {
  bool silent = false;  ///< a raw TCP port: takes bytes, says nothing
  bool refuse_com_port = false;
  bool refuse_binary = false;
  bool close_at_once = false;      ///< says "in use" and closes
  bool has_dtr = true;             ///< false: tells that DTR stays released
  std::uint32_t slowest_rate = 1;  ///< rates below are made this one
  bool ignore_purge = false;
  bool echo = true;                     ///< sends the line's bytes back
  std::string before_rate_answer = {};  ///< line bytes that arrive just before an answer to a rate
  int close_after_requests = -1;        ///< closes at that COM-PORT request; -1 = never
  bool suspend_after_setup = false;     ///< FLOWCONTROL-SUSPEND before the purge's answer, then
                                        ///< FLOWCONTROL-RESUME with the next request
};

/// An RFC 2217 server of one connection, for tests of the client: answers like a good server, but
/// for what `FakeBehaviour` says, and writes down each request. Its thread ends with the object.
class FakeRfc2217Server : private TelnetSink {
 public:
  explicit FakeRfc2217Server(FakeBehaviour behaviour);
  ~FakeRfc2217Server() override;

  [[nodiscard]] std::string address() const;
  /// Requests as "5:9" (command : value), data as "data"; `|` stands between packets.
  [[nodiscard]] std::string log() const;
  [[nodiscard]] std::vector<std::uint8_t> data() const;
  /// Blocks until the client has gone.
  void join();

 private:
  void on_data(std::span<const std::uint8_t> bytes) override;
  void on_negotiation(std::uint8_t verb, std::uint8_t option) override;
  void on_subnegotiation(std::span<const std::uint8_t> bytes) override;
  void serve(const std::stop_token& stop);
  void answer(std::uint8_t command, std::vector<std::uint8_t> value);
  void note(const std::string& text);
  void send(std::span<const std::uint8_t> bytes);

  FakeBehaviour behaviour_;
  std::unique_ptr<Clock> clock_ = make_real_clock();
  UniqueFd listener_;
  UniqueFd client_;
  std::uint16_t port_ = 0;
  std::uint32_t rate_ = 9600;
  int requests_ = 0;
  bool suspended_ = false;
  bool closing_ = false;
  mutable std::mutex mutex_;
  std::string log_;
  std::vector<std::uint8_t> data_;
  std::jthread thread_;
};

}  // namespace plugrig::serial::test
