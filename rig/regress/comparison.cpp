#include "rig/regress/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "rig/regress/quantities.hpp"
#include "rig/regress/readings.hpp"

namespace plugrig::regress {
namespace {

std::vector<TrialCounts> counts_of(std::span<const Trial> trials, std::size_t builds) {
  std::vector<TrialCounts> counts(builds);
  for (const Trial& trial : trials) {
    TrialCounts& of = counts.at(static_cast<std::size_t>(trial.build));
    switch (trial.outcome) {
      case Outcome::passed:
        ++of.passed;
        break;
      case Outcome::unit_failed:
        ++of.unit_failed;
        break;
      case Outcome::rig_fault:
        ++of.rig_fault;
        break;
      case Outcome::aborted:
        ++of.aborted;
        break;
    }
  }
  return counts;
}

/// Of one candidate, without what is in quarantine.
struct Open {
  bool worse = false;
  bool decided = false;
  bool open = false;
};

void add(Open& open, Change change) {
  open.worse = open.worse || change == Change::worse;
  open.open = open.open || change == Change::inconclusive;
  open.decided = open.decided || (change != Change::inconclusive && change != Change::not_decided);
}

Category category_of(const CandidateResult& candidate) {
  Open open;
  for (const auto& quantity : candidate.quantities)
    if (!quantity.quarantine) add(open, quantity.difference.change);
  for (const auto& check : candidate.checks)
    if (!check.quarantine) add(open, check.change);
  if (open.worse) return Category::regression;
  const bool blocked = std::ranges::any_of(candidate.checks, [](const CheckDecision& check) {
    return check.never_passed && !check.quarantine;
  });
  if (!open.decided || blocked) return Category::bench;
  return open.open ? Category::inconclusive : Category::good;
}

/// More blocks, each of which gives a pair on every unit that has taken part.
int blocks_for(const Difference& difference, int units) {
  const int missing = difference.pairs_needed - difference.pairs;
  const int in_a_block = std::max(units, 1);
  return missing <= 0 ? 0 : (missing + in_a_block - 1) / in_a_block;
}

void take_needs(CandidateResult& candidate, int units) {
  for (const auto& quantity : candidate.quantities)
    if (!quantity.quarantine)
      candidate.blocks_needed =
          std::max(candidate.blocks_needed, blocks_for(quantity.difference, units));
  for (const auto& check : candidate.checks)
    if (!check.quarantine && check.needs_repeat)
      candidate.blocks_needed = std::max(candidate.blocks_needed, 1);
  // A regression that is certain needs no more bench time.
  candidate.needs_more = candidate.blocks_needed > 0 && candidate.category != Category::regression;
}

void take_size(Comparison& comparison, std::span<const Trial> trials) {
  std::set<std::string> units;
  std::set<int> blocks;
  for (const Trial& trial : trials) {
    if (trial.control) continue;
    units.insert(trial.unit);
    blocks.insert(trial.repeat);
  }
  comparison.units = static_cast<int>(units.size());
  comparison.blocks = static_cast<int>(blocks.size());
}

}  // namespace

std::string_view to_string(Category category) {
  switch (category) {
    case Category::good:
      return "good";
    case Category::regression:
      return "regression";
    case Category::inconclusive:
      return "inconclusive";
    case Category::bench:
      return "bench";
  }
  return "unknown";
}

Comparison compare(std::span<const Trial> trials, std::vector<Build> builds,
                   std::span<const Margin> margins, std::span<const Quarantine> quarantine,
                   std::string_view today, const Confidence& confidence) {
  if (builds.size() < 2)
    throw std::invalid_argument("a comparison needs a baseline and a candidate");
  Comparison comparison;
  comparison.counts = counts_of(trials, builds.size());
  comparison.builds = std::move(builds);
  comparison.confidence = confidence;
  take_size(comparison, trials);
  for (const Quarantine& entry : quarantine)
    if (expired(entry, today)) comparison.expired.push_back(entry);
  const QuantityDecider decider(trials, margins, quarantine, today);
  const int candidates = static_cast<int>(comparison.builds.size()) - 1;
  const int decisions =
      std::max(decider.deciding(), 1) * candidates * std::max(confidence.looks, 1);
  comparison.alarm_risk = confidence.family_risk / decisions;
  const Risks risks{comparison.alarm_risk, confidence.same_risk, confidence.power};
  for (int build = 1; build <= candidates; ++build) {
    CandidateResult candidate;
    candidate.build = build;
    candidate.quantities = decider.decide(build, risks);
    candidate.checks = decide_checks(trials, build);
    for (CheckDecision& check : candidate.checks)
      if (const auto* entry = quarantine_of(quarantine, Quarantine::What::step, check.step, today))
        check.quarantine = *entry;
    candidate.category = category_of(candidate);
    take_needs(candidate, comparison.units);
    comparison.needs_more = comparison.needs_more || candidate.needs_more;
    if (candidate.needs_more)
      comparison.blocks_needed = std::max(comparison.blocks_needed, candidate.blocks_needed);
    comparison.candidates.push_back(std::move(candidate));
  }
  return comparison;
}

int exit_code(const Comparison& comparison) {
  const auto any = [&](Category category) {
    return std::ranges::any_of(comparison.candidates, [&](const CandidateResult& candidate) {
      return candidate.category == category;
    });
  };
  if (any(Category::regression)) return 1;
  return any(Category::bench) ? 3 : 0;
}

}  // namespace plugrig::regress
