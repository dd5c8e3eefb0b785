#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/steps/odd_network.hpp"
#include "tests/unit/steps/plug_bench.hpp"

namespace plugrig::steps {

/// One plug that was joined and may misbehave, with mains on, and what the last step recorded.
class RegressionBench : public PlugBench {
 protected:
  RegressionBench() {
    mains.energise({});
    odd.start_over();
    clock().sleep_for(std::chrono::seconds{15}, {});
    odd.find({.mac = plug.mac, .address = plug.address, .host_name = {}}, "", {});
  }

  /// As `PlugBench::run`, with the odd network and without a console.
  std::string run_odd(const std::string& step, const std::string& params = "") {
    return run_with(step, params, nullptr);
  }
  std::string run_with(const std::string& step, const std::string& params, PlugConsole* line) {
    last = context_for(step, params);
    last->devices().console = line;
    last->devices().network = &odd;
    last->devices().access_point = access_point;
    if (deadline) last->set_deadline(*deadline);
    std::string outcome;
    try {
      registry_.find(step)->run(*last);
    } catch (const Fault& fault) {
      outcome = fault.id() + "/" + std::string(to_string(fault.blame()));
      last_fault = fault;
    }
    facts = last->known;
    return outcome;
  }

  const Measurement* measured(std::string_view id, std::string_view condition = "") {
    const auto& all = last->measurements;
    const auto found = std::ranges::find_if(all, [&](const Measurement& m) {
      return m.id == id && (condition.empty() || m.condition == condition);
    });
    return found == all.end() ? nullptr : &*found;
  }
  double value(std::string_view id, std::string_view condition = "") {
    const auto* found = measured(id, condition);
    if (found == nullptr) ADD_FAILURE() << "no measurement " << id << " / " << condition;
    return found == nullptr ? -1 : found->value;
  }
  [[nodiscard]] bool said(std::string_view part) const {
    return std::ranges::any_of(
        last->said, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }

  OddNetwork odd{plug, mains, clock()};
  AccessPointSupply* access_point = nullptr;
  std::optional<Deadline> deadline;  ///< of the next steps; none else

 private:
  StepRegistry registry_ = make_registry();
};

}  // namespace plugrig::steps
