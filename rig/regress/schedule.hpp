#pragma once

#include <cstdint>
#include <string>

namespace plugrig::regress {

/// What a slot does next.
struct ScheduleItem {
  int build = 0;
  int repeat = 0;  ///< block
  int place = 0;   ///< in its block, 0…builds − 1
  friend bool operator==(const ScheduleItem&, const ScheduleItem&) = default;
};

/// The order in which builds run on one slot, block by block without end.
///
/// Each block holds every build once, so slot and unit cancel in the differences within a block. In
/// as many blocks as there are builds every build stands once at each place, so a bench that warms
/// up through a block harms none of them; which one begins, and which one follows which, is drawn
/// anew for each such cycle and each slot, so the time of day cancels too. A control slot has the
/// same blocks and runs the baseline at every place.
///
/// A value; the same arguments give the same order on every machine. Thread-safe.
class Schedule {
 public:
  /// `builds` ≥ 1 (std::invalid_argument).
  Schedule(std::uint64_t seed, std::string slot, int builds, bool control = false);

  /// The k-th item, k ≥ 0 (std::out_of_range): item k is in block k / builds.
  [[nodiscard]] ScheduleItem at(int k) const;
  /// Where in the order `build` stands in block `repeat`; of a control slot the first place.
  [[nodiscard]] int index_of(int build, int repeat) const;

 private:
  std::uint64_t seed_;
  std::string slot_;
  int builds_;
  bool control_;
};

}  // namespace plugrig::regress
