#pragma once

#include "rig/engine/step_time.hpp"
#include "sequences/steps/power/series.hpp"

/// How long series of readings usually take, by the rules that they follow.
namespace plugrig::steps {

/// One request to the plug and its answer: 20 to 150 ms over the network (Tasmota notes §6).
inline constexpr Duration kPlugAnswers = std::chrono::milliseconds{60};

/// Appends what `measure_series` does: settings and constants first, then a turn at reference and
/// load with tare, no load and every point.
void add_series(StepTime& time, const SeriesPlan& plan, const PlanFacts& facts);

/// Appends what `show_binding` does: a turn with the relay pattern in it.
void add_binding(StepTime& time, const PlanFacts& facts);

/// From mains on until a plug that knows its network answers: it has joined after 3 to 6 s (Tasmota
/// notes §3).
inline constexpr Duration kPlugComesUp = std::chrono::milliseconds{4900};

/// Appends a stretch without a turn.
void add_time(StepTime& time, Duration takes);

}  // namespace plugrig::steps
