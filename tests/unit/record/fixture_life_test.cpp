#include "rig/record/fixture_life.hpp"

#include <gtest/gtest.h>

#include "rig/record/store.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

AttemptRecord attempt(int index, const std::string& step, Verdict verdict, int number = 1,
                      const std::string& slot = "") {
  AttemptRecord made;
  made.stage = "flash";
  made.step = step;
  made.step_index = index;
  made.attempt = number;
  made.verdict = verdict;
  made.slot = slot;
  made.started = made.ended = UtcTime{2'000'000};
  if (verdict != Verdict::pass) {
    made.fault_id = "esp.sync.silent";
    made.blame = "contact";
    made.happened = "No answer.";
    made.next = "Clean it.";
  }
  return made;
}

class FixtureLife : public ::testing::Test {
 protected:
  std::string run(const std::string& bench) {
    return store_.begin_run({"seq", bench, "0.1.0", UtcTime{1'000'000}});
  }
  void unit(const std::string& run, const std::string& slot, int number,
            const std::vector<AttemptRecord>& attempts) {
    UnitStart start;
    start.unit_id = run + slot + std::to_string(number);
    start.run_id = run;
    start.slot = slot;
    start.started = UtcTime{1'500'000};
    store_.begin_unit(start);
    for (const auto& made : attempts) store_.append_attempt(start.unit_id, made);
  }

  test::TempFolder folder_;
  RecordStore store_{folder_ / "records.sqlite"};
};

TEST_F(FixtureLife, CountsUnitsAndWhatTheirContactsDid) {
  const auto r = run("b1");
  unit(r, "F1", 1,
       {attempt(-1, "slot.open", Verdict::pass), attempt(-1, "slot.open", Verdict::pass, 2),
        attempt(0, "flash.identify", Verdict::error),
        attempt(0, "flash.identify", Verdict::pass, 2)});
  unit(r, "F1", 2,
       {attempt(-1, "slot.open", Verdict::pass), attempt(0, "flash.identify", Verdict::pass),
        attempt(-2, "mains.enter", Verdict::pass, 1, "M1")});
  unit(r, "F1", 3, {attempt(-1, "slot.open", Verdict::error)});
  unit(run("other"), "F1", 1, {attempt(-1, "slot.open", Verdict::pass)});
  const auto slots = fixture_life(store_.path(), "b1");
  ASSERT_EQ(slots.size(), 2U);
  EXPECT_EQ(slots[0].slot, "F1");
  EXPECT_EQ(slots[0].insertions, 2) << "opened twice for one unit, and not at all for another";
  EXPECT_EQ(slots[0].identified, 2);
  EXPECT_EQ(slots[0].first_sync, 1);
  EXPECT_EQ(slots[0].retries, 1);
  EXPECT_EQ(slots[0].contact_faults, 2);
  EXPECT_EQ(slots[0].last_used.unix_ms, 2'000'000);
  EXPECT_EQ(slots[1].slot, "M1");
  EXPECT_EQ(slots[1].insertions, 1);
}

TEST_F(FixtureLife, CountsFromTheLastServiceOn) {
  unit(run("b1"), "F1", 1, {attempt(-1, "slot.open", Verdict::pass)});
  EXPECT_EQ(fixture_life(store_.path(), "b1", UtcTime{2'000'000}).size(), 1U);
  EXPECT_TRUE(fixture_life(store_.path(), "b1", UtcTime{2'000'001}).empty());
  EXPECT_TRUE(fixture_life(store_.path(), "b2").empty());
}

}  // namespace
}  // namespace plugrig
