#include "rig/engine/unit_queue.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

namespace plugrig {
namespace {

/// A step type that works through contacts.
const StepType& contact_step() {
  static const StepType type = [] {
    StepType made;
    made.name = "flash.write";
    made.needs_loader = true;
    return made;
  }();
  return type;
}

Sequence sequence(const std::vector<bool>& mains_on) {
  Sequence sequence;
  int index = 0;
  for (const bool on : mains_on) {
    SequenceStep step;
    step.index = index;
    step.type = &contact_step();
    const std::string name(1, static_cast<char>('a' + index++));
    step.stage = name;
    sequence.stages.push_back({name, on, {step}});
  }
  return sequence;
}

const std::vector<SlotPlace> kLine{{"F1", true, false}, {"F2", true, false}, {"M1", false, true}};

UnitResult result_of(const std::string& id, UnitResult::Open open = UnitResult::Open::no) {
  UnitResult result;
  result.record.unit_id = id;
  result.recorded = true;
  result.open = open;
  return result;
}
constexpr auto kGoesOn = UnitResult::Open::goes_on;
constexpr auto kNotThere = UnitResult::Open::not_there;

std::string fault_of(const std::vector<bool>& stages, const std::vector<SlotPlace>& slots) {
  try {
    const UnitQueue queue(sequence(stages), slots);
  } catch (const Fault& fault) {
    return fault.id();
  }
  return "none";
}

TEST(UnitQueue, ASlotWithBothDoesAllOfTheSequence) {
  const UnitQueue queue(sequence({false, true}), {{"B1", true, true}});
  EXPECT_TRUE(queue.begins("B1"));
  EXPECT_FALSE(queue.takes("B1"));
  const UnitWork work = queue.begin("B1", 3);
  EXPECT_EQ(work.number, 3);
  EXPECT_FALSE(work.stages);
  EXPECT_TRUE(work.ends_here);
}

TEST(UnitQueue, ContactsDoWhatComesBeforeMainsAndTheUnitWaits) {
  UnitQueue queue(sequence({false, false, true, true}), kLine);
  const UnitWork work = queue.begin("F1", 1);
  EXPECT_EQ(*work.stages, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(work.ends_here);
  EXPECT_FALSE(queue.ready("M1"));
  EXPECT_FALSE(queue.over("M1"));
  queue.ended("F1", result_of("u1", kGoesOn));
  EXPECT_FALSE(queue.has_room("F1"));
  EXPECT_TRUE(queue.has_room("F2"));
  ASSERT_TRUE(queue.ready("M1"));
  const UnitOrder order = queue.take("M1");
  EXPECT_EQ(order.from, "F1");
  EXPECT_EQ(*order.work.stages, (std::vector<std::string>{"c", "d"}));
  EXPECT_TRUE(order.work.ends_here);
  EXPECT_EQ(order.work.earlier->unit_id, "u1");
  EXPECT_FALSE(queue.has_room("F1")) << "somebody is on the way to it";
  queue.arrived("M1");
  EXPECT_TRUE(queue.has_room("F1"));
}

TEST(UnitQueue, TheUnitThatWaitsLongestIsTakenFirst) {
  UnitQueue queue(sequence({false, true}), kLine);
  queue.ended("F2", result_of("u2", kGoesOn));
  queue.ended("F1", result_of("u1", kGoesOn));
  EXPECT_EQ(queue.take("M1").work.earlier->unit_id, "u2");
}

TEST(UnitQueue, AUnitThatIsNotThereKeepsItsPlaceAndIsGivenUpInTheEnd) {
  UnitQueue queue(sequence({false, true}), kLine);
  queue.ended("F1", result_of("u1", kGoesOn));
  queue.ended("F2", result_of("u2", kGoesOn));
  for (int missed = 1; missed < kTakeTries; ++missed) {
    ASSERT_EQ(queue.take("M1").work.earlier->unit_id, "u1");
    EXPECT_FALSE(queue.ended("M1", result_of("u1", kNotThere)));
  }
  queue.take("M1");
  const auto lost = queue.ended("M1", result_of("u1", kNotThere));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->unit_id, "u1");
  EXPECT_EQ(queue.take("M1").work.earlier->unit_id, "u2");
}

TEST(UnitQueue, ASlotThatTakesIsOverWhenNobodyCanSendItOne) {
  UnitQueue queue(sequence({false, true}), kLine);
  queue.close("F1");
  EXPECT_FALSE(queue.over("M1"));
  queue.ended("F2", result_of("u1", kGoesOn));
  queue.close("F2");
  EXPECT_FALSE(queue.over("M1")) << "one waits";
  queue.take("M1");
  queue.ended("M1", result_of("u1"));
  EXPECT_TRUE(queue.over("M1"));
}

TEST(UnitQueue, AUnitOfASlotThatBreaksWaitsForAnother) {
  UnitQueue queue(sequence({false, true}),
                  {{"F1", true}, {"M1", false, true}, {"M2", false, true}});
  queue.ended("F1", result_of("u1", kGoesOn));
  queue.close("F1");
  queue.take("M1");
  EXPECT_FALSE(queue.over("M2")) << "M1 may give it back";
  queue.close("M1");
  EXPECT_TRUE(queue.can_move());
  EXPECT_EQ(queue.take("M2").work.earlier->unit_id, "u1");
  queue.close("M2");
  EXPECT_FALSE(queue.can_move());
  EXPECT_EQ(queue.waiting().size(), 1U) << "somebody has to give it up";
}

TEST(UnitQueue, WhatACrashLeftIsCutToWhatTheSlotCanDo) {
  UnitQueue queue(sequence({false, true}), kLine);
  UnitWork work;
  work.stages = {"a", "b"};
  queue.left_over("F1", work);
  queue.left_over("M1", UnitWork{.stages = std::vector<std::string>{"b"}});
  const auto flash = queue.first("F1");
  ASSERT_TRUE(flash);
  EXPECT_EQ(*flash->work.stages, std::vector<std::string>{"a"});
  EXPECT_FALSE(flash->work.ends_here);
  const auto mains = queue.first("M1");
  ASSERT_TRUE(mains);
  EXPECT_EQ(*mains->work.stages, std::vector<std::string>{"b"});
  EXPECT_TRUE(mains->work.ends_here);
  EXPECT_FALSE(queue.first("F1"));
}

TEST(UnitQueue, RefusesABenchOnWhichAStageHasNoSlot) {
  EXPECT_EQ(fault_of({false, true}, {{"F1", true, false}}), "bench.no_mains");
  EXPECT_EQ(fault_of({true}, {{"F1", true, false}}), "bench.no_mains");
  EXPECT_EQ(fault_of({true}, {{"F1", true, false}, {"M1", false, true}}), "bench.no_mains");
  EXPECT_EQ(fault_of({false, true}, {{"M1", false, true}}), "bench.no_contacts");
  EXPECT_EQ(fault_of({false, true}, {{"B1", true, true}, {"F1", true, false}}), "bench.no_mains");
  // What needs contacts again behind mains cannot be split between two slots.
  EXPECT_EQ(fault_of({false, true, false}, {{"F1", true, false}, {"M1", false, true}}),
            "bench.no_mains");
  EXPECT_EQ(fault_of({false, true}, kLine), "none");
  EXPECT_EQ(fault_of({false}, kLine), "none");
  EXPECT_EQ(fault_of({true}, {{"M1", false, true}}), "none");
}

/// Random ends of units on random lines: every unit that begins ends exactly once, and no slot that
/// could still get one is told that it is over.
TEST(UnitQueue, LosesAndDoublesNoUnitWhateverHappens) {
  std::mt19937_64 chance(5);
  for (int round = 0; round < 2000; ++round) {
    const int flash = 1 + static_cast<int>(chance() % 3);
    const int mains = 1 + static_cast<int>(chance() % 3);
    std::vector<SlotPlace> slots;
    for (int i = 0; i < flash; ++i) slots.push_back({"F" + std::to_string(i), true, false});
    for (int i = 0; i < mains; ++i) slots.push_back({"M" + std::to_string(i), false, true});
    UnitQueue queue(sequence({false, true}), slots);
    int to_come = static_cast<int>(chance() % 8);
    int begun = 0;
    std::multiset<std::string> finished;
    std::map<std::string, std::string> busy;
    std::set<std::string> closed;
    for (int turn = 0; turn < 400; ++turn) {
      const std::string slot = slots[chance() % slots.size()].name;
      if (closed.contains(slot)) continue;
      if (const auto at = busy.find(slot); at != busy.end()) {
        const auto luck = chance() % 10;
        const bool taker = queue.takes(slot);
        UnitResult result = result_of(at->second);
        if (!taker && luck < 8) result.open = kGoesOn;
        if (taker && luck < 3) result.open = kNotThere;
        const auto lost = queue.ended(slot, result);
        if (lost || result.open == UnitResult::Open::no) finished.insert(at->second);
        busy.erase(at);
      } else if (queue.takes(slot)) {
        if (queue.ready(slot)) {
          busy[slot] = queue.take(slot).work.earlier->unit_id;
          if (chance() % 2 == 0) queue.arrived(slot);
        } else if (queue.over(slot)) {
          queue.close(slot);
          closed.insert(slot);
        }
      } else if (to_come == 0 || !queue.can_move()) {
        queue.close(slot);
        closed.insert(slot);
      } else if (queue.has_room(slot)) {
        --to_come;
        busy[slot] = "u" + std::to_string(++begun);
      }
    }
    for (const auto& unit : queue.waiting()) finished.insert(unit.record.unit_id);
    EXPECT_EQ(static_cast<int>(finished.size()), begun) << "round " << round;
    EXPECT_EQ(std::set<std::string>(finished.begin(), finished.end()).size(), finished.size());
    EXPECT_EQ(closed.size(), slots.size()) << "round " << round << ": a slot waits for ever";
  }
}

}  // namespace
}  // namespace plugrig
