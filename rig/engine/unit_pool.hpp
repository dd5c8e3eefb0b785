#pragma once

#include <set>

namespace plugrig {

/// The units of a batch by number, from 1: who takes the next one. Pure: whoever shares it between
/// threads locks.
class UnitPool {
 public:
  explicit UnitPool(int units);

  /// A number is free.
  [[nodiscard]] bool ready() const { return !free_.empty(); }
  /// No number is free, and none can become free again.
  [[nodiscard]] bool over() const { return free_.empty() && taken_ == 0; }
  /// A number that is nobody's: a unit before a crash had it.
  void leave_out(int number) { free_.erase(number); }
  /// The lowest free number. Only when `ready`.
  int take();
  /// The unit of a number that was taken has begun; it is nobody else's any more.
  void begun();
  /// A number that was taken is free again: its unit never began.
  void give_back(int number);

 private:
  std::set<int> free_;
  int taken_ = 0;
};

}  // namespace plugrig
