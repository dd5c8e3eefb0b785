#pragma once

#include <array>
#include <optional>
#include <string>

#include "rig/core/fault.hpp"
#include "rig/engine/product.hpp"
#include "rig/metrology/fits.hpp"
#include "rig/metrology/point_result.hpp"
#include "sequences/steps/power/reference_model.hpp"

namespace plugrig::steps {

/// The gains that a series asks for, by quantity in the order of `kQuantities`; empty where the
/// reference measured nothing.
struct ConstantsFit {
  std::array<std::optional<metrology::GainFit>, 3> gains;
  metrology::Constants wanted;  ///< constants of the series times the gains, rounded
};

/// Weighted gain fit per quantity over the load points (and, for voltage, no load): weights from
/// what the points do not share, the reference's part added in full (metrology notes §5).
ConstantsFit fit_constants(const metrology::Series& series);

/// The largest correction that the fit still asks for beyond what noise and the grid of the
/// constants explain; 0 when it asks for none. Fraction.
double unexplained_correction(const ConstantsFit& fit, const metrology::Constants& constants);

/// What is wrong with constants that cannot be true of the product, or nothing: outside its window,
/// or PowerCal/(VoltageCal·CurrentCal) outside its own. Names the likely cause: template with the
/// wrong chip code (Tasmota notes §13 trap 6), swapped SEL (§12). Fault
/// `power.constants_implausible` (config when the template is the cause, else unit).
std::optional<Fault> implausible(const ConstantsFit& fit, const metrology::Series& series,
                                 const PlugInfo& plug);

}  // namespace plugrig::steps
