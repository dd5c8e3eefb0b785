#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "rig/core/file_bytes.hpp"
#include "tests/bench/simulated_run.hpp"

namespace plugrig {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path source{PLUGRIG_SOURCE_DIR};
const std::string sequence = (source / "sequences" / "tasmota-flash.yaml").string();
const std::string demo = (source / "fixtures" / "demo.yaml").string();

std::vector<std::uint8_t> small_image() {
  twin::ImageOptions options;
  options.size_bytes = twin::kSmallImage;
  return twin::make_image(options);
}

const AttemptRecord* attempt_of(const UnitRecord& unit, const std::string& step) {
  const auto found = std::find_if(unit.attempts.begin(), unit.attempts.end(),
                                  [&](const auto& attempt) { return attempt.step == step; });
  return found == unit.attempts.end() ? nullptr : &*found;
}

TEST(MainJob, TwoPlugsFromTheFactoryToProvenBootedTasmota) {
  const TestFolder folder("main-job");
  const auto image = twin::make_image();
  const auto firmware = folder.file("firmware.bin", image);
  const auto store_file = folder.path() / "records.sqlite";
  const auto result = run_simulated(sequence, demo, {{"firmware", firmware}}, store_file);
  ASSERT_EQ(result.problems, "");
  ASSERT_EQ(result.run.exit_code, 0) << result.events;
  ASSERT_EQ(result.run.units.size(), 2U);

  // Not what the run says of itself, but what its records say, read anew.
  const RecordStore store(store_file);
  const auto units = store.units_of(result.run.run_id);
  ASSERT_EQ(units.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& unit = units[i];
    EXPECT_EQ(unit.verdict, Verdict::pass);
    EXPECT_TRUE(unit.first_pass);
    for (const auto* step : {"flash.identify", "flash.backup", "flash.erase", "flash.write",
                             "flash.verify", "boot.wait"}) {
      const auto* attempt = attempt_of(unit, step);
      ASSERT_NE(attempt, nullptr) << step;
      EXPECT_EQ(attempt->verdict, Verdict::pass) << step;
    }
    EXPECT_EQ(unit.facts.at("mac"), result.macs[i]);
    EXPECT_THAT(unit.facts.at("banner"), HasSubstr("Tasmota"));
    EXPECT_TRUE(std::equal(image.begin(), image.end(), result.flash[i].begin()));
    // The backup is the factory content of this very plug, byte for byte, for its owner's eyes.
    const auto& kept = attempt_of(unit, "flash.backup")->attachments.at(0);
    EXPECT_TRUE(kept.sensitive);
    const auto seed = i == 0 ? 11U : 12U;  // fixtures/demo.yaml
    EXPECT_EQ(read_bytes(kept.path), twin::factory_flash(seed, 0x100000));
    EXPECT_EQ(std::filesystem::status(kept.path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  EXPECT_NE(units[0].facts.at("mac"), units[1].facts.at("mac"));
}

TEST(MainJob, OneSeedGivesOneByteIdenticalEventLog) {
  const TestFolder folder("one-seed");
  const auto firmware = folder.file("firmware.bin", small_image());
  const auto sequence_file = folder.file("short.yaml",
                                         "sequence: short\n"
                                         "variables: {firmware: {type: file}}\n"
                                         "stages:\n"
                                         "  - stage: flash\n"
                                         "    mains: off\n"
                                         "    steps:\n"
                                         "      - flash.identify:\n"
                                         "      - flash.write: {image: '{{firmware}}'}\n"
                                         "        retries: 2\n"
                                         "      - boot.wait:\n");
  const auto bench_file = folder.file("noisy.yaml",
                                      "bench: noisy\n"
                                      "slots:\n"
                                      "  - slot: F1\n"
                                      "    kind: flash\n"
                                      "    uart: {twin: true}\n"
                                      "    lines: {wiring: bare-wires}\n"
                                      "    twin: {seed: 1, faults: {flip_to_chip: 20 ppm}}\n"
                                      "  - slot: F2\n"
                                      "    kind: flash\n"
                                      "    uart: {twin: true}\n"
                                      "    lines: {wiring: power-cycled}\n"
                                      "    twin: {seed: 2, faults: {flip_to_host: 20 ppm}}\n");
  std::vector<std::string> logs;
  for (const std::uint64_t seed : {5U, 5U, 6U}) {
    const auto store = folder.path() / ("store-" + std::to_string(logs.size()) + ".sqlite");
    logs.push_back(
        run_simulated(sequence_file, bench_file, {{"firmware", firmware}}, store, {.seed = seed})
            .events);
    // Attachments and ids name the store; the runs differ in nothing else.
  }
  ASSERT_FALSE(logs[0].empty());
  EXPECT_EQ(logs[0], logs[1]);
  EXPECT_NE(logs[0], logs[2]);
}

TEST(MainJob, ABadImageStopsBeforeTheFlashIsTouched) {
  const TestFolder folder("bad-image");
  auto image = small_image();
  image[0x1800] ^= 0x01;  // inside a segment: the checksum is wrong
  const auto firmware = folder.file("firmware.bin", image);
  const auto sequence_file = folder.file("write.yaml",
                                         "sequence: write\n"
                                         "variables: {firmware: {type: file}}\n"
                                         "stages:\n"
                                         "  - stage: flash\n"
                                         "    mains: off\n"
                                         "    steps:\n"
                                         "      - flash.write: {image: '{{firmware}}'}\n");
  const auto result = run_simulated(sequence_file, demo, {{"firmware", firmware}},
                                    folder.path() / "records.sqlite");
  ASSERT_EQ(result.run.units.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(result.run.units[i].record.verdict, Verdict::error);
    EXPECT_EQ(result.run.units[i].blame, "config");
    EXPECT_THAT(result.run.units[i].fault_id, HasSubstr("image."));
    EXPECT_EQ(result.flash[i], twin::factory_flash(i == 0 ? 11U : 12U, 0x100000));
  }
  EXPECT_EQ(result.run.exit_code, 2);
}

}  // namespace
}  // namespace plugrig
