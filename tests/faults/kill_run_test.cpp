#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <random>

#include "tests/bench/simulated_run.hpp"

namespace plugrig {
namespace {

/// Runs the program on a simulated bench and kills it after so many lines of its output. Returns
/// how many lines came; fewer than asked for means that it ended first.
int run_and_kill(const std::vector<std::string>& arguments, int after_lines) {
  int ends[2] = {};
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    std::vector<char*> raw;
    for (const auto& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    execv(raw[0], raw.data());
    _exit(127);
  }
  close(ends[1]);
  FILE* lines = fdopen(ends[0], "r");
  int seen = 0;
  for (int byte = 0; seen < after_lines && (byte = std::fgetc(lines)) != EOF;)
    if (byte == '\n') ++seen;
  kill(child, SIGKILL);
  std::fclose(lines);
  waitpid(child, nullptr, 0);
  return seen;
}

/// A unit that the store calls PASS has a passing attempt of every step of the sequence.
void expect_no_unearned_pass(const std::filesystem::path& store_file) {
  StoreOptions read_only;
  read_only.read_only = true;
  const RecordStore store(store_file, read_only);
  for (const auto& unit : store.last_units(100)) {
    if (unit.verdict != Verdict::pass) continue;
    for (const auto* step : {"flash.identify", "flash.write", "boot.wait"}) {
      const auto passed =
          std::any_of(unit.attempts.begin(), unit.attempts.end(),
                      [&](const auto& a) { return a.step == step && a.verdict == Verdict::pass; });
      EXPECT_TRUE(passed) << unit.unit_id << " is PASS without " << step;
    }
  }
}

TEST(KilledRun, LeavesAStoreThatOpensAndNoUnearnedPass) {
  const TestFolder folder("killed-run");
  twin::ImageOptions image;
  image.size_bytes = twin::kSmallImage;
  const auto firmware = folder.file("firmware.bin", twin::make_image(image));
  const auto sequence = folder.file("short.yaml",
                                    "sequence: short\n"
                                    "variables: {firmware: {type: file}}\n"
                                    "stages:\n"
                                    "  - stage: flash\n"
                                    "    mains: off\n"
                                    "    steps:\n"
                                    "      - flash.identify:\n"
                                    "      - flash.write: {image: '{{firmware}}'}\n"
                                    "      - boot.wait:\n");
  const auto bench = std::string(PLUGRIG_SOURCE_DIR) + "/fixtures/demo.yaml";
  const auto store = (folder.path() / "records.sqlite").string();
  const std::vector<std::string> arguments{
      PLUGRIG_PROGRAM,        "run",     sequence, "--bench",  bench, "--set",
      "firmware=" + firmware, "--store", store,    "--factor", "0",   "--json"};

  // Undisturbed first: how many lines there are to be killed at, and that PASS is possible at all.
  const int all_lines = run_and_kill(arguments, 1 << 20);
  ASSERT_GT(all_lines, 20);
  std::mt19937_64 random(2026);
  for (int round = 0; round < 12; ++round) {
    const auto lines = 1 + static_cast<int>(random() % static_cast<std::uint64_t>(all_lines));
    run_and_kill(arguments, lines);
    expect_no_unearned_pass(store);
  }
  const RecordStore reopened(store);  // and it can be written to again
  EXPECT_GE(reopened.runs().size(), 2U);
  const auto units = reopened.last_units(100);
  EXPECT_EQ(std::count_if(units.begin(), units.end(),
                          [](const auto& u) { return u.verdict == Verdict::pass; }) >= 2,
            true);
}

}  // namespace
}  // namespace plugrig
