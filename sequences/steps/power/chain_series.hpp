#pragma once

#include <memory>

#include "sequences/steps/power/load_point.hpp"
#include "sequences/steps/power/series.hpp"

namespace plugrig::steps {

/// Plugs in series on one load (`load_path: chained`). The reference is in front of the first; a
/// plug sees what the reference sees less what it and those before it take for themselves, and less
/// what contacts and leads before it drop:
///
///     P = P_ref - sum of own, first to this one - I^2 R      V = V_ref - I R
///     I = root of (active^2 + reactive of those behind^2)
///
/// What they take is measured in each round while the chain is built, the plug being the last one
/// of it: one reading without load, of all up to it, so that an offset of the meter counts once and
/// not once a plug. R is not measured but bounded, and the bound is a row of the budget.

/// Pins, relay, shunt and lead of one plug up to the pins of the next, both conductors: a relay has
/// 5 to 30 mOhm, a pair of plug contacts 5 to 15 mOhm, a lead of 0.5 m and 1.5 mm^2 12 mOhm.
inline constexpr double kChainContacts_ohm = 0.04;
inline constexpr double kChainContactsWithin_ohm = 0.03;
/// Plugs that together take this much more or less than when each was measured have changed.
inline constexpr double kChainAgrees_W = 0.5;

/// Leaves mains, joins the next round of the slot's chain, and is built into it: the plug answers,
/// is bound, its relay is closed, and what plugs up to here take is measured. Faults of gate,
/// binding, meter and plug; `power.own_unknown`.
std::unique_ptr<ChainShare> enter_chain(StepContext& context, const SeriesPlan& plan);

/// Reference values as long as the chain does not change; to be made anew for each load point.
ReferenceModel chain_model(StepContext& context, const ChainShare& share);

/// Measures a point of the series, again when another slot had to leave the chain meanwhile.
/// `model` is the one that it was measured with.
LoadPointResult measure_chained_point(StepContext& context, double nominal_W,
                                      std::optional<ReferenceModel>& model,
                                      const metrology::Constants& constants,
                                      const SamplingRules& rules, ChainShare& share);

/// Out of the chain, and live alone with the plug's relay on, as before.
void leave_chain(StepContext& context, std::unique_ptr<ChainShare> share);

}  // namespace plugrig::steps
