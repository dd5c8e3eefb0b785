#include "drivers/guardian/switch_off.hpp"

#include <exception>

#include "rig/core/fault.hpp"

namespace plugrig::guardian {
namespace {

/// Relay boards answer within some 20 ms, at 9600 baud with 20 ms more on the wire (Modbus notes
/// §4, §5); a board that is silent must not keep the others on for long.
constexpr Duration answer_limit = std::chrono::milliseconds{200};
constexpr Duration reopen_limit = std::chrono::milliseconds{300};
/// Frames need a silent line before them (Modbus notes §1: t3.5, 4 ms at 9600 baud).
constexpr Duration gap = std::chrono::milliseconds{5};

class Round {
 public:
  Round(ModbusPort& port, const BusPlan& plan, Clock& clock)
      : port_(port), plan_(plan), clock_(clock) {}

  OffRound run() {
    for (const OffRelay& relay : plan_.relays) exchange(relay, relay.off);
    OffRound round{.proven = true, .trouble = {}};
    for (const OffRelay& relay : plan_.relays) {
      const auto answer = exchange(relay, relay.read);
      const auto on = answer ? reads_on(relay, answer->pdu) : std::nullopt;
      if (on == std::optional(false)) continue;
      round.proven = false;
      if (on) trouble_ = relay.name + " still reads as on";
    }
    // An answer that came too late may have been taken for the next one: such a round proves
    // nothing.
    if (!trouble_.empty()) round.proven = false;
    if (!round.proven) round.trouble = trouble_;
    return round;
  }

 private:
  [[nodiscard]] Deadline within(Duration limit) const { return {clock_.now() + limit, {}}; }

  /// The answer of the request's unit with the request's function; empty when none came.
  std::optional<ModbusFrame> exchange(const OffRelay& relay, const ModbusFrame& request) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      try {
        return one_exchange(relay, request);
      } catch (const Fault& fault) {
        trouble_ = fault.happened();
        if (fault.id() != "modbus.lost" || !bring_back()) return std::nullopt;
      } catch (const std::exception& error) {
        trouble_ = error.what();
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<ModbusFrame> one_exchange(const OffRelay& relay, const ModbusFrame& request) {
    clock_.wait({}, within(gap));
    port_.flush();
    const Deadline deadline =
        within(answer_limit + port_.wire_time(request.pdu.size()) + port_.wire_time(5));
    port_.send(request, deadline);
    // What answers late to an earlier request may come first.
    while (auto answer = port_.receive(deadline)) {
      if (answer->unit == request.unit && !answer->pdu.empty() &&
          answer->pdu[0] == request.pdu[0]) {
        return answer;
      }
    }
    trouble_ = relay.name + " does not answer";
    return std::nullopt;
  }

  /// Once a round: a bus that is cut is found cut by the next round again.
  bool bring_back() {
    if (brought_back_) return false;
    brought_back_ = true;
    try {
      port_.reopen(within(reopen_limit));
      return true;
    } catch (const std::exception& error) {
      trouble_ = error.what();
      return false;
    }
  }

  ModbusPort& port_;
  const BusPlan& plan_;
  Clock& clock_;
  bool brought_back_ = false;
  std::string trouble_;
};

}  // namespace

OffRound switch_off(ModbusPort& port, const BusPlan& plan, Clock& clock) noexcept {
  try {
    return Round(port, plan, clock).run();
  } catch (...) {
    return {};
  }
}

}  // namespace plugrig::guardian
