#include "rig/cli/commands/regress_bisect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <sstream>

#include "rig/cli/commands/build_source.hpp"
#include "rig/cli/commands/shell.hpp"

namespace plugrig::cli {
namespace {

using regress::Answer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// What a command says, beside its exit code.
struct Said {
  std::ostringstream out, err;
  Console console{out, err, false, false, 80, false, nullptr, {}};
};

std::vector<std::string> history(int commits) {
  std::vector<std::string> names;
  for (int i = 0; i < commits; ++i) names.push_back("commit-" + std::to_string(i));
  return names;
}

TEST(Bisection, FindsTheFirstBadOfSixtyFourInSevenBuildsAlsoOnABenchThatFails) {
  const auto commits = history(64);
  std::mt19937 chance(5);
  std::bernoulli_distribution fault(0.1);
  for (std::size_t first_bad = 1; first_bad < commits.size(); ++first_bad) {
    Said said;
    std::vector<std::string> built;
    const int code = bisect_commits(
        commits,
        [&](const std::string& commit) {
          if (std::find(built.begin(), built.end(), commit) == built.end()) built.push_back(commit);
          if (fault(chance)) return Answer::bench_fault;
          const auto at = std::find(commits.begin(), commits.end(), commit) - commits.begin();
          return static_cast<std::size_t>(at) >= first_bad ? Answer::bad : Answer::good;
        },
        said.console);
    EXPECT_EQ(code, 0);
    EXPECT_THAT(said.out.str(), HasSubstr("first bad commit: " + commits[first_bad] + "\n"));
    EXPECT_LE(built.size(), 7U);
  }
}

TEST(Bisection, ABenchThatFailsAlwaysEndsIt) {
  Said said;
  EXPECT_EQ(bisect_commits(
                history(8), [](const std::string& /*commit*/) { return Answer::bench_fault; },
                said.console),
            3);
}

TEST(Bisection, WhatCannotBeJudgedIsNamed) {
  Said said;
  EXPECT_EQ(
      bisect_commits(
          history(4), [](const std::string& /*commit*/) { return Answer::skip; }, said.console),
      1);
  EXPECT_THAT(said.out.str(), HasSubstr("commit-1"));
  EXPECT_THAT(said.out.str(), HasSubstr("commit-3"));
}

TEST(Bisection, TheCommandNamesTheCommit) {
  EXPECT_EQ(build_command("./build {commit} > {commit}.log", "abc"), "./build abc > abc.log");
  EXPECT_THROW(build_command("./build", "abc"), UsageError);
}

/// A git repository of its own.
class Repository : public testing::Test {
 protected:
  Repository() {
    std::filesystem::create_directories(folder_);
    sh("git init -q -b main . && git config user.name t && git config user.email t@example.org");
    for (int i = 0; i < 4; ++i) sh("git commit -q --allow-empty -m c" + std::to_string(i));
  }
  ~Repository() override { std::filesystem::remove_all(folder_); }
  std::string sh(const std::string& command) const {
    const auto ran = shell_output("cd " + shell_quoted(folder_) + " && " + command);
    EXPECT_EQ(ran.status, 0) << command;
    return ran.text;
  }
  const std::string folder_ =
      (std::filesystem::temp_directory_path() /
       ("plugrig-bisect-" +
        std::string(testing::UnitTest::GetInstance()->current_test_info()->name())))
          .string();
};

TEST_F(Repository, CommitsComeInTheirOrderWithTheGoodOneFirst) {
  const auto commits = commits_between(folder_, "HEAD~2", "HEAD");
  EXPECT_THAT(commits, SizeIs(3));
  EXPECT_EQ(commits.front() + "\n", sh("git rev-parse HEAD~2"));
  EXPECT_EQ(commits.back() + "\n", sh("git rev-parse HEAD"));
}

TEST_F(Repository, ACommitThatIsNotThereOrNotLaterIsRefused) {
  EXPECT_THROW(commits_between(folder_, "HEAD", "HEAD~1"), UsageError);
  EXPECT_THROW(commits_between(folder_, "nothing", "HEAD"), UsageError);
  EXPECT_THROW(commits_between(folder_, "HEAD~1; touch x", "HEAD"), UsageError);
  EXPECT_THROW(commits_between(folder_, "--all", "HEAD"), UsageError);
}

/// A folder with images.
class BuildSource : public testing::Test {
 protected:
  BuildSource() { std::filesystem::create_directories(folder_); }
  ~BuildSource() override { std::filesystem::remove_all(folder_); }
  std::string image(const std::string& name, const std::string& text) const {
    const auto path = (folder_ / name).string();
    shell_output("printf '%s' " + shell_quoted(text) + " > " + shell_quoted(path));
    return path;
  }
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("plugrig-builds-" +
       std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(BuildSource, AFileIsKeptByItsDigest) {
  const auto file = image("a.bin", "one");
  const auto kept = keep_build(file, folder_ / "kept");
  EXPECT_EQ(kept.build.name, "a.bin");
  EXPECT_THAT(kept.build.digest, SizeIs(64));
  EXPECT_EQ(kept.file.filename(), kept.build.digest + ".bin");
  image("a.bin", "another");
  const auto again = keep_build("sha256:" + kept.build.digest.substr(0, 8), folder_ / "kept");
  EXPECT_EQ(again.build.digest, kept.build.digest) << "what was kept stays";
}

TEST_F(BuildSource, AFolderMeansItsNewestImage) {
  image("old.bin", "old");
  image("new.bin", "new");
  image("newest.txt", "no image");
  shell_output("touch -d '2 hours ago' " + shell_quoted((folder_ / "old.bin").string()));
  EXPECT_EQ(keep_build(folder_.string(), folder_ / "kept").build.name, "new.bin");
}

TEST_F(BuildSource, ACommandPrintsThePathInItsLastLine) {
  const auto file = image("made.bin", "made");
  const auto kept = keep_build("exec:echo compiling; echo " + file, folder_ / "kept");
  EXPECT_EQ(kept.build.name, "made.bin");
  EXPECT_THROW(keep_build("exec:false", folder_ / "kept"), NoBuild);
  EXPECT_THROW(keep_build("exec:echo nothing", folder_ / "kept"), NoBuild);
}

TEST_F(BuildSource, WhatIsNotThereIsRefused) {
  EXPECT_THROW(keep_build((folder_ / "none.bin").string(), folder_ / "kept"), UsageError);
  EXPECT_THROW(keep_build("sha256:0123", folder_ / "kept"), UsageError);
  EXPECT_THROW(keep_build("sha256:0123456789", folder_ / "kept"), UsageError);
  EXPECT_THROW(keep_build(image("empty.bin", ""), folder_ / "kept"), UsageError);
}

}  // namespace
}  // namespace plugrig::cli
