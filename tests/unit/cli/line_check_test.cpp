#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string source = PLUGRIG_SOURCE_DIR;
const std::string with_lines = source + "/fixtures/demo-4.yaml";
const std::string without_lines = source + "/fixtures/demo.yaml";

/// A sequence that presses the plug's button, and a bench with that line in its first slot only.
class LineCheck : public testing::Test {
 protected:
  LineCheck() {
    std::filesystem::create_directories(folder_);
    std::ofstream(sequence) << "sequence: front\n"
                               "plug: {chip: ESP8285}\n"
                               "stages:\n"
                               "  - stage: front\n"
                               "    mains: off\n"
                               "    steps:\n"
                               "      - plug.button:\n";
    std::ofstream(bench) << "bench: half\n"
                            "slots:\n"
                            "  - slot: F1\n"
                            "    kind: flash\n"
                            "    uart: {twin: true}\n"
                            "    lines: {wiring: dtr-rts-two-transistor, button: twin}\n"
                            "  - slot: F2\n"
                            "    kind: flash\n"
                            "    uart: {twin: true}\n"
                            "    lines: {wiring: dtr-rts-two-transistor, led: twin}\n";
  }
  ~LineCheck() override { std::filesystem::remove_all(folder_); }

  /// Tests run side by side: each has a folder of its own.
  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) /
                                  testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string sequence = (folder_ / "front.yaml").string();
  const std::string bench = (folder_ / "half.yaml").string();
};

TEST_F(LineCheck, AFixtureThatHasThemIsFine) {
  const auto shipped = source + "/sequences/regression-button.yaml";
  const auto said = plugrig({"check", shipped, "--bench", with_lines});
  EXPECT_EQ(said.code, 0) << said.err;
}

TEST_F(LineCheck, ALineThatIsMissingIsAnErrorAtTheStep) {
  for (const auto* command : {"plan", "check"}) {
    const auto said = plugrig({command, sequence, "--bench", without_lines});
    EXPECT_EQ(said.code, 2);
    EXPECT_THAT(said.err, HasSubstr("front.yaml:7:9: error: 'plug.button' needs the fixture's line "
                                    "'button', and slot 'F1' of bench 'demo' has none"));
    EXPECT_THAT(said.err, HasSubstr("add 'button: ADAPTER.PIN'"));
  }
}

TEST_F(LineCheck, ARunAsksOnlyTheSlotsThatItUses) {
  const auto run = [&](const std::string& slot) {
    return plugrig({"run", sequence, "--bench", bench, "--slots", slot, "--factor", "0", "--store",
                    (folder_ / "store.sqlite").string()});
  };
  const auto refused = run("F2");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("and slot 'F2' of bench 'half' has none"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "store.sqlite")) << "nothing was begun";
  EXPECT_THAT(run("F1").err, Not(HasSubstr("has none")));
}

TEST_F(LineCheck, TheStepReferenceNamesTheLines) {
  EXPECT_THAT(plugrig({"steps"}).out, HasSubstr("needs the fixture's line 'button'"));
}

}  // namespace
}  // namespace plugrig::cli
