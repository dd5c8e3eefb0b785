#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "rig/core/fault.hpp"

namespace plugrig::modbus::test {

/// The fault that `call` throws; fails the test when it throws none.
template <typename Call>
Fault fault_of(Call&& call) {
  try {
    call();
  } catch (const Fault& fault) {
    return fault;
  }
  ADD_FAILURE() << "no fault was thrown";
  return {"none", Blame::software, "none", "none"};
}

}  // namespace plugrig::modbus::test
