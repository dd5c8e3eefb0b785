// The program itself, killed at any moment and told to go on. Its simulated bench dies with it: the
// units come back as they left their factory, so that nothing of them can be shown any more.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "tests/bench/simulated_run.hpp"
#include "tests/faults/child_process.hpp"

namespace plugrig {
namespace {

using test::ChildResult;
using test::run_child;

class KilledProgram : public testing::Test {
 protected:
  TestFolder folder_{"killed-program"};
  std::string firmware_ = make_firmware();
  std::string sequence_ = folder_.file("short.yaml",
                                       "sequence: short\n"
                                       "variables: {firmware: {type: file}}\n"
                                       "stages:\n"
                                       "  - stage: flash\n"
                                       "    mains: off\n"
                                       "    steps:\n"
                                       "      - flash.identify:\n"
                                       "      - flash.write: {image: '{{firmware}}'}\n"
                                       "  - stage: boot\n"
                                       "    mains: off\n"
                                       "    steps:\n"
                                       "      - boot.wait:\n");
  int stores_ = 0;
  std::string store_;

  std::string make_firmware() {
    twin::ImageOptions image;
    image.size_bytes = twin::kSmallImage;
    return folder_.file("firmware.bin", twin::make_image(image));
  }
  void new_store() { store_ = (folder_.path() / (std::to_string(++stores_) + ".sqlite")).string(); }

  ChildResult run(int kill_after = 0) {
    return run_child({PLUGRIG_PROGRAM, "run", sequence_, "--bench",
                      std::string(PLUGRIG_SOURCE_DIR) + "/fixtures/demo.yaml", "--set",
                      "firmware=" + firmware_, "--store", store_, "--factor", "0", "--json"},
                     kill_after);
  }
  ChildResult resume(const std::vector<std::string>& more = {}, int kill_after = 0) {
    std::vector<std::string> arguments{PLUGRIG_PROGRAM, "resume",   "--store",
                                       store_,          "--factor", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_child(arguments, kill_after);
  }
  [[nodiscard]] std::vector<UnitRecord> units() const {
    return RecordStore(store_, {.read_only = true}).last_units(1000);
  }
  /// MACs of units that passed; a MAC that passed twice fails the test.
  std::set<std::string> passed() {
    std::set<std::string> macs;
    for (const auto& unit : units()) {
      if (unit.verdict != Verdict::pass) continue;
      for (const auto* step : {"flash.identify", "flash.write", "boot.wait"}) {
        const auto done = std::any_of(
            unit.attempts.begin(), unit.attempts.end(),
            [&](const auto& a) { return a.step == step && a.verdict == Verdict::pass; });
        EXPECT_TRUE(done) << unit.unit_id << " is PASS without " << step;
      }
      EXPECT_TRUE(macs.insert(unit.facts.at("mac")).second) << unit.unit_id << " is there twice";
    }
    return macs;
  }
};

int rounds(int usual) { return std::getenv("PLUGRIG_LONG") != nullptr ? usual * 6 : usual; }

TEST_F(KilledProgram, EndsAsAnUnkilledOneWhenItIsGoneOnWith) {
  new_store();
  const ChildResult whole = run();
  ASSERT_EQ(whole.exit_code, 0) << whole.text;
  const auto wanted = passed();
  ASSERT_EQ(wanted.size(), 2U);
  EXPECT_EQ(resume().exit_code, 0) << "nothing to go on with";

  std::mt19937_64 random(17);
  int killed = 0;
  for (int round = 0; round < rounds(10); ++round) {
    SCOPED_TRACE(round);
    new_store();
    run(1 + static_cast<int>(random() % static_cast<unsigned>(whole.lines)));
    if (!std::filesystem::exists(store_)) continue;
    const auto before = passed();
    // Killed again in every other round.
    if (round % 2 == 1) {
      resume({"--json"}, 1 + static_cast<int>(random() % static_cast<unsigned>(whole.lines)));
    }
    if (RecordStore(store_, {.read_only = true}).runs().empty()) continue;
    const ChildResult end = resume();
    EXPECT_NE(end.exit_code, -1) << end.text;
    if (before.size() < 2) ++killed;
    EXPECT_EQ(passed(), wanted) << end.text;
    for (const auto& unit : units()) EXPECT_TRUE(unit.ended) << unit.unit_id << end.text;
  }
  EXPECT_GT(killed, rounds(10) / 3);
}

TEST_F(KilledProgram, DoesNotGoOnWithOtherFilesAndSaysWhich) {
  new_store();
  const ChildResult cut = run(12);
  ASSERT_EQ(cut.exit_code, -1);
  twin::ImageOptions other;
  other.size_bytes = twin::kSmallImage;
  auto image = twin::make_image(other);
  image.back() ^= 1U;
  ASSERT_EQ(folder_.file("firmware.bin", image), firmware_);
  const ChildResult refused = resume();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.text.find("firmware_sha256"), std::string::npos) << refused.text;
  EXPECT_EQ(refused.text.find("sequence_sha256"), std::string::npos) << refused.text;
  const auto before = units();

  const ChildResult given_up = resume({"--give-up"});
  EXPECT_EQ(given_up.exit_code, 0) << given_up.text;
  for (const auto& unit : units()) {
    EXPECT_TRUE(unit.ended);
    EXPECT_EQ(unit.verdict, Verdict::aborted);
    EXPECT_EQ(unit.attempts.back().fault_id, "resume.given_up");
  }
  EXPECT_EQ(units().size(), before.size());
  EXPECT_NE(resume().text.find("nothing to go on with"), std::string::npos);
}

TEST_F(KilledProgram, ARunThatIsNotThereIsAMistakeOfTheCommandLine) {
  new_store();
  EXPECT_EQ(resume().exit_code, 2) << "no store";
  ASSERT_EQ(run().exit_code, 0);
  EXPECT_EQ(resume({"20200101-000000-0001"}).exit_code, 2);
}

}  // namespace
}  // namespace plugrig
