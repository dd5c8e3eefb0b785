// A disk without room is a fault, and what did not fit is not half there.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <utility>

#include "rig/record/store.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

/// Appends attempts until one fails; returns how many were taken, and the fault's id.
std::pair<int, std::string> fill(RecordStore& store, const std::string& id) {
  for (int number = 1; number < 10'000; ++number) {
    AttemptRecord attempt = test::sample_attempt(0, number, Verdict::pass);
    attempt.said = {std::string(3000, 's'), "last"};
    const std::string fault = test::fault_of([&] { store.append_attempt(id, attempt); });
    if (fault != "none") return {number - 1, fault};
  }
  return {10'000, "none"};
}

void expect_whole_attempts(const UnitRecord& unit, int taken) {
  EXPECT_EQ(unit.attempts.size(), static_cast<std::size_t>(taken));
  for (const AttemptRecord& attempt : unit.attempts) {
    ASSERT_EQ(attempt.said.size(), 2U);
    EXPECT_EQ(attempt.said[1], "last");
  }
  EXPECT_EQ(unit.verdict, Verdict::aborted);
}

TEST(StoreFull, APageLimitIsAFaultAndNothingIsHalfRecorded) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "runs.db";
  std::string id;
  int taken = 0;
  {
    RecordStore store(file, {.max_pages = 80});
    id = test::begin_sample_unit(store, store.begin_run(test::sample_run()), 1);
    const auto [count, fault] = fill(store, id);
    taken = count;
    EXPECT_EQ(fault, "store.full");
    EXPECT_GT(taken, 0);
    expect_whole_attempts(store.unit(id), taken);
  }
  RecordStore store(file);
  expect_whole_attempts(store.unit(id), taken);
  EXPECT_EQ(test::fault_of([&] { store.finish_unit(id, test::ended(Verdict::pass)); }), "none")
      << "with room again the store goes on";
}

/// In a process of its own, because the limit cannot be taken back: files may not grow beyond
/// `limit` bytes, as on a full disk.
int with_small_files(rlim_t limit, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small { limit, limit };
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) ::_exit(90);
    ::_exit(body());
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 91;
  return WEXITSTATUS(status);
}

TEST(StoreFull, AFullDiskIsAFaultAndTheStoreStaysWhole) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "runs.db";
  std::string id;
  {
    RecordStore store(file);
    id = test::begin_sample_unit(store, store.begin_run(test::sample_run()), 1);
  }
  const int taken = with_small_files(400'000, [&] {
    RecordStore store(file);
    const auto [count, fault] = fill(store, id);
    return fault == "store.full" ? count : 92;
  });
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 90) << "not a fault code of the child";
  const RecordStore store(file);
  expect_whole_attempts(store.unit(id), taken);
}

TEST(StoreFull, AnAttachmentThatDoesNotFitLeavesNoFile) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "runs.db";
  const int result = with_small_files(300'000, [&] {
    RecordStore store(file);
    const std::vector<std::uint8_t> bytes(400'000, 1);
    return test::fault_of([&] { store.keep_file("u", "big.bin", "x", bytes, true); }) ==
                   "store.full"
               ? 0
               : 1;
  });
  EXPECT_EQ(result, 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "runs.db.files/u/big.bin"));
}

}  // namespace
}  // namespace plugrig
