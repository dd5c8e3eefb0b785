#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "rig/engine/mains_bench.hpp"

namespace plugrig::mains {

/// The way back of a contact carrier takes less, however it is driven.
inline constexpr Duration kWithdrawLimit = std::chrono::seconds{3};

/// A slot's stage with mains on: what its steps may ask, and the way out of it.
class SlotSession final : public MainsSession, public MainsAccess {
 public:
  /// The slot holds the load path, when it is shared.
  SlotSession(std::shared_ptr<Bench> bench, std::size_t slot, const MainsStage& stage);
  ~SlotSession() override;
  SlotSession(const SlotSession&) = delete;
  SlotSession& operator=(const SlotSession&) = delete;

  [[nodiscard]] MainsAccess& access() override { return *this; }
  [[nodiscard]] std::stop_token stop() const override { return stop_; }
  [[nodiscard]] std::optional<Fault> tripped() const override { return bench_->tripped(slot_); }
  void step_ends(Instant at) override;
  void end() override;

  /// Contacts that move need their time behind the closing of the port: waits until they read as
  /// withdrawn, for `kWithdrawLimit` at most. Allows nothing: `energise` asks again.
  void await_contacts(const MainsStage& stage);

  void energise(const Deadline& deadline) override;
  LoadSetting load(double watts, const Deadline& deadline) override;
  void de_energise(const Deadline& deadline) override;
  [[nodiscard]] bool energised() const override;
  [[nodiscard]] double nominal_V() const override { return bench_->hardware().nominal_V; }
  [[nodiscard]] PowerMeter& reference() override;
  [[nodiscard]] std::vector<PowerMeter*> other_references() override;
  [[nodiscard]] bool load_by_hand() const override;
  [[nodiscard]] bool attended() const override { return !bench_->hardware().hardwired_interlock; }

 private:
  /// Off, unless nothing was switched on since off was last proven.
  void off_and_proven();
  void undo(const std::function<void()>& what);

  const std::shared_ptr<Bench> bench_;
  const std::size_t slot_;
  const std::stop_token stop_;
  std::stop_callback<std::function<void()>> stop_of_run_;
  bool ended_ = false;
};

}  // namespace plugrig::mains
