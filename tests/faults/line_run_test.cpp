// Units that are flashed in one place and measured in another, on the shipped line of both.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/faults/crash_world.hpp"
#include "tests/faults/twin_runner.hpp"

namespace plugrig {
namespace {

using std::chrono::seconds;

constexpr const char* kSequence =
    "sequence: line\n"
    "plug: gosund-ep2\n"
    "variables:\n"
    "  firmware: {type: file}\n"
    "  wifi_ssid: {type: text}\n"
    "  wifi_password: {type: secret}\n"
    "stages:\n"
    "  - stage: flash\n"
    "    mains: off\n"
    "    steps:\n"
    "      - flash.identify:\n"
    "      - flash.erase: {range: all}\n"
    "      - flash.write: {image: '{{firmware}}', mode: dout}\n"
    "      - slot.power_cycle:\n"
    "      - boot.wait:\n"
    "  - stage: configure\n"
    "    mains: off\n"
    "    steps:\n"
    "      - tasmota.setting: {name: SetOption65, value: '1', saved: false}\n"
    "      - tasmota.template:\n"
    "      - tasmota.module: {number: 0}\n"
    "      - tasmota.wifi: {ssid: '{{wifi_ssid}}', password: '{{wifi_password}}', within: 40 s}\n"
    "  - stage: join\n"
    "    mains: on\n"
    "    steps:\n"
    "      - plug.join: {within: 60 s}\n";

std::string line_bench() {
  return (std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures/demo-line.yaml").string();
}

class Line : public testing::Test {
 protected:
  TestFolder folder_{"line-run"};
  std::string store_file_ = (folder_.path() / "records.sqlite").string();
  test::TwinRunner runner_{folder_.file("line.yaml", kSequence), line_bench(),
                           test::small_variables(folder_)};

  std::vector<UnitRecord> units(const std::string& run) {
    return RecordStore(store_file_).units_of(run);
  }
  /// Slots in which the attempts of a stage ran.
  static std::set<std::string> slots_of(const UnitRecord& unit, const std::string& stage) {
    std::set<std::string> slots;
    for (const auto& attempt : unit.attempts)
      if (attempt.stage == stage) slots.insert(attempt.slot);
    return slots;
  }
  static void expect_moved(const UnitRecord& unit) {
    EXPECT_EQ(unit.verdict, Verdict::pass) << unit.unit_id;
    EXPECT_EQ(unit.facts.at("binding"), "shown");
    EXPECT_EQ(unit.facts.at("waits_for"), "nothing");
    EXPECT_EQ(slots_of(unit, "flash"), std::set<std::string>{unit.slot});
    EXPECT_EQ(slots_of(unit, "configure"), std::set<std::string>{unit.slot});
    for (const auto& slot : slots_of(unit, "join")) EXPECT_EQ(slot[0], 'M') << unit.unit_id;
  }
};

/// The person mixes up the first two units that are carried over, and then puts every unit where
/// the rig wants it, wherever it is.
class Confused {
 public:
  explicit Confused(test::TwinRunner& runner) : runner_(runner) {
    runner.on_event = [this](const Event& event) {
      const auto* told = std::get_if<event::SlotWaits>(&event.body);
      if (told != nullptr) asked.push_back(event.slot + ": " + told->next);
    };
    runner.move_unit = [this](const MovedUnit& unit, const Deadline& deadline) {
      if (first_.size() < 2) return mix_up(unit, deadline);
      carry(unit.mac, unit.to, deadline);
    };
  }
  std::vector<std::string> asked;

 private:
  /// Waits for the second one that is asked for, and swaps the two.
  void mix_up(const MovedUnit& unit, const Deadline& deadline) {
    first_.push_back(unit);
    if (first_.size() == 2) {
      carry(first_[0].mac, first_[1].to, deadline);
      carry(first_[1].mac, first_[0].to, deadline);
      mixed_up_ = true;
    }
    while (!mixed_up_) runner_.clock().sleep_for(seconds{1}, deadline);
  }

  void carry(const std::string& mac, const std::string& to, const Deadline& deadline) {
    while (true) {
      const std::string from = place_of(mac);
      if (from == to) return;
      if (!live(from) && !live(to)) return runner_.bench().move_unit(from, to);
      runner_.clock().sleep_for(seconds{1}, deadline);
    }
  }
  std::string place_of(const std::string& mac) {
    for (const auto& slot : runner_.bench().slots)
      if (slot.twin != nullptr && slot.twin->mac() == mac) return slot.name;
    throw std::logic_error("no unit " + mac + " on the bench");
  }
  bool live(const std::string& slot) { return runner_.bench().twin->truth(slot).live; }

  test::TwinRunner& runner_;
  std::vector<MovedUnit> first_;
  bool mixed_up_ = false;
};

TEST_F(Line, FourUnitsAreCarriedOverAndTwoOfThemMixedUp) {
  Confused person(runner_);
  RecordStore store(store_file_);
  const RunResult result = runner_.run(store, 4);
  ASSERT_EQ(result.exit_code, 0) << runner_.events;
  const auto records = units(result.run_id);
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(result.units.size(), 4U) << "each is told once";
  std::set<std::string> macs;
  int confused = 0;
  for (const auto& unit : records) {
    expect_moved(unit);
    macs.insert(unit.facts.at("mac"));
    const auto other =
        std::count_if(unit.attempts.begin(), unit.attempts.end(),
                      [](const auto& attempt) { return attempt.fault_id == kOtherUnit; });
    if (other > 0) ++confused;
    EXPECT_EQ(unit.first_pass, other == 0) << unit.unit_id;
    for (const auto& attempt : unit.attempts)
      EXPECT_TRUE(attempt.fault_id != kOtherUnit || attempt.blame == "operator");
    const bool told = std::any_of(person.asked.begin(), person.asked.end(), [&](const auto& text) {
      return text.find(unit.facts.at("mac")) != std::string::npos;
    });
    EXPECT_TRUE(told) << unit.unit_id << ": nobody was told where it goes";
  }
  EXPECT_EQ(confused, 2);
  EXPECT_EQ(macs.size(), 4U);
  EXPECT_EQ(runner_.bench().twin->accidents(), std::vector<std::string>{});
}

/// The right unit never comes: its record tells so, it is nobody's failure but the operator's, and
/// the others go on.
TEST_F(Line, AUnitThatNeverComesIsGivenUp) {
  std::string lost;
  runner_.move_unit = [&](const MovedUnit& unit, const Deadline&) {
    if (lost.empty()) lost = unit.mac;
    if (unit.mac != lost) runner_.bench().move_unit(unit.from, unit.to);
  };
  RecordStore store(store_file_);
  const RunResult result = runner_.run(store, 2);
  EXPECT_EQ(result.exit_code, 2) << runner_.events;
  for (const auto& unit : units(result.run_id)) {
    if (unit.facts.at("mac") != lost) {
      EXPECT_EQ(unit.verdict, Verdict::pass);
      continue;
    }
    EXPECT_NE(unit.verdict, Verdict::pass);
    EXPECT_NE(unit.verdict, Verdict::fail);
    EXPECT_EQ(unit.attempts.back().fault_id, "unit.not_moved");
    EXPECT_EQ(std::count_if(unit.attempts.begin(), unit.attempts.end(),
                            [](const auto& attempt) { return attempt.fault_id == kOtherUnit; }),
              kTakeTries);
  }
}

/// A sequence without mains is for the slots with contacts alone.
TEST_F(Line, SlotsThatCanDoNothingOfTheSequenceTakeNoUnit) {
  std::string text = kSequence;
  text.resize(text.find("  - stage: configure"));
  test::TwinRunner flash_only(folder_.file("flash.yaml", text), line_bench(),
                              test::small_variables(folder_));
  RecordStore store(store_file_);
  const RunResult result = flash_only.run(store, 3);
  EXPECT_EQ(result.exit_code, 0) << flash_only.events;
  ASSERT_EQ(result.units.size(), 3U);
  for (const auto& unit : result.units) EXPECT_EQ(unit.record.slot[0], 'F');
}

/// The rig dies while units are flashed, wait, and are measured; on the same bench it goes on.
TEST_F(Line, GoesOnAfterACrash) {
  int calls = 0;
  {
    RecordStore store((folder_.path() / "whole.sqlite").string());
    test::DyingRecorder whole(store, 0, false);
    ASSERT_EQ(runner_.run(whole, 2).exit_code, 0);
    calls = whole.calls();
  }
  std::mt19937_64 chance(21);
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    const auto file = folder_.path() / fmt::format("crash-{}.sqlite", round);
    test::TwinRunner runner(folder_.file("line.yaml", kSequence), line_bench(),
                            test::small_variables(folder_));
    std::optional<LeftRun> left;
    {
      RecordStore store(file);
      const int from = calls / 3 * round;
      test::DyingRecorder dying(
          store, from + 5 + static_cast<int>(chance() % static_cast<unsigned>(calls / 3 - 6)),
          false);
      runner.run(dying, 2, {}, [&](plugrig::Run& run) {
        dying.on_death = [&run] { run.request_stop(StopReason::request); };
      });
      const auto runs = store.runs();
      ASSERT_EQ(runs.size(), 1U);
      ASSERT_FALSE(runs[0].ended);
      left = what_is_left(runner.sequence(), runs[0].run_id, store.units_of(runs[0].run_id),
                          runner.contacts());
    }
    const std::string run_id = left->run_id;
    RecordStore store(file);
    runner.run(store, 2, std::move(left));
    int passed = 0;
    for (const auto& unit : store.units_of(run_id)) {
      EXPECT_TRUE(unit.ended) << unit.unit_id;
      if (unit.verdict != Verdict::pass) {
        EXPECT_EQ(unit.verdict, Verdict::aborted) << unit.unit_id << runner.events;
        EXPECT_FALSE(unit.facts.contains("mac"));
        continue;
      }
      ++passed;
      expect_moved(unit);
    }
    EXPECT_EQ(passed, 2);
  }
}

}  // namespace
}  // namespace plugrig
