#pragma once

#include <vector>

#include "fixtures/bench/bench.hpp"
#include "rig/engine/plan.hpp"

/// A bench file as a plan sees it: nothing of it is opened.
namespace plugrig::cli {

/// The slots of the bench, and which of them take turns at what.
std::vector<PlanSlot> plan_slots(const bench::BenchSpec& bench);

/// The same bench with `count` slots of its kinds: its first ones, or more like them in turn
/// ("F1+1", …). For a plan before hardware is bought; such a bench cannot be built.
bench::BenchSpec with_slots(const bench::BenchSpec& bench, int count);

/// What the bench file, its meter's profile and the product tell a plan.
PlanFacts plan_facts(const bench::BenchSpec& bench, const PlugInfo& plug);

}  // namespace plugrig::cli
