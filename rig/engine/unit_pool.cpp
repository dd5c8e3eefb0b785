#include "rig/engine/unit_pool.hpp"

namespace plugrig {

UnitPool::UnitPool(int units) {
  for (int number = 1; number <= units; ++number) free_.insert(free_.end(), number);
}

int UnitPool::take() {
  const int number = *free_.begin();
  free_.erase(free_.begin());
  ++taken_;
  return number;
}

void UnitPool::begun() { --taken_; }

void UnitPool::give_back(int number) {
  --taken_;
  free_.insert(number);
}

}  // namespace plugrig
