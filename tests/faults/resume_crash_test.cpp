// The rig dies at any call of its store, and is started again: once, or many times over.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <system_error>

#include "tests/faults/crash_world.hpp"

namespace plugrig {
namespace {

constexpr int kUnits = 5;

/// A folder in memory where there is such a thing: nothing here depends on the disk, and a sync of
/// a real one takes longer than all the rest.
class MemoryFolder {
 public:
  MemoryFolder() {
    std::string name =
        std::filesystem::exists("/dev/shm") ? "/dev/shm/plugrig-XXXXXX" : "/tmp/plugrig-XXXXXX";
    const char* made = ::mkdtemp(name.data());
    if (made == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = made;
  }
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

class ResumeAfterACrash : public testing::Test {
 protected:
  ResumeAfterACrash() { begin_anew(); }

  void begin_anew() {
    world_.reset();
    folder_ = std::make_unique<MemoryFolder>();
    file_ = *folder_ / "runs.db";
    world_ = std::make_unique<test::CrashWorld>(file_, kUnits);
  }
  [[nodiscard]] std::vector<UnitRecord> units() const {
    const RecordStore store(file_, {.read_only = true});
    const auto runs = store.runs();
    return runs.empty() ? std::vector<UnitRecord>{} : store.units_of(runs.front().run_id);
  }
  static bool passed(const UnitRecord& unit, const std::string& step) {
    const auto last =
        std::find_if(unit.attempts.rbegin(), unit.attempts.rend(),
                     [&](const AttemptRecord& attempt) { return attempt.step == step; });
    return last != unit.attempts.rend() && last->verdict == Verdict::pass;
  }

  /// The units of the run ended as an unkilled one's: as many, each once, and as the real ones are.
  void expect_as_unkilled() {
    std::multiset<std::string> judged;
    for (const UnitRecord& unit : units()) {
      EXPECT_TRUE(unit.ended) << unit.unit_id;
      if (unit.verdict == Verdict::aborted) {
        EXPECT_FALSE(unit.facts.contains("mac")) << unit.unit_id << " could have gone on";
        continue;
      }
      ASSERT_TRUE(unit.facts.contains("mac")) << unit.unit_id;
      const auto& real = *world_->units().at(unit.facts.at("mac"));
      judged.insert(real.mac);
      EXPECT_EQ(unit.verdict, real.bad ? Verdict::fail : Verdict::pass) << unit.unit_id;
      if (unit.verdict != Verdict::pass) continue;
      EXPECT_TRUE(real.written && real.configured) << unit.unit_id << " is PASS and is not";
      for (const auto* step :
           {"real.identify", "real.write", "real.configure", "real.measure", "real.rest"})
        EXPECT_TRUE(passed(unit, step)) << unit.unit_id << " is PASS without " << step;
    }
    EXPECT_EQ(judged.size(), static_cast<std::size_t>(kUnits));
    EXPECT_EQ(std::set<std::string>(judged.begin(), judged.end()).size(), judged.size())
        << "a unit is there twice";
  }

  std::unique_ptr<MemoryFolder> folder_;
  std::filesystem::path file_;
  std::unique_ptr<test::CrashWorld> world_;
};

int rounds(int usual) { return std::getenv("PLUGRIG_LONG") != nullptr ? usual * 10 : usual; }

TEST_F(ResumeAfterACrash, IsNotNeededAfterAWholeRun) {
  EXPECT_GT(world_->run(0), 50);
  expect_as_unkilled();
  EXPECT_FALSE(world_->resume());
}

TEST_F(ResumeAfterACrash, EndsAsIfNothingHadHappened) {
  const int calls = world_->run(0);
  std::mt19937_64 chance(7);
  for (int round = 0; round < rounds(50); ++round) {
    SCOPED_TRACE(round);
    begin_anew();
    const int dies_at = 1 + static_cast<int>(chance() % static_cast<unsigned>(calls));
    world_->run(dies_at, chance() % 2 == 0);
    const auto before = units();
    world_->harm(chance);
    // Nothing to go on with: it died before the run had begun, or with its very last word.
    if (!world_->resume() && before.empty()) continue;
    expect_as_unkilled();
    // What had its verdict still has it, with the same attempts.
    const auto after = units();
    for (std::size_t i = 0; i < before.size(); ++i) {
      ASSERT_EQ(before[i].unit_id, after[i].unit_id);
      EXPECT_LE(before[i].attempts.size(), after[i].attempts.size());
      if (!before[i].ended) continue;
      EXPECT_EQ(before[i].verdict, after[i].verdict);
      EXPECT_EQ(before[i].attempts.size(), after[i].attempts.size());
    }
  }
}

TEST_F(ResumeAfterACrash, MayBeNeededAgainAndAgain) {
  const int calls = world_->run(0);
  std::mt19937_64 chance(8);
  for (int round = 0; round < rounds(15); ++round) {
    SCOPED_TRACE(round);
    begin_anew();
    world_->run(1 + static_cast<int>(chance() % static_cast<unsigned>(calls)));
    for (int again = 0; again < 4; ++again) {
      world_->harm(chance);
      world_->resume(1 + static_cast<int>(chance() % 25), chance() % 2 == 0);
    }
    if (units().empty()) continue;
    while (world_->resume()) {
    }
    expect_as_unkilled();
  }
}

/// Somebody swapped the units while the rig was dead: neither record gets the other unit's work,
/// and both go on when they are in their places again.
TEST_F(ResumeAfterACrash, TakesNoUnitForAnother) {
  const int calls = world_->run(0);
  std::mt19937_64 chance(9);
  int tried = 0;
  for (int round = 0; round < rounds(30); ++round) {
    SCOPED_TRACE(round);
    begin_anew();
    world_->run(1 + static_cast<int>(chance() % static_cast<unsigned>(calls)));
    const auto before = units();
    const auto open = std::count_if(before.begin(), before.end(), [](const UnitRecord& unit) {
      return !unit.ended && unit.facts.contains("mac");
    });
    if (open != 2) continue;
    ++tried;
    world_->swap_units();
    world_->resume();
    for (const UnitRecord& unit : units()) {
      const auto was = std::find_if(before.begin(), before.end(), [&](const UnitRecord& other) {
        return other.unit_id == unit.unit_id;
      });
      if (was == before.end() || was->ended || !was->facts.contains("mac")) continue;
      EXPECT_EQ(unit.facts.at("mac"), was->facts.at("mac"));
      if (unit.verdict == Verdict::fail) continue;  // it had failed before
      EXPECT_EQ(unit.verdict, Verdict::aborted) << unit.unit_id;
      EXPECT_FALSE(unit.ended) << "the right unit can still be taken";
      EXPECT_EQ(unit.attempts.back().fault_id, "unit.other_unit");
    }
  }
  EXPECT_GT(tried, rounds(30) / 5);
}

/// A unit that had failed for good before the crash is not tried until it passes.
TEST_F(ResumeAfterACrash, KeepsAFail) {
  const int calls = world_->run(0);
  int kept = 0;
  for (int dies_at = 1; dies_at < calls; ++dies_at) {
    begin_anew();
    world_->run(dies_at);
    const auto before = units();
    const auto failed = std::find_if(before.begin(), before.end(), [](const UnitRecord& unit) {
      return !unit.ended && std::any_of(unit.attempts.begin(), unit.attempts.end(),
                                        [](const auto& a) { return a.verdict == Verdict::fail; });
    });
    if (failed == before.end()) continue;
    ++kept;
    world_->resume();
    const RecordStore store(file_);
    const UnitRecord after = store.unit(failed->unit_id);
    EXPECT_EQ(after.verdict, Verdict::fail);
    EXPECT_EQ(after.attempts.size(), failed->attempts.size() + 1);
  }
  EXPECT_GT(kept, 0);
}

}  // namespace
}  // namespace plugrig
