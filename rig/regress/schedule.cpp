#include "rig/regress/schedule.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plugrig::regress {
namespace {

/// SplitMix64: the standard library's distributions may differ from machine to machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }
  /// 0…`count` − 1; the bias of so few is below 1e-17.
  std::size_t below(std::size_t count) { return next() % count; }
  std::vector<int> order(int count) {
    std::vector<int> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[below(i)]);
    return all;
  }

 private:
  std::uint64_t state_;
};

/// FNV-1a.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

/// Builds of a block in their order: a row of a Latin square that is drawn for its cycle.
std::vector<int> block_of(std::uint64_t seed, const std::string& slot, int builds, int repeat) {
  const auto cycle = static_cast<std::uint64_t>(repeat / builds);
  Random random(seed ^ Random(hash_of(slot) + cycle).next());
  const auto square = random.order(builds);  // one after the other, round and round
  const auto starts = random.order(builds);  // of the cycle's blocks
  const auto start = starts[static_cast<std::size_t>(repeat % builds)];
  std::vector<int> block;
  for (int place = 0; place < builds; ++place)
    block.push_back(square[static_cast<std::size_t>((start + place) % builds)]);
  return block;
}

}  // namespace

Schedule::Schedule(std::uint64_t seed, std::string slot, int builds, bool control)
    : seed_(seed), slot_(std::move(slot)), builds_(builds), control_(control) {
  if (builds < 1) throw std::invalid_argument("a schedule needs a build");
}

ScheduleItem Schedule::at(int k) const {
  if (k < 0) throw std::out_of_range("a schedule begins at 0");
  const int repeat = k / builds_;
  const int place = k % builds_;
  if (control_) return {0, repeat, place};
  return {block_of(seed_, slot_, builds_, repeat)[static_cast<std::size_t>(place)], repeat, place};
}

int Schedule::index_of(int build, int repeat) const {
  if (repeat < 0 || build < 0 || build >= builds_)
    throw std::out_of_range("no such build or block");
  if (control_) return repeat * builds_;
  const auto block = block_of(seed_, slot_, builds_, repeat);
  return repeat * builds_ + static_cast<int>(std::ranges::find(block, build) - block.begin());
}

}  // namespace plugrig::regress
