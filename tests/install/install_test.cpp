// What `cmake --install` puts where, and that the installed program works with that alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace plugrig {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A prefix of this test alone.
class Install : public testing::Test {
 protected:
  Install() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Install() override { fs::remove_all(folder_); }

  /// Exit code; what was said is in `said_`.
  int run(const std::string& command) {
    const auto log = folder_ / "said.txt";
    const int status = std::system(
        ("env -u PLUGRIG_FIXTURES " + command + " >'" + log.string() + "' 2>&1").c_str());
    said_ = text_of(log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void install(const std::string& component) {
    const auto command = std::string("'") + PLUGRIG_CMAKE + "' --install '" + PLUGRIG_BUILD_DIR +
                         "' --prefix '" + prefix().string() + "' --component " + component;
    ASSERT_EQ(run(command), 0) << said_;
  }
  [[nodiscard]] fs::path prefix() const { return folder_ / "prefix"; }
  [[nodiscard]] fs::path share() const { return prefix() / "share" / "plugrig"; }
  [[nodiscard]] std::string program() const { return (prefix() / "bin" / "plugrig").string(); }

  const fs::path folder_ =
      fs::path(testing::TempDir()) /
      (std::string("install_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  std::string said_;
};

TEST_F(Install, DataAreFixturesAndSequencesWithoutSources) {
  install("data");
  for (const auto* file :
       {"fixtures/demo.yaml", "fixtures/hobby.yaml", "fixtures/wirings/dtr-rts-two-transistor.yaml",
        "fixtures/wirings/README.md", "fixtures/plugs/gosund-ep2.yaml",
        "fixtures/loads/four-resistors.yaml", "fixtures/instruments/yokogawa-wt310e.yaml",
        "fixtures/instruments/certificates/wt310e-demo.yaml", "sequences/gosund-ep2.yaml"})
    EXPECT_TRUE(fs::exists(share() / file)) << file;
  for (const auto& entry : fs::recursive_directory_iterator(share())) {
    const auto extension = entry.path().extension();
    EXPECT_TRUE(entry.is_directory() || extension == ".yaml" || extension == ".md") << entry.path();
    EXPECT_FALSE(entry.is_directory() && fs::is_empty(entry.path())) << entry.path();
  }
  EXPECT_FALSE(fs::exists(prefix() / "bin")) << "that is another component";
}

TEST_F(Install, UdevRulesLieWhereUdevLooks) {
  install("udev");
  const auto rules = prefix() / "lib" / "udev" / "rules.d" / "70-plugrig-ftdi.rules";
  EXPECT_EQ(text_of(rules),
            text_of(PLUGRIG_SOURCE_DIR "/drivers/serial/ftdi/70-plugrig-ftdi.rules"));
  EXPECT_THAT(text_of(rules), HasSubstr("ATTR{idProduct}==\"6011\""));
}

TEST_F(Install, TheProgramUsesTheDataInstalledBesideIt) {
  install("program");
  install("data");
  EXPECT_EQ(run("'" + program() + "' check '" + (share() / "sequences/gosund-ep2.yaml").string() +
                "' --bench '" + (share() / "fixtures/demo.yaml").string() + "'"),
            0)
      << said_;
  // A wiring that only the installed data have.
  fs::copy_file(share() / "fixtures/wirings/bare-wires.yaml",
                share() / "fixtures/wirings/only-here.yaml");
  const auto bench = folder_ / "bench.yaml";
  std::ofstream(bench) << "bench: mine\n"
                          "slots:\n"
                          "  - slot: F1\n"
                          "    kind: flash\n"
                          "    uart: {tty: /dev/ttyUSB0}\n"
                          "    lines: {wiring: only-here}\n";
  EXPECT_EQ(run("'" + program() + "' check '" + bench.string() + "'"), 0) << said_;
  EXPECT_EQ(run(std::string("'") + PLUGRIG_PROGRAM + "' check '" + bench.string() + "'"), 2)
      << "the one that is not installed takes the sources' data";
  EXPECT_THAT(said_, HasSubstr("only-here"));
}

}  // namespace
}  // namespace plugrig
