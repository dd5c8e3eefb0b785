#pragma once

#include <string_view>

namespace plugrig::mains {

/// MUTANTS. `tests/run --mutants` builds the gate once for each of its checks with
/// `-DPLUGRIG_MUTANT="name"`, which takes that one check out, and the tests must then fail. In
/// every other build the name is not defined, this is a constant `false`, and nothing is left of
/// it. Included by mains_*.cpp alone.
constexpr bool taken_out([[maybe_unused]] std::string_view check) {
#ifdef PLUGRIG_MUTANT
  return check == PLUGRIG_MUTANT;
#else
  return false;
#endif
}

}  // namespace plugrig::mains
