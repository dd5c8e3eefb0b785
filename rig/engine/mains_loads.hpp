#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "drivers/api/mains_hardware.hpp"

namespace plugrig::mains {

/// A load bank of which it is known all the time what may be on. Threads as for the bank behind it.
class NotedBank final : public LoadBank {
 public:
  /// Told of the most that may be on, by name plate, before it changes and after. Must not block.
  using Note = std::function<void(double load_W)>;

  /// `bank` outlives it.
  NotedBank(LoadBank& bank, Note note) : bank_(bank), note_(std::move(note)) {}

  [[nodiscard]] LoadSetting choose(double watts, double volts) const override {
    return bank_.choose(watts, volts);
  }
  void apply(const LoadSetting& setting, const Deadline& deadline) override;
  void off(const Deadline& deadline) override;
  [[nodiscard]] double rating_A() const override { return bank_.rating_A(); }
  [[nodiscard]] std::optional<Instant> off_due() const override { return bank_.off_due(); }
  [[nodiscard]] bool by_hand() const override { return bank_.by_hand(); }
  [[nodiscard]] Duration renew_within() const override { return bank_.renew_within(); }
  [[nodiscard]] std::optional<Instant> ends() const override { return bank_.ends(); }
  void renew(const Deadline& deadline) override { bank_.renew(deadline); }
  [[nodiscard]] std::vector<MainsSwitch*> timed_relays() override { return bank_.timed_relays(); }
  [[nodiscard]] const LoadBank* behind() const { return &bank_; }

 private:
  LoadBank& bank_;
  const Note note_;
};

/// The banks of a bench, each once, numbered in the order of their slots.
class Loads {
 public:
  /// Told which bank, and what may be on.
  using Note = std::function<void(std::size_t bank, double load_W)>;
  explicit Loads(Note note) : note_(std::move(note)) {}

  /// The number of the bank; empty for null. The same number for the same bank.
  std::optional<std::size_t> wrap(LoadBank* bank);
  [[nodiscard]] std::size_t size() const { return banks_.size(); }
  [[nodiscard]] NotedBank& at(std::size_t bank) const { return *banks_.at(bank); }

 private:
  const Note note_;
  std::vector<std::unique_ptr<NotedBank>> banks_;
};

}  // namespace plugrig::mains
