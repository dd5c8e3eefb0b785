#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "rig/cli/commands/command.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using ::testing::HasSubstr;

const std::string source = PLUGRIG_SOURCE_DIR;

TEST(Program, HelpNamesEveryCommand) {
  const auto said = plugrig({"--help"});
  EXPECT_EQ(said.code, 0);
  for (const auto& command : commands())
    EXPECT_THAT(said.out, HasSubstr(std::string(command.name)));
}

TEST(Program, EveryCommandHasHelp) {
  for (const auto& command : commands()) {
    const auto said = plugrig({std::string(command.name), "--help"});
    EXPECT_EQ(said.code, 0) << command.name;
    EXPECT_THAT(said.out, HasSubstr("usage: plugrig " + std::string(command.name)));
  }
}

TEST(Program, WrongWordsEndWithCodeTwoAndTheNearestName) {
  const auto command = plugrig({"chekc"});
  EXPECT_EQ(command.code, 2);
  EXPECT_THAT(command.err, HasSubstr("did you mean 'check'?"));
  const auto step = plugrig({"steps", "flash.wirte"});
  EXPECT_EQ(step.code, 2);
  EXPECT_THAT(step.err, HasSubstr("did you mean 'flash.write'?"));
  EXPECT_EQ(plugrig({"run", "x.yaml", "--bensh", "y"}).code, 2);
  EXPECT_EQ(plugrig({"run", "x.yaml"}).code, 2);
  EXPECT_EQ(plugrig({}).code, 2);
}

TEST(Program, CheckAcceptsWhatIsShipped) {
  std::vector<std::string> arguments{"check"};
  for (const auto* folder : {"/sequences", "/fixtures", "/fixtures/wirings"})
    for (const auto& entry : std::filesystem::directory_iterator(source + folder))
      if (entry.path().extension() == ".yaml") arguments.push_back(entry.path().string());
  ASSERT_GE(arguments.size(), 7U);
  const auto said = plugrig(arguments);
  EXPECT_EQ(said.err, "");
  EXPECT_EQ(said.code, 0);
}

TEST(Program, CheckTellsEveryProblemOfABrokenSequenceAtOnce) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "broken.yaml";
  std::ofstream(file) << "sequence: broken\n"
                         "stages:\n"
                         "  - stage: flash\n"
                         "    mains: off\n"
                         "    steps:\n"
                         "      - flash.wirte: {image: x.bin}\n"
                         "      - flash.erase: {rnage: all}\n"
                         "      - boot.wait: {within: 20}\n"
                         "        retries: 03\n"
                         "      - slot.power_cycle: {off: 900 s}\n";
  const auto said = plugrig({"check", file.string()});
  std::filesystem::remove(file);
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("broken.yaml:6:9: error:"));
  EXPECT_THAT(said.err, HasSubstr("did you mean 'flash.write'?"));
  EXPECT_THAT(said.err, HasSubstr("broken.yaml:7:23: error:"));
  EXPECT_THAT(said.err, HasSubstr("did you mean 'range'?"));
  EXPECT_THAT(said.err, HasSubstr("broken.yaml:8:29: error:"));
  EXPECT_THAT(said.err, HasSubstr("broken.yaml:9:18: error:"));
  EXPECT_THAT(said.err, HasSubstr("broken.yaml:10:33: error:"));
}

TEST(Program, PlanShowsTheStepsWithoutMovingAnything) {
  const auto said = plugrig({"plan", source + "/sequences/tasmota-flash.yaml", "--bench",
                             source + "/fixtures/demo.yaml"});
  EXPECT_EQ(said.code, 0) << said.err;
  for (const auto* step : {"flash.identify", "flash.backup", "flash.write", "boot.wait"})
    EXPECT_THAT(said.out, HasSubstr(step));
}

TEST(Program, StepsPrintsTheReferenceFromTheTables) {
  const auto said = plugrig({"steps", "flash.write"});
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, HasSubstr("image      file      required"));
  EXPECT_THAT(said.out, HasSubstr("dout"));
}

TEST(Program, AMissingStoreIsNotAnEmptyList) {
  const auto said = plugrig({"list", "--store", "/nonexistent/records.sqlite"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("no record store"));
}

TEST(Program, ByHandCommandsNeedAPlaceToWork) {
  EXPECT_EQ(plugrig({"identify"}).code, 2);
  EXPECT_EQ(plugrig({"identify", "--bench", source + "/fixtures/demo.yaml"}).code, 2);
  const auto near =
      plugrig({"identify", "--bench", source + "/fixtures/demo.yaml", "--slot", "F3"});
  EXPECT_EQ(near.code, 2);
}

}  // namespace
}  // namespace plugrig::cli
