#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "drivers/api/operator.hpp"
#include "rig/core/clock.hpp"

namespace plugrig {

/// A unit that sits in a slot and may be started.
struct ReadyUnit {
  /// What is known of it before its first step ("serial", as scanned).
  std::map<std::string, std::string, std::less<>> facts = {};
};

/// What starts the next unit in a slot. Called by several slot threads at the same time, each with
/// a seat of the clock; one call a slot at a time.
class StartSignal {
 public:
  virtual ~StartSignal() = default;
  /// What a person is to do, shown while the slot waits: "Load a unit and close the guard." Empty:
  /// nothing.
  [[nodiscard]] virtual std::string asks(const std::string& slot) const = 0;
  /// Blocks until a unit is in the slot and may start. Throws Stopped (of the run, or because the
  /// other slots took what was left) and Fault.
  virtual ReadyUnit wait(const std::string& slot, const Deadline& deadline) = 0;
};

/// The guard of the slot was opened and closed again. For the first unit of a slot a closed guard
/// alone says nothing either: it is opened and closed for that unit too.
class GuardStart final : public StartSignal {
 public:
  /// Whether the guard of a slot reads closed at this moment; empty when that cannot be read, which
  /// counts as neither. Blocks for the input.
  using ReadGuard = std::function<std::optional<bool>(const std::string& slot)>;

  /// `clock` outlives this object.
  GuardStart(Clock& clock, ReadGuard read) : clock_(clock), read_(std::move(read)) {}
  [[nodiscard]] std::string asks(const std::string& slot) const override;
  ReadyUnit wait(const std::string& slot, const Deadline& deadline) override;

 private:
  void wait_for(bool closed, const std::string& slot, const Deadline& deadline);
  Clock& clock_;
  const ReadGuard read_;
};

/// A person says that the next unit is loaded. The first unit of each slot is there already when
/// the run is started by hand.
class ConfirmedStart final : public StartSignal {
 public:
  /// `person` outlives this object. `loaded`: slots with a unit in them from the begin.
  ConfirmedStart(Operator& person, std::set<std::string> loaded);
  ~ConfirmedStart() override;
  [[nodiscard]] std::string asks(const std::string& slot) const override;
  ReadyUnit wait(const std::string& slot, const Deadline& deadline) override;

 private:
  struct State;
  Operator& person_;
  std::unique_ptr<State> state_;
};

}  // namespace plugrig
