#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "drivers/api/modbus_port.hpp"
#include "rig/core/clock.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::modbus::test {

/// When a request left the client, so that a server on a busy machine can tell a late answer from
/// one that comes later than any promise covers.
struct SentMark {
  std::atomic<std::int64_t> at_ns{0};
};

/// Puts the mark; else the port that it holds.
class MarkedPort final : public ModbusPort {
 public:
  MarkedPort(const Clock& clock, SentMark& mark, std::unique_ptr<ModbusPort> port)
      : clock_(clock), mark_(mark), port_(std::move(port)) {}
  void flush() override { port_->flush(); }
  void send(const ModbusFrame& request, const Deadline& deadline) override {
    mark_.at_ns = clock_.now().time_since_epoch().count();
    port_->send(request, deadline);
  }
  std::optional<ModbusFrame> receive(const Deadline& deadline) override {
    return port_->receive(deadline);
  }
  [[nodiscard]] Duration wire_time(std::size_t bytes) const override {
    return port_->wire_time(bytes);
  }
  [[nodiscard]] bool answers_name_requests() const override {
    return port_->answers_name_requests();
  }
  void reopen(const Deadline& deadline) override { port_->reopen(deadline); }

 private:
  const Clock& clock_;
  SentMark& mark_;
  std::unique_ptr<ModbusPort> port_;
};

/// How the faulty server frames.
enum class Framing : std::uint8_t { rtu, tcp };

/// A Modbus server of the test's own, on its own thread and the real clock, that answers reads of
/// three registers with the address and the number of the request, or does one of the things that
/// go wrong. It shares no code with what it tests.
class FaultyServer {
 public:
  /// RTU: the master side of a pty. TCP: a listening socket on loopback.
  FaultyServer(const Clock& clock, Framing framing, std::uint64_t seed, SentMark& mark,
               Duration promise);
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;
  ~FaultyServer();

  [[nodiscard]] const std::string& device() const { return device_; }  ///< RTU
  [[nodiscard]] std::uint16_t port() const { return port_; }           ///< TCP
  /// Number of the request that came last, counted from 1.
  [[nodiscard]] std::uint32_t serial() const { return serial_; }
  /// Answers that the machine delayed beyond the promise; what they cause is nobody's mistake.
  [[nodiscard]] bool excused(std::uint32_t serial) const;
  [[nodiscard]] std::map<std::string, int> counts() const;
  [[nodiscard]] std::set<std::uint16_t> transactions() const;

 private:
  struct Pending {
    Instant due;
    std::uint32_t serial = 0;
    Instant sent{};
    std::vector<std::uint8_t> bytes;
    bool then_close = false;
  };

  void serve(const std::stop_token& stop);
  void accept_client();
  void take_requests();
  void plan(const std::vector<std::uint8_t>& request);
  void later(Duration after, std::vector<std::uint8_t> bytes, bool then_close = false);
  void write_due();
  [[nodiscard]] std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& request,
                                                 std::uint8_t unit_change = 0) const;
  [[nodiscard]] std::vector<std::uint8_t> framed(std::vector<std::uint8_t> unit_and_pdu) const;
  Duration between_ms(int least, int most);
  void count(const std::string& what);

  const Clock& clock_;
  const Framing framing_;
  std::mt19937_64 random_;
  SentMark& mark_;
  const Duration promise_;
  UniqueFd listener_;
  UniqueFd line_;
  std::string device_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint32_t> serial_{0};
  std::vector<std::uint8_t> input_;
  std::vector<std::uint8_t> header_;  ///< TCP, of the present request
  std::vector<Pending> pending_;
  mutable std::mutex mutex_;
  std::map<std::string, int> counts_;
  std::set<std::uint32_t> excused_;
  std::set<std::uint16_t> transactions_;
  std::jthread thread_;
};

}  // namespace plugrig::modbus::test
