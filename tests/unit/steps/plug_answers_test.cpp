#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sequences/steps/answer_shapes.hpp"
#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class PlugAnswers : public RegressionBench {
 protected:
  PlugAnswers() {
    write("Status 2:\n  StatusFWR: {Version: text, Boot: number}\nPower: {POWER: text}\n");
    firmware = {{"StatusFWR", {{"Version", "15.2.0"}, {"Boot", 31}, {"More", true}}}};
    odd.instead = [this](const std::string& command) -> std::optional<json> {
      if (command == "Status 2") return firmware;
      return std::nullopt;
    };
  }
  ~PlugAnswers() override { fs::remove(shapes_); }

  /// `text` as what stands below `answers:`.
  void write(const std::string& text) {
    std::ofstream file(shapes_);
    file << "answers:\n";
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) file << "  " << line << "\n";
  }
  std::string run_answers(const std::string& more = "") {
    return run_odd("plug.answers", "{shapes: '" + shapes_.string() + "'" + more + "}");
  }

  json firmware;
  fs::path shapes_ =
      fs::path(::testing::TempDir()) / ("shapes-" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(PlugAnswers, OfTheRightShapeAreNoDifference) {
  EXPECT_EQ(run_answers(), "") << (last_fault ? last_fault->what() : "");
  EXPECT_EQ(value("answers.missing_keys"), 0);
}

TEST_F(PlugAnswers, AMissingKeyIsNamedWithItsCommand) {
  firmware["StatusFWR"].erase("Version");
  EXPECT_EQ(run_answers(), "plug.answers/unit");
  EXPECT_EQ(value("answers.missing_keys"), 1);
  EXPECT_TRUE(said("Status 2: StatusFWR.Version is missing"));
  EXPECT_NE(std::string(last_fault->what()).find("Status 2: StatusFWR.Version"), std::string::npos);
}

TEST_F(PlugAnswers, AnotherTypeIsADifferenceAndAnotherValueIsNone) {
  firmware["StatusFWR"]["Boot"] = 7;
  EXPECT_EQ(run_answers(), "");
  firmware["StatusFWR"]["Boot"] = "31";
  EXPECT_EQ(run_answers(), "plug.answers/unit");
  EXPECT_TRUE(said("Status 2: StatusFWR.Boot is \"31\" and no number"));
}

TEST_F(PlugAnswers, LettersOfAKeyMatter) {
  firmware["StatusFWR"].erase("Boot");
  firmware["StatusFWR"]["boot"] = 31;
  EXPECT_EQ(run_answers(), "plug.answers/unit");
}

TEST_F(PlugAnswers, ARefusedCommandLacksAllItsMembers) {
  write("NoSuch: {A: text, B: text}\n");
  EXPECT_EQ(run_answers(), "plug.answers/unit");
  EXPECT_EQ(value("answers.missing_keys"), 3);
  EXPECT_TRUE(said("NoSuch: the plug refuses the command"));
}

TEST_F(PlugAnswers, ACommandThatNoBuildHasMustBeAnsweredUnknown) {
  odd.instead = [this](const std::string& command) -> std::optional<json> {
    if (command == "Status 2") return firmware;
    if (command.starts_with("Plugrig")) return json{{command, "Done"}};
    return std::nullopt;
  };
  EXPECT_EQ(run_answers(), "plug.answers/unit");
  EXPECT_EQ(value("answers.missing_keys"), 1);
}

TEST_F(PlugAnswers, OnlyTheListedCommandsAreAsked) {
  firmware["StatusFWR"].erase("Version");
  EXPECT_EQ(run_answers(", commands: [Power]"), "");
  EXPECT_EQ(run_answers(", commands: [Status 3]"), "answers.file/config");
}

TEST_F(PlugAnswers, APlugThatIsGoneIsNoMissingKey) {
  mains.on = false;
  EXPECT_EQ(run_answers(), "plug.silent/contact");
  EXPECT_EQ(measured("answers.missing_keys"), nullptr);
}

TEST_F(PlugAnswers, AFileThatCannotBeReadSaysWhere) {
  write("Status 2:\n  StatusFWR: {Version: word}\n");
  EXPECT_EQ(run_answers(), "answers.file/config");
  EXPECT_NE(last_fault->evidence().at(0).text.find(":3:"), std::string::npos);
  write("");
  EXPECT_EQ(run_answers(), "answers.file/config");
}

TEST(AnswerShapes, TheShippedFileIsReadWithoutAWord) {
  const auto shapes = load_answer_shapes(
      (fs::path(PLUGRIG_SOURCE_DIR) / "sequences" / "regression-answers.yaml").string());
  EXPECT_GT(shapes.size(), 20U);
}

}  // namespace
}  // namespace plugrig::steps
