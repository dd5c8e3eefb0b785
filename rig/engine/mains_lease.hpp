#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rig/core/event.hpp"
#include "rig/engine/mains_access.hpp"
#include "rig/engine/mains_bench.hpp"

namespace plugrig::mains {

/// No series of readings takes longer: thirty readings of 2.5 s and a minute of settling at each of
/// four points are nine minutes.
inline constexpr Duration kLongestHold = std::chrono::minutes{20};
/// Where a person reads the meter or plugs the load in and out.
inline constexpr Duration kLongestHoldByHand = std::chrono::hours{2};

/// How long after a selector connects a slot nothing of before it shows: a reading is the mean over
/// the refresh before the last one, and in half of such a window voltage and current do not even
/// fit each other.
Duration settles_connected(Duration meter_refresh);

/// The slot's turn at reference and load, from being granted until it is given back: by whoever
/// holds it last, or by the end of the session. Giving back puts the load off and opens the slot's
/// selector, whatever else fails; what then cannot be shown to be open trips the slot.
class ReferenceTurn {
 public:
  using Tell = std::function<void(event::Body)>;

  /// `granted` is not held when the slot has its turn for the whole stage.
  ReferenceTurn(std::shared_ptr<Bench> bench, std::size_t slot, LeaseDesk::Lease granted,
                std::string purpose, Tell tell);
  ~ReferenceTurn() { give_back(); }
  ReferenceTurn(const ReferenceTurn&) = delete;
  ReferenceTurn& operator=(const ReferenceTurn&) = delete;

  /// Connects reference and load to the slot, and waits until the reference shows nothing of before
  /// it, where it was connected to another slot or to none. Faults `safety.*`, `relay.*`.
  void connect(const Deadline& deadline);
  void give_back() noexcept;
  [[nodiscard]] bool held() const { return held_; }

  void settled(Duration spent) { settling_ += spent; }
  void sampled(Duration spent) { sampling_ += spent; }

 private:
  const std::shared_ptr<Bench> bench_;
  const std::size_t slot_;
  LeaseDesk::Lease granted_;
  const std::string purpose_;
  const Tell tell_;
  const Instant since_;
  Duration settling_{};
  Duration sampling_{};
  bool held_ = true;
};

/// What a step holds of it.
class TurnShare final : public ReferenceLease {
 public:
  explicit TurnShare(std::shared_ptr<ReferenceTurn> turn) : turn_(std::move(turn)) {}
  void settled(Duration spent) override { turn_->settled(spent); }
  void sampled(Duration spent) override { turn_->sampled(spent); }

 private:
  const std::shared_ptr<ReferenceTurn> turn_;
};

/// Thrown to who measures when another slot had to leave the chain.
Fault chain_changed(const std::string& slot);

/// The slot's reference, which may be read only in the slot's turn: at other times it shows other
/// slots.
class TurnsMeter final : public PowerMeter {
 public:
  /// All outlive it.
  TurnsMeter(PowerMeter& meter, const Bench& bench, std::size_t slot)
      : meter_(meter), bench_(bench), slot_(slot) {}

  [[nodiscard]] const MeterInfo& info() const override { return meter_.info(); }
  /// Fault `safety.no_lease` (software) outside the slot's turn, `safety.chain_changed`; those of
  /// the meter.
  PowerReading read(const Deadline& deadline) override;
  [[nodiscard]] MeterRange range_at(double voltage_V, double current_A) const override {
    return meter_.range_at(voltage_V, current_A);
  }
  [[nodiscard]] bool by_hand() const override { return meter_.by_hand(); }

 private:
  void require_same_chain(const Slot& known) const;

  PowerMeter& meter_;
  const Bench& bench_;
  const std::size_t slot_;
};

}  // namespace plugrig::mains
