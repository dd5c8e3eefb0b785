// Before the first unit everything is off and proven off; what an earlier program left is known.
#include <filesystem>
#include <fstream>

#include "tests/unit/mains/held_bench.hpp"

namespace plugrig::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StartUpTest : public MainsTest {
 protected:
  StartUpTest() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~StartUpTest() override {
    std::error_code left;
    std::filesystem::remove_all(folder, left);
  }
  /// Id of the fault of starting a new program on this bench.
  std::string start_anew(Operator* person = nullptr) {
    stop_gate();
    return fault_of([&] {
      gate = std::make_unique<MainsGate>(bench.hardware(), *clock,
                                         MainsGateOptions{.attended = false, .marks = &marks});
      watch = gate->watch();
      gate->start_up({.deadline = soon(), .person = person});
    });
  }
  /// A unit, as far as the fault of its end.
  std::string unit() {
    const auto session = enter();
    session->access().energise(soon());
    if (weld) bench.slots[0].welded = true;
    return fault_of([&] { session->end(); });
  }
  [[nodiscard]] std::vector<std::string> marked() {
    std::vector<std::string> slots;
    for (const OffMark& mark : marks.left()) slots.push_back(mark.slot);
    return slots;
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("plugrig-marks-" + std::to_string(getpid()));
  FileOffMarks marks{folder / "sub" / "line-2.off-not-confirmed.json", "line-2"};
  bool weld = false;
};

TEST_F(StartUpTest, WhatAnEarlierProgramLeftOnIsSwitchedOff) {
  bench.set_contactor(true);
  bench.set_relay(0, true);
  bench.set_load(1500);
  ASSERT_TRUE(bench.live());
  EXPECT_EQ(start_anew(), "none");
  EXPECT_FALSE(bench.live());
  EXPECT_FALSE(bench.contactor());
  EXPECT_EQ(bench.load_W(), 0);
  EXPECT_EQ(unit(), "none");
}

TEST_F(StartUpTest, NothingStartsWhereOffCannotBeProven) {
  bench.has_contactor = false;
  bench.slots[0].welded = bench.slots[0].contact = true;
  EXPECT_EQ(start_anew(), "safety.relay_welded");
  EXPECT_EQ(fault_of([&] { enter()->access().energise(soon()); }), "safety.off_not_confirmed");
  EXPECT_TRUE(gate->needs_person("F1"));
  EXPECT_THAT(marked(), ElementsAre("F1"));
}

TEST_F(StartUpTest, AContactorThatStaysClosedIsFound) {
  bench.set_contactor(true);
  bench.contactor_welded = true;
  EXPECT_EQ(start_anew(), "safety.off_not_confirmed");
}

TEST_F(StartUpTest, ABoardThatDoesNotAnswerIsNotOff) {
  bench.lost_from = 1;
  EXPECT_EQ(start_anew(), "safety.off_not_confirmed");
  bench.lost_from = 0;
}

TEST_F(StartUpTest, OneLostAnswerAnywhereIsMadeUpFor) {
  EXPECT_EQ(start_anew(), "none");
  const int calls = bench.calls();
  for (int at = 1; at <= calls; ++at) {
    bench.fail_at = bench.calls() + at;
    EXPECT_EQ(start_anew(), "none") << at;
    EXPECT_FALSE(bench.live());
  }
}

TEST_F(StartUpTest, WhereNothingEverShowsItTheRelayMustReadOpen) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  EXPECT_EQ(start_anew(), "none");
  EXPECT_TRUE(gate->needs_person("F1")) << "before its serial side is used";
  bench.slots[0].stuck = bench.slots[0].coil = true;
  EXPECT_EQ(start_anew(), "safety.off_not_confirmed");
}

TEST_F(StartUpTest, OffNotConfirmedBlocksTheNextProgram) {
  bench.has_contactor = false;
  ASSERT_EQ(start_anew(), "none");
  weld = true;
  EXPECT_EQ(unit(), "safety.relay_welded");
  EXPECT_THAT(marked(), ElementsAre("F1"));
  EXPECT_THAT(marks.left().at(0).why, HasSubstr("OFF NOT CONFIRMED"));
  EXPECT_EQ(start_anew(), "safety.relay_welded");
  EXPECT_THAT(marked(), ElementsAre("F1"));
}

