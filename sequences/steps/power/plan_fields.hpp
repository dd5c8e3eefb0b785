#pragma once

#include <vector>

#include "rig/core/field_spec.hpp"
#include "rig/engine/step.hpp"
#include "sequences/steps/power/series.hpp"

namespace plugrig::steps {

/// Fields that say which load points to measure and how long: points, no_load, samples,
/// max_samples (`most` unless said), settle_within.
std::vector<FieldSpec> plan_fields(std::string most = "30");

/// Fields that say what results are held against: limits, voltage_limits, current_limits, rule.
/// `required`: of `limits`.
std::vector<FieldSpec> limit_fields(bool required);

/// The plan that the fields of `plan_fields` describe. Fault `step.parameters` (config) for a load
/// point that is no power.
SeriesPlan plan_of(const FieldValues& params, std::string series);
SeriesLimits limits_of(const FieldValues& params);

/// The load points of the fields of `plan_fields`, before anything runs; a text that is no power is
/// a problem at its place.
std::vector<NeededLoad> needed_points(const StepParams& params, Problems& problems);
/// The one load point of the power field `field`.
std::vector<NeededLoad> needed_point(const StepParams& params, std::string_view field);

/// A power with its unit, of the list field `field`. Fault `step.parameters` (config).
double load_point_of(const std::string& text, std::string_view field);

}  // namespace plugrig::steps
