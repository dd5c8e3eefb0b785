#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "rig/core/fault.hpp"

namespace plugrig::serial::test {

/// Runs `action` and returns the fault that it must throw.
inline Fault fault_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Fault& fault) {
    return fault;
  }
  ADD_FAILURE() << "no fault";
  return {"none", Blame::software, "", ""};
}

inline void expect_fault(const std::function<void()>& action, const std::string& id, Blame blame) {
  const Fault fault = fault_of(action);
  EXPECT_EQ(fault.id(), id);
  EXPECT_EQ(fault.blame(), blame);
  EXPECT_FALSE(fault.next().empty());
}

}  // namespace plugrig::serial::test
