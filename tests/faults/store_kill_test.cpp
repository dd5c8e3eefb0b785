// A writer that dies at any moment leaves a store that opens, and no PASS without its steps.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/record/store.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

constexpr int kSteps = 3;

/// Every PASS has all its steps; every unit that the writer reported as finished is finished.
void expect_honest(const std::filesystem::path& file, int finished_at_least) {
  const RecordStore store(file);
  int finished = 0;
  for (const UnitRecord& unit : store.last_units(1'000'000)) {
    if (!unit.ended) {
      EXPECT_EQ(unit.verdict, Verdict::aborted);
      continue;
    }
    ++finished;
    EXPECT_EQ(unit.verdict, Verdict::pass);
    ASSERT_EQ(unit.attempts.size(), static_cast<std::size_t>(kSteps));
    for (const AttemptRecord& attempt : unit.attempts) {
      EXPECT_EQ(attempt.verdict, Verdict::pass);
      for (const Attachment& item : attempt.attachments) {
        EXPECT_EQ(std::filesystem::file_size(item.path), item.bytes);
        EXPECT_EQ(sha256_hex(read_bytes(item.path)), item.sha256);
      }
    }
  }
  EXPECT_GE(finished, finished_at_least);
}

/// Writes passing units for ever; tells `told` one byte for each unit that is finished.
[[noreturn]] void write_for_ever(const std::filesystem::path& file, int told) {
  RecordStore store(file);
  const std::string run = store.begin_run(test::sample_run());
  for (int number = 1;; ++number) {
    const std::string id = test::begin_sample_unit(store, run, kSteps, "F1", number);
    for (int step = 0; step < kSteps; ++step) {
      AttemptRecord attempt = test::sample_attempt(step, 1, Verdict::pass);
      attempt.said = {std::string(300, 's')};
      const std::vector<std::uint8_t> bytes(5000, 7);
      attempt.attachments.push_back(store.keep_file(id, "flash.bin", "x", bytes, true));
      store.append_attempt(id, attempt);
    }
    store.finish_unit(id, test::ended(Verdict::pass, true));
    if (::write(told, "x", 1) != 1) ::_exit(1);
  }
}

TEST(StoreKilled, OpensAndHasNoPassWithoutItsSteps) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "runs.db";
  int finished = 0;
  // Each writer goes on in the store that the one before it left behind, and is killed somewhere in
  // its (round + 1)th unit.
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t writer = ::fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) write_for_ever(file, ends[1]);
    ::close(ends[1]);
    char byte = 0;
    for (int unit = 0; unit < 1 + round % 3; ++unit) {
      ASSERT_EQ(::read(ends[0], &byte, 1), 1);
      ++finished;
    }
    ASSERT_EQ(::kill(writer, SIGKILL), 0);
    ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
    ::close(ends[0]);
    expect_honest(file, finished);
  }
}

/// What a power cut leaves when only the first `size` bytes of the log reached the disk.
TEST(StoreCut, OpensWithTheLogCutAnywhere) {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "runs.db";
  const std::filesystem::path log = folder / "runs.db-wal";
  RecordStore store(file);
  const std::string run = store.begin_run(test::sample_run());
  for (int number = 1; number <= 2; ++number) {
    const std::string id = test::begin_sample_unit(store, run, kSteps, "F1", number);
    for (int step = 0; step < kSteps; ++step) {
      store.append_attempt(id, test::sample_attempt(step, 1, Verdict::pass));
    }
    store.finish_unit(id, test::ended(Verdict::pass, true));
  }
  const std::uintmax_t full = std::filesystem::file_size(log);
  ASSERT_GT(full, 50'000U) << "everything is still in the log";
  const std::filesystem::path copy = folder / "cut.db";
  // A prime, so that cuts fall everywhere in headers and pages.
  for (std::uintmax_t size = full % 3001; size <= full; size += 3001) {
    std::filesystem::remove(folder / "cut.db-shm");
    std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(log, folder / "cut.db-wal",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(folder / "cut.db-wal", size);
    SCOPED_TRACE(size);
    expect_honest(copy, size == full ? 2 : 0);
  }
}

}  // namespace
}  // namespace plugrig