TEST_F(StartUpTest, EvidenceOfOffFreesTheNextProgram) {
  bench.has_contactor = false;
  ASSERT_EQ(start_anew(), "none");
  weld = true;
  unit();
  weld = bench.slots[0].welded = false;  // the relay was replaced
  bench.change([&] { bench.slots[0].contact = false; });
  EXPECT_EQ(start_anew(), "none");
  EXPECT_THAT(marked(), IsEmpty());
  EXPECT_EQ(unit(), "none");
}

/// A bench on which nothing can ever show that it is off.
class WithoutEvidence : public StartUpTest {
 protected:
  void leave_unconfirmed() {
    bench.has_contactor = false;
    bench.slots[0].sense_input = InputIs::not_fitted;
    ASSERT_EQ(start_anew(), "none");
    EXPECT_EQ(unit(), "safety.off_not_confirmed");
    EXPECT_THAT(marked(), ElementsAre("F1"));
  }
};

TEST_F(WithoutEvidence, OnlyAPersonFreesTheNextProgram) {
  leave_unconfirmed();
  EXPECT_EQ(start_anew(), "safety.off_not_confirmed");
  FakePerson person;
  person.says_yes = false;
  EXPECT_EQ(start_anew(&person), "safety.off_not_confirmed");
  EXPECT_THAT(marked(), ElementsAre("F1"));
  person.says_yes = true;
  EXPECT_EQ(start_anew(&person), "none");
  EXPECT_EQ(person.asked, 2);
  EXPECT_THAT(marked(), IsEmpty());
}

TEST_F(WithoutEvidence, TheSerialSideIsRefusedToo) {
  leave_unconfirmed();
  stop_gate();
  gate = std::make_unique<MainsGate>(bench.hardware(), *clock,
                                     MainsGateOptions{.attended = false, .marks = &marks});
  EXPECT_EQ(fault_of([&] { (void)gate->lock_for_low_voltage("F1"); }), "safety.off_not_confirmed");
}

TEST_F(StartUpTest, AMarkOfASlotThatIsNoLongerThereStillCounts) {
  bench.has_contactor = false;
  bench.slots[0].sense_input = InputIs::not_fitted;
  marks.set({"F9", "OFF NOT CONFIRMED in slot F9.", clock->utc()});
  EXPECT_EQ(start_anew(), "safety.off_not_confirmed");
  FakePerson person;
  EXPECT_EQ(start_anew(&person), "none");
  EXPECT_THAT(marked(), IsEmpty());
}

using OffMarkFile = StartUpTest;

TEST_F(OffMarkFile, KeepsTheFirstMarkOfEachSlotAndIsGoneWithTheLast) {
  const auto file = folder / "sub" / "line-2.off-not-confirmed.json";
  EXPECT_THAT(marks.left(), IsEmpty());
  const OffMark first{"M1", "It is live.", {1'800'000'000'123}};
  marks.set(first);
  marks.set({"M1", "It is still live.", {1'800'000'999'000}});
  marks.set({"M2", "A \"quoted\" reason.", {1'800'000'000'456}});
  FileOffMarks next(file, "line-2");
  ASSERT_EQ(next.left().size(), 2U);
  EXPECT_EQ(next.left()[0], first);
  next.clear("M1");
  next.clear("M7");
  EXPECT_EQ(marks.left().size(), 1U);
  marks.clear("M2");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(OffMarkFile, ThatCannotBeReadIsNoMarkTheLess) {
  std::filesystem::create_directories(folder / "sub");
  for (const char* text : {"", "{\"bench\": \"line-2\"", "[]", "{\"off_not_confirmed\": [{}]}"}) {
    std::ofstream(folder / "sub" / "line-2.off-not-confirmed.json") << text;
    EXPECT_EQ(fault_of([&] { (void)marks.left(); }), "safety.off_mark") << text;
    EXPECT_EQ(start_anew(), "safety.off_mark") << text;
  }
}

TEST_F(OffMarkFile, ThatCannotBeWrittenIsTold) {
  std::ofstream(folder / "file") << "not a folder";
  FileOffMarks nowhere(folder / "file" / "marks.json", "line-2");
  EXPECT_EQ(fault_of([&] { nowhere.set({"M1", "It is live.", {}}); }), "safety.off_mark");
}

}  // namespace
}  // namespace plugrig::test
