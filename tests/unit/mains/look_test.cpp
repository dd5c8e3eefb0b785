// Looking at the inputs of a bench: for people, without touching anything.
#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {
namespace {

class Look : public MainsTest {
 protected:
  InputLook guard() {
    start();
    return gate->look_at_inputs("F1").at(0);
  }
};

TEST_F(Look, TellsWhatEachInputReadsNow) {
  start();
  auto looks = gate->look_at_inputs("F1");
  ASSERT_EQ(looks.size(), 4U) << "guard, contacts, sense, auxiliary contact";
  EXPECT_EQ(looks[0].closed, true);
  EXPECT_EQ(looks[1].closed, true);
  EXPECT_EQ(looks[2].closed, false) << "no voltage";
  EXPECT_EQ(looks[3].closed, false) << "contactor open";
  bench.open_guard(0, true);
  bench.change([&] { bench.slots[0].withdrawn = false; });
  looks = gate->look_at_inputs("F1");
  EXPECT_EQ(looks[0].closed, false);
  EXPECT_EQ(looks[1].closed, false);
  EXPECT_EQ(looks[0].took, bench.call_time);
}

TEST_F(Look, AnUnreadableInputIsAFaultAndNeverOpenOrClosed) {
  bench.slots[0].guard_input = InputIs::unreadable;
  const auto look = guard();
  EXPECT_FALSE(look.closed.has_value());
  ASSERT_TRUE(look.fault.has_value());
  EXPECT_FALSE(look.fault->next().empty());
}

TEST_F(Look, WhatIsNotFittedIsNotListedAndAnUnknownSlotHasNothing) {
  bench.has_auxiliary = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  start();
  EXPECT_EQ(gate->look_at_inputs("F1").size(), 2U);
  EXPECT_TRUE(gate->look_at_inputs("F9").empty());
}

TEST_F(Look, GivesNoRightToAnything) {
  start();
  EXPECT_EQ(gate->look_at_inputs("F1").at(0).closed, true);
  bench.open_guard(0, true);
  EXPECT_EQ(energise(), "safety.guard") << "the gate reads anew";
}

}  // namespace
}  // namespace plugrig::test
