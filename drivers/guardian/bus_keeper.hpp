#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "drivers/guardian/guardian.hpp"
#include "drivers/guardian/lease.hpp"

namespace plugrig::guardian {

/// What the threads of a guardian share. Any thread.
class Watchfulness {
 public:
  /// `options` must outlive this.
  explicit Watchfulness(const GuardianOptions& options)
      : lease_(options.lease), options_(options) {}

  [[nodiscard]] Lease& lease() { return lease_; }
  [[nodiscard]] Duration give_up() const { return options_.give_up; }
  /// Everybody switches off now. The first reason that is not empty is told.
  void switch_off(const std::string& why);
  /// The same, and everybody ends when that is done, whether the rig is still there or not.
  void end(const std::string& why);
  void say(const std::string& text);
  /// Requested by `switch_off` and by `end`.
  [[nodiscard]] std::stop_token off() const { return off_.get_token(); }
  [[nodiscard]] std::stop_token ending() const { return end_.get_token(); }

 private:
  Lease lease_;
  const GuardianOptions& options_;
  std::stop_source off_, end_;
  std::mutex mutex_;
  bool told_ = false;  ///< guarded by mutex_
};

/// One bus of the guardian, on one thread: forwards, then switches off.
class BusKeeper {
 public:
  /// All references outlive the keeper.
  BusKeeper(Clock& clock, GuardedBus& bus, Watchfulness& shared);

  /// Until the rig has gone and the relays are off, or that was given up.
  void run();
  /// The relays were read back as off; after `run`.
  [[nodiscard]] bool proven() const { return proven_; }

 private:
  void open();
  /// Forwards until the rig is gone (false) or it is time to switch off (true).
  bool forward();
  /// Switches off, again and again until that is proven; meanwhile reads for the rig.
  void hold_off();
  /// Answers the rig until `end`, or until it is gone.
  void serve_until(Instant end);
  void answer(const Message& request, const std::stop_token& stop);
  Message carry_out(const Message& request, const std::stop_token& stop);
  Message introduce();
  [[nodiscard]] bool may_be_sent(const ModbusFrame& frame);
  void round();
  /// Nobody is left to be served.
  [[nodiscard]] bool alone() const;

  Clock& clock_;
  GuardedBus& bus_;
  Watchfulness& shared_;
  Channel channel_;
  std::unique_ptr<ModbusPort> port_;
  std::optional<Fault> not_opened_;
  bool proven_ = false;
  int unproven_ = 0;  ///< rounds that did not prove that all is off
  std::string told_trouble_;
};

}  // namespace plugrig::guardian
