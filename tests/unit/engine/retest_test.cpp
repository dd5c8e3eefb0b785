#include "rig/engine/retest.hpp"

#include <gmock/gmock.h>

#include "tests/unit/engine/harness.hpp"

namespace plugrig::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

UnitResult ended(Verdict verdict, const std::string& blame, bool recorded = true) {
  UnitResult result;
  result.record.unit_id = "R-F1-1";
  result.record.verdict = verdict;
  result.recorded = recorded;
  result.blame = blame;
  if (!blame.empty()) result.fault_id = blame + ".broken";
  return result;
}

const RetestRule by_itself{.most = 2, .by_itself = true};
const RetestDemand nobody{};

TEST(RetestRule, OnlyWhereTheEvidencePointsAwayFromTheUnit) {
  for (const char* blame : {"contact", "fixture", "instrument", "host", "operator"}) {
    const auto decision = may_retest(ended(Verdict::error, blame), 0, by_itself, nobody);
    EXPECT_TRUE(decision.allowed) << blame;
    EXPECT_THAT(decision.text, HasSubstr(blame));
    EXPECT_FALSE(may_retest(ended(Verdict::error, blame), 0, {}, nobody).allowed)
        << "not by itself unless the rule says so";
  }
  for (const char* blame : {"config", "software"})
    EXPECT_FALSE(may_retest(ended(Verdict::error, blame), 0, by_itself, nobody).allowed) << blame;
  EXPECT_FALSE(may_retest(ended(Verdict::inconclusive, ""), 0, by_itself, nobody).allowed);
}

TEST(RetestRule, AFailIsNeverTestedAgainSilently) {
  for (const char* blame : {"unit", "contact", ""}) {
    const auto fail = ended(Verdict::fail, blame);
    EXPECT_FALSE(may_retest(fail, 0, by_itself, nobody).allowed);
    EXPECT_FALSE(may_retest(fail, 0, by_itself, {true, ""}).allowed);
    const auto demanded = may_retest(fail, 0, by_itself, {true, "lamp was loose"});
    EXPECT_TRUE(demanded.allowed);
    EXPECT_THAT(demanded.text, HasSubstr("lamp was loose"));
  }
  EXPECT_FALSE(may_retest(ended(Verdict::fail, "unit", false), 0, by_itself, nobody).allowed)
      << "a fail that is not recorded is one all the same";
}

TEST(RetestRule, IsCappedAndAPassStays) {
  const auto contact = ended(Verdict::error, "contact");
  EXPECT_TRUE(may_retest(contact, 1, by_itself, nobody).allowed);
  EXPECT_FALSE(may_retest(contact, 2, by_itself, nobody).allowed);
  EXPECT_FALSE(may_retest(contact, 2, by_itself, {true, "please"}).allowed);
  EXPECT_FALSE(may_retest(contact, 0, {.most = 0}, {true, "please"}).allowed);
  EXPECT_FALSE(may_retest(ended(Verdict::pass, ""), 0, by_itself, {true, "please"}).allowed);
  EXPECT_TRUE(may_retest(ended(Verdict::pass, "", false), 0, by_itself, nobody).allowed)
      << "what is not recorded has not passed";
}

TEST(RetestRule, NeverWhileOffIsNotConfirmed) {
  auto result = ended(Verdict::error, "fixture");
  AttemptRecord attempt;
  attempt.fault_id = "safety.off_not_confirmed";
  result.record.attempts.push_back(attempt);
  EXPECT_FALSE(may_retest(result, 0, by_itself, {true, "please"}).allowed);
}

constexpr const char* kSequence = R"(sequence: test
stages:
  - stage: one
    steps:
      - t.try:
)";

class RetestRun : public testing::Test, protected Harness {
 protected:
  static std::vector<std::string> ids_of(const RunResult& result) {
    std::vector<std::string> ids;
    for (const UnitResult& unit : result.units) ids.push_back(unit.record.unit_id);
    return ids;
  }
};

