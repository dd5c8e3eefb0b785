#pragma once

#include <gtest/gtest.h>

#include "sequences/steps/library.hpp"
#include "tests/unit/steps/fake_context.hpp"
#include "tests/unit/steps/fake_plug.hpp"

namespace plugrig::steps {

/// One fake plug in one slot, in virtual time, with everything that a step may ask for.
class PlugBench : public ::testing::Test {
 protected:
  PlugBench() { seat_->enter(); }

  std::unique_ptr<FakeContext> context_for(const std::string& step,
                                           const std::string& params = "") {
    auto context = std::make_unique<FakeContext>(*registry_.find(step), params, clock_.get());
    EXPECT_EQ(context->problems_text, "");
    context->known = facts;
    context->plug_info = product;
    context->unit_record.unit_id = "R1-F1-1";
    context->devices().console = with_console ? &console : nullptr;
    context->devices().network = with_network ? &network : nullptr;
    context->devices().person = &person;
    context->mains_access = &mains;
    return context;
  }

  /// Runs the step; "" when it passed, else id and blame of its fault. What it left stays readable.
  std::string run(const std::string& step, const std::string& params = "") {
    last = context_for(step, params);
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

  /// Everything that the last step left for people and records.
  [[nodiscard]] std::string all_traces() const {
    std::string all;
    for (const auto& line : last->said) all += line + "\n";
    for (const auto& [name, value] : last->known) all += name + "=" + value + "\n";
    for (const auto& m : last->measurements) all += m.id + m.condition + m.instrument + "\n";
    if (last_fault) {
      all += last_fault->what();
      for (const auto& item : last_fault->evidence()) all += item.name + item.text + "\n";
    }
    return all;
  }

 private:
  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  StepRegistry registry_ = make_registry();

 protected:
  Clock& clock() { return *clock_; }

  FakePlug plug{*clock_};
  FakeConsole console{plug, *clock_};
  FakeNetwork network{plug, *clock_};
  FakeOperator person;
  FakeMains mains{plug, *clock_};
  PlugInfo product;
  std::map<std::string, std::string, std::less<>> facts{{"mac", "A4:CF:12:00:00:01"}};
  bool with_console = true, with_network = true;
  std::unique_ptr<FakeContext> last;
  std::optional<Fault> last_fault;
};

}  // namespace plugrig::steps
