#include "rig/record/yield.hpp"

#include "rig/record/attempts.hpp"

namespace plugrig {

void YieldCount::count(const YieldEntry& entry) {
  if (!entry.recorded && entry.verdict != Verdict::fail) {
    ++other_;
    return;
  }
  switch (entry.verdict) {
    case Verdict::pass:
      ++pass_;
      return;
    case Verdict::fail:
      ++fail_;
      return;
    case Verdict::error:
      ++rig_fault_;
      return;
    case Verdict::aborted:
      ++stopped_;
      return;
    case Verdict::not_run:
    case Verdict::inconclusive:
      ++other_;
  }
}

void YieldCount::add(const YieldEntry& entry) {
  count(entry);
  const bool passed = entry.verdict == Verdict::pass && entry.recorded;
  if (!passed && entry.verdict != Verdict::fail) return;
  if (!entry.plug.empty() && !judged_plugs_.insert(entry.plug).second) return;
  ++judged_;
  if (passed && entry.first_pass) ++first_passed_;
}

std::optional<double> YieldCount::first_pass_yield() const {
  if (judged_ == 0) return std::nullopt;
  return static_cast<double>(first_passed_) / judged_;
}

YieldEntry yield_entry(const UnitRecord& unit, bool recorded) {
  YieldEntry entry{"", unit.verdict, unit.first_pass, recorded, ""};
  for (const auto* name : {"serial", "mac"})
    if (const auto fact = unit.facts.find(name); fact != unit.facts.end())
      entry.plug = fact->second;
  if (const auto* reason = deciding_attempt(unit.attempts)) entry.blame = reason->blame;
  return entry;
}

}  // namespace plugrig
