#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "drivers/api/power_meter.hpp"
#include "rig/metrology/point_result.hpp"

namespace plugrig::steps {

/// The three quantities of a plug, in the order in which tables list them.
enum class Quantity : std::uint8_t { voltage, current, power };
inline constexpr std::array kQuantities{Quantity::voltage, Quantity::current, Quantity::power};

/// "voltage", "V", "U": as results, units and measurement ids name it.
struct QuantityNames {
  std::string_view name, unit, letter;
};
const QuantityNames& names_of(Quantity quantity);
/// The quantity that a result is of.
Quantity quantity_of(const metrology::PointResult& result);

/// What the plug takes for itself, as the reference sees it with the plug's relay on and no load.
/// All 0 for a reference downstream of the plug.
struct Tare {
  double power_W = 0;
  double active_A = 0;    ///< in phase with the voltage: adds to the load's current
  double reactive_A = 0;  ///< at right angles to it, as of a capacitive supply
  double u_power_W = 0;
  double u_current_A = 0;
  double degrees_of_freedom = 0;
};

/// What other plugs of a chain make of a plug's reference values. All 0 without a chain.
struct ChainEffect {
  int plugs = 0;          ///< others that are live
  Tare behind = {};       ///< taken by the plugs behind it: flows through it as its load does
  double before_ohm = 0;  ///< of pins, contacts and leads between reference and plug
  double before_half_width_ohm = 0;  ///< that is known within ± this
};

/// Reference values at the plug's load: certificate correction applied, own consumption subtracted
/// (metrology notes §1); in a chain that of the plugs before it too, and what their contacts drop.
class ReferenceModel {
 public:
  ReferenceModel(const MeterInfo& info, Tare tare, ChainEffect chain = {})
      : info_(info), tare_(tare), chain_(chain) {}

  /// `load_A`: current of the load, in phase with the voltage.
  [[nodiscard]] double at_load(Quantity quantity, double raw, double load_A = 0) const;
  /// Reference value at no load: what the plugs behind it take.
  [[nodiscard]] double at_no_load(Quantity quantity) const;
  [[nodiscard]] double no_load_u(Quantity quantity) const;
  [[nodiscard]] const Tare& tare() const { return tare_; }
  [[nodiscard]] const ChainEffect& chain() const { return chain_; }
  /// Half-width by which the drop before the plug may differ from what was subtracted.
  [[nodiscard]] double drop_half_width(Quantity quantity, double load_A) const;

  /// Standard uncertainty of the subtracted consumption.
  [[nodiscard]] double tare_u(Quantity quantity) const;
  /// U (k = 2) of the reference's calibration at `value`.
  [[nodiscard]] double certificate_U(Quantity quantity, double value) const;
  /// Accuracy specification at a reading in the ranges that hold there.
  [[nodiscard]] double half_width(Quantity quantity, double value, const MeterRange& range) const;
  [[nodiscard]] double resolution(Quantity quantity) const;

 private:
  const MeterInfo& info_;
  Tare tare_;
  ChainEffect chain_;
};

/// The meter as it goes into the record.
metrology::ReferenceMeter reference_of(const MeterInfo& info);

}  // namespace plugrig::steps