TEST_F(RetestRun, TheUnitIsTestedAgainAsARecordOfItsOwnThatNamesTheFormer) {
  failing("t.try", 1, Blame::contact);
  RetestDesk desk(by_itself);
  options.retests = &desk;
  const RunResult result = run(kSequence);
  EXPECT_THAT(ids_of(result), ElementsAre("R-F1-1", "R-F1-1r1"));
  EXPECT_EQ(result.units[0].record.verdict, Verdict::error);
  EXPECT_EQ(result.units[1].record.verdict, Verdict::pass);
  EXPECT_EQ(result.units[1].record.facts.at(kRetestOf), "R-F1-1");
  EXPECT_THAT(result.units[1].record.facts.at(kRetestReason), HasSubstr("contact"));
  EXPECT_FALSE(result.units[0].record.facts.contains(kRetestOf));
}

TEST_F(RetestRun, TheCapHoldsAndTheNextUnitBeginsAnew) {
  failing("t.try", 4, Blame::contact);
  RetestDesk desk(by_itself);
  options.retests = &desk;
  options.units = 2;
  EXPECT_THAT(ids_of(run(kSequence)),
              ElementsAre("R-F1-1", "R-F1-1r1", "R-F1-1r2", "R-F1-2", "R-F1-2r1"));
}

TEST_F(RetestRun, AFailIsNotTestedAgain) {
  failing("t.try", 1, Blame::unit);
  RetestDesk desk(by_itself);
  options.retests = &desk;
  EXPECT_THAT(ids_of(run(kSequence)), ElementsAre("R-F1-1"));
}

/// Units come when the test says so; between them a person may demand something.
class ToldStart final : public StartSignal {
 public:
  explicit ToldStart(Clock& clock) : clock_(clock) {}
  std::function<void(int)> before;
  [[nodiscard]] std::string asks(const std::string&) const override { return "Load a unit."; }
  ReadyUnit wait(const std::string&, const Deadline& deadline) override {
    if (before) before(++calls_);
    clock_.sleep_for(10s, deadline);
    return {};
  }

 private:
  Clock& clock_;
  int calls_ = 0;
};

TEST_F(RetestRun, APersonsDemandBreaksTheWaitForTheNextUnit) {
  failing("t.try", 1, Blame::unit);
  RetestDesk desk({.most = 2});
  ToldStart start(*clock);
  std::string told;
  start.before = [&](int call) {
    if (call != 2) return;
    EXPECT_THAT(desk.demand("F1", ""), HasSubstr("give a reason"));
    told = desk.demand("F1", "wrong lamp");
  };
  options.retests = &desk;
  options.start = &start;
  options.units = 2;
  const RunResult result = run(kSequence);
  EXPECT_EQ(told, "F1 is tested again.");
  EXPECT_THAT(ids_of(result), ElementsAre("R-F1-1", "R-F1-1r1", "R-F1-2"));
  EXPECT_THAT(result.units[1].record.facts.at(kRetestReason), HasSubstr("wrong lamp"));
  EXPECT_FALSE(result.units[2].record.facts.contains(kRetestOf));
  EXPECT_THAT(desk.demand("F1", "late"), HasSubstr("no further unit"));
}

TEST_F(RetestRun, OneSlotIsStoppedAndTheOthersTakeItsUnits) {
  SlotStops stops;
  options.slot_stops = &stops;
  options.units = 5;
  step("t.try", [&](StepContext& c) {
    if (c.slot() == "F1") stops.request("F1");
    c.clock().sleep_for(1s, c.deadline());
  });
  const RunResult result = run(kSequence, 2);
  EXPECT_THAT(ids_of(result), ElementsAre("R-F1-1", "R-F2-2", "R-F2-3", "R-F2-4", "R-F2-5"));
  EXPECT_EQ(result.units[0].record.verdict, Verdict::aborted);
  EXPECT_EQ(result.units[4].record.verdict, Verdict::pass);
}

}  // namespace
}  // namespace plugrig::test
