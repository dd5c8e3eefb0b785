#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "drivers/api/modbus_port.hpp"
#include "drivers/modbus/line.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::modbus {

/// Longest response time-out on a bus that carries relays: an off that comes while another request
/// is under way must not wait longer (design, safety rule 4).
inline constexpr Duration relay_bus_response_limit = std::chrono::milliseconds{300};

/// What an off is granted even when its caller's deadline is nearer or has passed.
inline constexpr Duration least_time_for_off = std::chrono::seconds{1};

struct BusOptions {
  std::string name = "modbus";  ///< for messages: "the bus of board1"
  /// Cuts every request's response time-out; `relay_bus_response_limit` when relays share the bus.
  Duration response_limit = std::chrono::seconds{1};
  LineOptions line = {};
};

/// Whose turn it is when several requests wait.
enum class Urgency : std::uint8_t {
  normal,
  off,  ///< switches something off: goes before all others, and no stop cancels it
};

/// What one request may cost, and what it switches.
struct RequestOptions {
  Urgency urgency = Urgency::normal;
  Duration response_timeout = relay_bus_response_limit;
  /// Shorter for the first attempt, so that one lost answer does not keep others waiting for long;
  /// a device that is slower than usual still has the next ones. Zero: as `response_timeout`.
  Duration first_timeout{};
  int retries = 2;  ///< after time-out, damaged answers, busy
  /// The output that a write switches, counted from 1; 0 = all outputs of the unit; empty = none.
  /// An off takes waiting writes of normal urgency for the same output out of the queue: nothing
  /// that was asked for before the off may switch on after it.
  std::optional<int> output = std::nullopt;
  /// A read of another function that the same unit answers. When a late answer may still come that
  /// could be taken for that of the request, this is sent first instead of waiting until none can
  /// (ModbusLine). Empty: the request waits.
  std::vector<std::uint8_t> fence = {};
};

/// One Modbus line or connection shared by any number of threads; a thread of its own owns the port
/// and takes one request at a time. The thread is a participant of the clock and ends with the
/// object.
///
/// Faults of `request`: `modbus.timeout`, `modbus.garbled`, `modbus.wrong_unit`,
/// `modbus.wrong_answer` (instrument), `modbus.exception` (config for codes 01 to 03, else
/// instrument), `modbus.lost` (as the port says), `modbus.overtaken` (software: an off of the same
/// output came first). Tried again after time-out, damage, busy and loss, never after exceptions
/// 01 to 03, which no repetition cures (Modbus notes §1).
class ModbusBus {
 public:
  /// The calling thread must hold a seat of `clock` if it insists on seats. `clock` must outlive
  /// the bus.
  ModbusBus(Clock& clock, std::unique_ptr<ModbusPort> port, BusOptions options = {});
  ModbusBus(const ModbusBus&) = delete;
  ModbusBus& operator=(const ModbusBus&) = delete;
  /// Requests that wait are given up, except offs: each is still tried once.
  ~ModbusBus();

  /// Queues the request, blocks until it is answered or given up. Any thread. Throws `Stopped` on
  /// stop (never for an off). An off whose caller gave up by deadline is still carried out.
  Reply request(const ModbusFrame& frame, const RequestOptions& options, const Deadline& deadline);

  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] Duration response_limit() const { return options_.response_limit; }

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;

  void own(const std::stop_token& stop, Clock::Seat& seat);
  /// When the line can tell the job's answer from late ones. Owner thread only.
  [[nodiscard]] Instant line_ready_for(const Job& job) const;
  /// When the job, or its fence, may be sent. Owner thread only.
  [[nodiscard]] Instant ready_for(const Job& job) const;
  /// The next job that may be sent at `now`; empty when all have to wait, at the longest to `wake`.
  JobPtr take(Instant now, Instant& wake);
  void carry_out(const JobPtr& job, const std::stop_token& stop);
  /// Opens a lost port anew; empty, and the port's fault in `error`, when that fails.
  std::optional<Duration> bring_back(const std::stop_token& stop, std::exception_ptr& error);
  /// Ends the job after an attempt, or queues it again when `again_after` says that it may help.
  void settle(const JobPtr& job, std::optional<Reply> reply, const std::exception_ptr& error,
              std::optional<Duration> again_after, bool stopping);
  void enqueue(const JobPtr& job);
  void overtake(const Job& off);
  void give_up_queued();
  [[nodiscard]] bool ended() const;

  Clock& clock_;
  const BusOptions options_;
  std::unique_ptr<ModbusPort> port_;
  ModbusLine line_;  ///< owner thread only
  mutable std::mutex mutex_;
  std::vector<JobPtr> offs_;    ///< guarded by mutex_
  std::vector<JobPtr> queued_;  ///< guarded by mutex_
  Instant offs_first_until_{};  ///< owner thread only
  JobPtr running_;              ///< guarded by mutex_
  std::uint64_t changes_ = 0;   ///< guarded by mutex_; counts what the owner should look at
  bool ended_ = false;          ///< guarded by mutex_
  std::jthread owner_;
};

}  // namespace plugrig::modbus
