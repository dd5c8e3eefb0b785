#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "rig/engine/mains_bench.hpp"
#include "rig/engine/mains_lease.hpp"

namespace plugrig::mains {

/// The way back of a contact carrier takes less, however it is driven.
inline constexpr Duration kWithdrawLimit = std::chrono::seconds{3};

/// The event that tells of a wait.
event::LeaseWaits waits_for(const char* what, const std::vector<LeaseParty>& holders);

/// Waits until no other slot of the group has a stage with mains on. Fault `safety.load_shared`
/// when the stage's deadline comes first; throws Stopped.
LeaseDesk::Lease take_stage_turn(Bench& bench, std::size_t slot, const MainsStage& stage);

/// A slot's stage with mains on: what its steps may ask, and the way out of it.
class SlotSession final : public MainsSession, public MainsAccess {
 public:
  /// `turn`: where the slot may not be live beside others; given back by `end`.
  SlotSession(std::shared_ptr<Bench> bench, std::size_t slot, const MainsStage& stage,
              LeaseDesk::Lease turn = {});
  ~SlotSession() override;
  SlotSession(const SlotSession&) = delete;
  SlotSession& operator=(const SlotSession&) = delete;

  [[nodiscard]] MainsAccess& access() override { return *this; }
  [[nodiscard]] std::stop_token stop() const override { return stop_; }
  [[nodiscard]] std::optional<Fault> tripped() const override { return bench_->tripped(slot_); }
  void step_ends(Instant at) override;
  [[nodiscard]] Duration waited() const override { return waited_; }
  void end() override;

  /// Contacts that move need their time behind the closing of the port: waits until they read as
  /// withdrawn, for `kWithdrawLimit` at most. Allows nothing: `energise` asks again.
  void await_contacts(const MainsStage& stage);

  void energise(const Deadline& deadline) override;
  LoadSetting load(double watts, const Deadline& deadline) override;
  void de_energise(const Deadline& deadline) override;
  [[nodiscard]] bool energised() const override;
  [[nodiscard]] double nominal_V() const override { return bench_->hardware().nominal_V; }
  [[nodiscard]] std::unique_ptr<ReferenceLease> lease_reference(const std::string& purpose,
                                                                const Deadline& deadline) override;
  [[nodiscard]] PowerMeter& reference() override;
  [[nodiscard]] std::vector<PowerMeter*> other_references() override;
  [[nodiscard]] bool load_by_hand() const override;
  [[nodiscard]] bool shares_chain() const override;
  [[nodiscard]] std::unique_ptr<ChainShare> share_chain(const std::string& purpose,
                                                        const Deadline& deadline) override;
  [[nodiscard]] bool attended() const override { return !bench_->hardware().hardwired_interlock; }

 private:
  friend class SlotChainShare;
  /// A load point that the slot has, with others or alone, and who was there when it took it.
  struct Point {
    LeaseDesk::Lease lease;
    double watts = 0;
    LoadSetting setting;
    std::uint64_t changes = 0;
  };

  /// Off, unless nothing was switched on since off was last proven.
  void off_and_proven();
  void undo(const std::function<void()>& what);
  void switch_on(const Deadline& deadline);
  /// Runs a wait whose time is not the running step's.
  void wait_beside(const std::function<void()>& wait);
  /// Waits until `ready`. Throws Stopped, and why the session is over.
  void wait_until(const std::function<bool()>& ready, const Deadline& deadline);
  /// Until mains is off again.
  void take_chain(LeaseRequest request, const Deadline& deadline);
  void leave_chain() noexcept;
  void join_round(const std::string& purpose, const Deadline& deadline);
  void build_round(const Deadline& deadline);
  LoadSetting take_point(double watts, const Deadline& deadline);
  void put_on_chain(const Point& point, const Deadline& deadline);
  void give_point_back() noexcept;
  [[nodiscard]] LeaseDesk::Lease await_turn(const std::string& purpose, const Deadline& deadline);

  const std::shared_ptr<Bench> bench_;
  const std::size_t slot_;
  const std::stop_token stop_;
  std::stop_callback<std::function<void()>> stop_of_run_;
  const ReferenceTurn::Tell tell_;
  LeaseDesk::Lease stage_turn_;
  LeaseDesk::Lease chain_turn_;
  std::optional<Point> point_;
  /// What a share of the chain that outlives the session finds to be gone.
  std::shared_ptr<SlotSession*> self_ = std::make_shared<SlotSession*>(this);
  std::weak_ptr<ReferenceTurn> turn_;
  std::optional<TurnsMeter> meter_;
  Duration waited_{};
  bool ended_ = false;
};

}  // namespace plugrig::mains
