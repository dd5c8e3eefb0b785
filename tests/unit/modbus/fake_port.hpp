#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "drivers/api/modbus_port.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::modbus::test {

/// What comes back on the line, and when after the end of the request.
struct Arrival {
  Duration after{};
  std::optional<ModbusFrame> frame;  ///< empty = bytes that are no frame
};

/// A line in virtual time. What devices answer to a request is a function of the test's; the line
/// itself keeps the order of time, takes wire time, and can be pulled.
class FakePort final : public ModbusPort {
 public:
  using Devices = std::function<std::vector<Arrival>(const ModbusFrame&)>;

  FakePort(Clock& clock, Devices devices) : clock_(clock), devices_(std::move(devices)) {}

  /// Other devices from now on. To be called only while nobody sends.
  void devices(Devices devices) { devices_ = std::move(devices); }

  void flush() override {
    need_line();
    const Instant now = clock_.now();
    std::erase_if(coming_, [&](const Coming& one) { return one.at <= now; });
  }

  void send(const ModbusFrame& request, const Deadline& deadline) override {
    need_line();
    sent.emplace_back(clock_.now(), request);
    clock_.sleep_for(wire_time(request.pdu.size()), deadline);
    for (Arrival& arrival : devices_(request)) {
      coming_.push_back({clock_.now() + arrival.after, std::move(arrival.frame)});
    }
    std::ranges::stable_sort(coming_, {}, &Coming::at);
  }

  std::optional<ModbusFrame> receive(const Deadline& deadline) override {
    need_line();
    if (coming_.empty() || coming_.front().at > deadline.at) {
      clock_.sleep_until(deadline);
      return std::nullopt;
    }
    clock_.sleep_until({coming_.front().at, deadline.stop});
    const Coming first = coming_.front();
    coming_.erase(coming_.begin());
    if (!first.frame) throw Fault("modbus.garbled", Blame::instrument, "Garbled.", "Check it.");
    return first.frame;
  }

  [[nodiscard]] Duration wire_time(std::size_t pdu_bytes) const override {
    return (pdu_bytes + 3) * std::chrono::microseconds{1042};  // 9600 baud 8N1
  }

  void reopen(const Deadline& deadline) override {
    ++reopened;
    if (plugged_in) {
      lost = false;
      return;
    }
    clock_.sleep_until(deadline);
    need_line();
  }

  /// All that was sent, with its time. To be looked at only while nobody sends.
  std::vector<std::pair<Instant, ModbusFrame>> sent;
  bool lost = false;
  bool plugged_in = true;
  int reopened = 0;

 private:
  struct Coming {
    Instant at;
    std::optional<ModbusFrame> frame;
  };

  void need_line() const {
    if (lost) throw Fault("modbus.lost", Blame::host, "Lost.", "Plug it in.");
  }

  Clock& clock_;
  Devices devices_;
  std::vector<Coming> coming_;
};

}  // namespace plugrig::modbus::test
