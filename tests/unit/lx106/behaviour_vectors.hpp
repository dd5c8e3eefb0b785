#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "fixtures/twin/chip/lx106.hpp"

namespace plugrig::lx106_test {

using Register = std::pair<unsigned, std::uint32_t>;

/// One instruction at kVectorCode that qemu's user mode cannot run: state before, state after.
/// Registers and special registers that are not named must not change.
struct BehaviourVector {
  std::string_view row;  ///< row of the instruction sheet
  std::uint32_t bytes;
  std::vector<Register> registers_before;
  std::vector<Register> specials_before;
  std::uint32_t pc_after;
  std::vector<Register> registers_after;  ///< those that differ from before
  std::vector<Register> specials_after;   ///< those that differ from before
  twin::StopReason stop = twin::StopReason::budget;
};

inline constexpr std::uint32_t kVectorCode = 0x40100000;

/// At least one for each row that is privileged or a trap.
const std::vector<BehaviourVector>& behaviour_vectors();

}  // namespace plugrig::lx106_test
