#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/steps/odd_console.hpp"
#include "tests/unit/steps/regression_bench.hpp"

namespace plugrig::steps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ConsoleAnswers : public RegressionBench {
 protected:
  ConsoleAnswers() {
    std::ofstream(shapes_)
        << "answers:\n  Status 2:\n    StatusFWR: {Version: text, Boot: number}\n"
           "  Power: {POWER: text}\n";
    odd_console.instead = [this](const std::string& command) -> std::optional<json> {
      if (command == silent) throw Fault("plug.silent", Blame::contact, "No answer.", "Look.");
      if (command == "Status 2") return firmware;
      return std::nullopt;
    };
  }
  ~ConsoleAnswers() override { fs::remove(shapes_); }

  std::string run_console() {
    return run_with("console.answers", "{shapes: '" + shapes_.string() + "'}", &odd_console);
  }

  OddConsole odd_console{plug, clock()};
  json firmware = {{"StatusFWR", {{"Version", "15.2.0"}, {"Boot", 31}}}};
  std::string silent;
  fs::path shapes_ =
      fs::path(::testing::TempDir()) / ("console-" + std::to_string(::getpid()) + ".yaml");
};

TEST_F(ConsoleAnswers, AreAskedOverTheConsoleAlone) {
  EXPECT_EQ(run_console(), "") << (last_fault ? last_fault->what() : "");
  EXPECT_EQ(value("answers.missing_keys", "2 commands over the console"), 0);
  EXPECT_EQ(odd.commands, 0);
  EXPECT_EQ(odd_console.commands, 3) << "both, and the one that no build has";
}

TEST_F(ConsoleAnswers, ARenamedKeyIsFoundAndNamed) {
  firmware["StatusFWR"] = {{"Version", "15.2.0"}, {"Start", 31}};
  EXPECT_EQ(run_console(), "plug.answers/unit");
  EXPECT_EQ(value("answers.missing_keys"), 1);
  EXPECT_TRUE(said("Status 2: StatusFWR.Boot is missing"));
}

TEST_F(ConsoleAnswers, ACommandThatIsNotAnsweredIsTheBuildsFaultWhereOthersAre) {
  silent = "Status 2";
  EXPECT_EQ(run_console(), "plug.answers/unit");
  EXPECT_EQ(value("answers.missing_keys"), 2);
  EXPECT_TRUE(said("Status 2: the plug does not answer the command"));
}

TEST_F(ConsoleAnswers, AConsoleThatAnswersNothingIsNoMissingKey) {
  silent = "Power";
  firmware = {};
  EXPECT_EQ(run_console(), "plug.silent/contact");
  EXPECT_EQ(measured("answers.missing_keys"), nullptr);
}

TEST_F(ConsoleAnswers, NeedAConsole) {
  EXPECT_EQ(run_with("console.answers", "{shapes: '" + shapes_.string() + "'}", nullptr),
            "slot.no_console/config");
  EXPECT_TRUE(make_registry().find("console.answers")->needs_loader);
}

}  // namespace
}  // namespace plugrig::steps
