#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "drivers/api/operator.hpp"

namespace plugrig::person {

/// Something that a person can plug into the unit.
struct HandLoad {
  std::string name;      ///< "the 60 W bulb"
  double nominal_W = 0;  ///< by name plate, at `at_V`
  double at_V = 230;
};

/// A person as load bank: one load at a time, plugged in by hand, and left there until mains goes
/// off: who switches the load is the unit's own relay.
class OperatorLoad final : public LoadBank {
 public:
  /// `person` outlives the load. `rating_A`: largest current that leads and unit may carry.
  OperatorLoad(Operator& person, std::string slot, std::vector<HandLoad> loads, double rating_A);

  /// The load nearest to `watts` when it draws what resistors draw at `volts`. Faults
  /// `load.no_combination`, `load.rating` (config).
  [[nodiscard]] LoadSetting choose(double watts, double volts) const override;
  /// Asks only when another load than the present one is wanted. Faults of the operator, after
  /// which it is unknown what is plugged in.
  void apply(const LoadSetting& setting, const Deadline& deadline) override;
  /// Asks nobody: a person must not stand between the rig and mains off, and mains off takes the
  /// load with it. What is plugged in is unknown afterwards.
  void off(const Deadline& deadline) override;
  [[nodiscard]] double rating_A() const override { return rating_A_; }
  [[nodiscard]] bool by_hand() const override { return true; }

 private:
  Operator& person_;
  std::string slot_;
  std::vector<HandLoad> loads_;
  double rating_A_;
  /// Index of what is plugged in, -1 = nothing; empty = unknown.
  std::optional<int> present_;
};

}  // namespace plugrig::person
