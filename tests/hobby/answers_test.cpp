#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "rig/cli/commands/command.hpp"
#include "tests/hobby/hobby_bench.hpp"

namespace plugrig {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string answers = std::string(PLUGRIG_TEST_DATA) + "/answers.yaml";

struct Said {
  int code;
  std::string out, err;
};

/// `plugrig run` on the simulated hobby bench, with the answers from `file`.
class Answers : public testing::Test {
 protected:
  Said run(const std::string& file) {
    const auto& path = hobby_.folder.path();
    const auto bench = hobby_.folder.file(
        "steady.yaml", hobby_bench("world: {wander: 0 %, load_tolerance: 0 %}\n"));
    const auto secrets = hobby_.folder.file(
        "secrets.yaml", std::string("wifi_password: correct horse\nweb_password: open sesame\n"));
    std::filesystem::permissions(secrets, std::filesystem::perms::owner_read);
    std::ostringstream out;
    std::ostringstream err;
    cli::Console console{.out = out, .err = err, .stop = {}};
    const int code = cli::run_program(
        {"run", hobby_.run.sequence_file, "--bench", bench, "--attended", "--answers", file,
         "--set", "firmware=" + (path / "firmware.bin").string(), "--set", "wifi_ssid=bench",
         "--secrets", secrets, "--factor", "0", "--store", (path / "cli.sqlite").string(),
         "--reports", (path / "reports").string()},
        console);
    return {code, out.str(), err.str()};
  }

  /// The report's data of the only unit.
  [[nodiscard]] std::string report() const {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(hobby_.folder.path() / "reports")) {
      if (entry.path().filename() != "unit.json") continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      return text.str();
    }
    return {};
  }

  HobbyRun hobby_{"answers"};
};

TEST_F(Answers, FromAFileStandForAPersonToTheEnd) {
  const auto said = run(answers);
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_EQ(said.err, "") << "every answer was asked for";
  const auto data = report();
  EXPECT_THAT(data, HasSubstr("A certificate was not asked for."));
  EXPECT_THAT(data, HasSubstr("\"granted\": false"));
}

TEST_F(Answers, ThatDoNotFitTheirPromptAreTheFilesFault) {
  std::ostringstream text;
  text << std::ifstream(answers).rdbuf();
  auto changed = text.str();
  const std::string right = "answer: \"0.08 Ohm\"";
  ASSERT_NE(changed.find(right), std::string::npos);
  changed.replace(changed.find(right), right.size(), "answer: \"hardly any\"");
  const auto said = run(hobby_.folder.file("wrong.yaml", changed));
  EXPECT_NE(said.code, 0);
  EXPECT_THAT(said.out, HasSubstr("The answers file answers 'hardly any'"));
}

TEST_F(Answers, ThatAreMissingAreNobodysAnswer) {
  const auto said = run(hobby_.folder.file(
      "short.yaml", std::string("- {prompt: Unplug, answer: 'yes', repeat: true}\n")));
  EXPECT_NE(said.code, 0);
  EXPECT_THAT(said.out, HasSubstr("Nobody answered the question of the rig."));
}

}  // namespace
}  // namespace plugrig
