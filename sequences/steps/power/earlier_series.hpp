#pragma once

#include <optional>
#include <string_view>

#include "sequences/steps/power/series.hpp"

namespace plugrig::steps {

/// The newest series of this name that a passed step of this run left behind, when it was taken
/// with the constants `now` and holds every point of the plan. Nothing else: a file that is gone,
/// changed (by its digest) or unreadable counts as not there.
std::optional<metrology::Series> earlier_series(const StepContext& context, std::string_view name,
                                                const SeriesPlan& plan,
                                                const metrology::Constants& now);

}  // namespace plugrig::steps
