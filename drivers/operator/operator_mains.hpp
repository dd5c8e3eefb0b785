#pragma once

#include <optional>
#include <string>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/operator.hpp"

namespace plugrig::person {

/// A person as mains switch: plugs the unit in and out.
class OperatorSwitch final : public MainsSwitch {
 public:
  /// `person` outlives the switch.
  OperatorSwitch(Operator& person, std::string slot);

  /// Returns when the person confirmed. Faults of the operator; after a "no" the state is unknown.
  void set(bool on, const Deadline& deadline) override;
  /// As last confirmed; the person is asked when nothing is known.
  bool reads_on(const Deadline& deadline) override;
  [[nodiscard]] bool by_hand() const override { return true; }

 private:
  Operator& person_;
  std::string slot_;
  std::optional<bool> on_;
};

struct OperatorInputOptions {
  std::string slot;
  std::string name;      ///< "guard"
  std::string question;  ///< "Is the guard closed?" Yes = closed.
  /// How long an answer counts; zero = asked at every reading.
  Duration valid_for{};
};

/// A safety input that a person looks at.
class OperatorInput final : public SafetyInput {
 public:
  /// `person` and `clock` outlive the input.
  OperatorInput(Operator& person, Clock& clock, OperatorInputOptions options);

  [[nodiscard]] const std::string& name() const override { return options_.name; }
  /// Yes = closed, no = open. Fault `operator.no_answer`: unknown, never closed.
  bool closed(const Deadline& deadline) override;
  [[nodiscard]] bool by_hand() const override { return true; }

  /// Time since the last answer; nothing when there was none.
  [[nodiscard]] std::optional<Duration> age() const;
  /// The next reading asks, however fresh the last answer is.
  void forget() { answered_at_.reset(); }

 private:
  Operator& person_;
  Clock& clock_;
  OperatorInputOptions options_;
  bool closed_ = false;
  std::optional<Instant> answered_at_;
};

}  // namespace plugrig::person
