#pragma once

#include <string>

#include "tests/bench/simulated_run.hpp"
#include "tests/hobby/twin_person.hpp"

namespace plugrig {

inline const std::string kHobbySlot = "TABLE";

/// The shipped hobby bench with a simulated plug behind its port instead of an adapter; nothing
/// else of the file is changed. `world`: a line of the bench file, or nothing.
std::string hobby_bench(const std::string& world = {});

/// The shipped sequence on that bench, with `person` at it.
struct HobbyRun {
  TestFolder folder;
  TwinPerson person;
  LatePerson late{person};
  SimulatedRun run;

  explicit HobbyRun(const std::string& name);
  SimulatedResult go();
};

/// The attempts of a step, the newest last.
std::vector<AttemptRecord> attempts_of(const UnitRecord& unit, const std::string& step);

}  // namespace plugrig
