// Stores that may not be written, and stores whose disk goes away. As root nothing is forbidden, so
// these look from a child process that is not root.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <new>

#include "rig/record/store.hpp"
#include "tests/unit/record/sample_records.hpp"
#include "tests/unit/record/temp_folder.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;
constexpr int kNoRights = 90;  ///< the child could not be made what it should be

/// The exit code of a child that does this; 99 when it died.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ::_exit(body());
    } catch (...) {
      ::_exit(98);
    }
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 99;
  return WEXITSTATUS(status);
}

/// As a user who owns nothing. A user who is not root already is one.
int as_nobody(const std::function<int()>& body) {
  return in_child([&] {
    if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) return kNoRights;
    return body();
  });
}

std::string begin_unit(const fs::path& file) {
  RecordStore store(file);
  return test::begin_sample_unit(store, store.begin_run(test::sample_run()), 1);
}

/// 0 when opening or writing fails with this fault, else 1.
int refused(const fs::path& file, const std::string& fault) {
  const std::string seen = test::fault_of([&] {
    RecordStore store(file);
    store.begin_run(test::sample_run());
  });
  return seen == fault ? 0 : 1;
}

class StoreRights : public testing::Test {
 protected:
  StoreRights() { fs::permissions(folder_ / ".", fs::perms(0755)); }
  test::TempFolder folder_;
  fs::path file_ = folder_ / "runs.db";
};

TEST_F(StoreRights, AFolderThatMayNotBeWrittenIsToldSo) {
  EXPECT_EQ(as_nobody([&] { return refused(file_, "store.readonly"); }), 0);
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(StoreRights, AFileThatMayNotBeWrittenIsToldSoAndKeepsWhatItHas) {
  const std::string id = begin_unit(file_);
  fs::permissions(folder_ / ".", fs::perms(0777));
  fs::permissions(file_, fs::perms(0444));
  EXPECT_EQ(as_nobody([&] { return refused(file_, "store.readonly"); }), 0);
  EXPECT_EQ(RecordStore(file_).unit(id).verdict, Verdict::aborted);
}

TEST_F(StoreRights, AnAttachmentThatMayNotBeWrittenIsAFault) {
  begin_unit(file_);
  fs::permissions(folder_ / ".", fs::perms(0777));
  fs::permissions(file_, fs::perms(0666));
  fs::create_directory(folder_ / "runs.db.files");
  fs::permissions(folder_ / "runs.db.files", fs::perms(0555));
  const int result = as_nobody([&] {
    RecordStore store(file_);
    const std::vector<std::uint8_t> bytes(10, 1);
    return test::fault_of([&] { store.keep_file("u", "a.bin", "x", bytes, true); }) ==
                   "store.readonly"
               ? 0
               : 1;
  });
  EXPECT_EQ(result, 0);
}

/// The folder has another name from some moment on, as a disk that was unmounted has none.
TEST_F(StoreRights, AStoreThatGoesAwayIsNoticedAndNotMadeAnew) {
  const fs::path place = folder_ / "disk";
  fs::create_directory(place);
  RecordStore store(place / "runs.db");
  const std::string id = test::begin_sample_unit(store, store.begin_run(test::sample_run()), 1);
  fs::rename(place, folder_ / "elsewhere");
  const auto attempt = test::sample_attempt(0, 1, Verdict::pass);
  const std::vector<std::uint8_t> bytes(10, 1);
  EXPECT_EQ(test::fault_of([&] { store.append_attempt(id, attempt); }), "store.vanished");
  EXPECT_EQ(test::fault_of([&] { store.set_fact(id, "mac", "x"); }), "store.vanished");
  EXPECT_EQ(test::fault_of([&] { store.keep_file(id, "a", "x", bytes, true); }), "store.vanished");
  EXPECT_EQ(test::fault_of([&] { store.prove_writable(); }), "store.vanished");
  EXPECT_FALSE(fs::exists(place));
  // An empty folder in its place, as a mount point without its disk.
  fs::create_directory(place);
  EXPECT_EQ(test::fault_of([&] { store.append_attempt(id, attempt); }), "store.vanished");
  EXPECT_TRUE(fs::is_empty(place));
  fs::remove(place);
  fs::rename(folder_ / "elsewhere", place);
  EXPECT_EQ(test::fault_of([&] { store.append_attempt(id, attempt); }), "none");
  EXPECT_EQ(store.unit(id).attempts.size(), 1U);
}

/// A file system of 1 MB. Skipped where mounting is not allowed.
class SmallDisk : public StoreRights {
 protected:
  void SetUp() override {
    fs::create_directory(place_);
    mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, "size=1m") == 0;
    if (!mounted_) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  }
  ~SmallDisk() override {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  fs::path place_ = folder_ / "disk";
  bool mounted_ = false;
};

TEST_F(SmallDisk, IsFullAtSomeTimeAndHoldsWhatItTook) {
  RecordStore store(place_ / "runs.db");
  const std::string id = test::begin_sample_unit(store, store.begin_run(test::sample_run()), 1);
  int taken = 0;
  std::string fault = "none";
  while (fault == "none" && taken < 10'000) {
    auto attempt = test::sample_attempt(0, taken + 1, Verdict::pass);
    attempt.said = {std::string(3000, 's')};
    fault = test::fault_of([&] { store.append_attempt(id, attempt); });
    if (fault == "none") ++taken;
  }
  EXPECT_EQ(fault, "store.full");
  EXPECT_EQ(static_cast<int>(store.unit(id).attempts.size()), taken);
  const std::vector<std::uint8_t> bytes(2'000'000, 1);
  EXPECT_EQ(test::fault_of([&] { store.keep_file(id, "big", "x", bytes, false); }), "store.full");
  EXPECT_FALSE(fs::exists(place_ / "runs.db.files" / id / "big"));
}

TEST_F(SmallDisk, IsNotWritableWhereAUnitsBackupDoesNotFit) {
  RecordStore store(place_ / "runs.db");
  store.begin_run(test::sample_run());
  EXPECT_EQ(test::fault_of([&] { store.prove_writable(); }), "store.full");
  ASSERT_EQ(::mount("tmpfs", place_.c_str(), "tmpfs", MS_REMOUNT, "size=8m"), 0);
  EXPECT_EQ(test::fault_of([&] { store.prove_writable(); }), "none");
  for (const auto& entry : fs::directory_iterator(place_))
    EXPECT_NE(entry.path().extension(), ".room");
}

TEST_F(SmallDisk, UnmountedUnderTheStoreIsNoticed) {
  RecordStore store(place_ / "runs.db");
  const std::string id = test::begin_sample_unit(store, store.begin_run(test::sample_run()), 1);
  ASSERT_EQ(::umount2(place_.c_str(), MNT_DETACH), 0);
  mounted_ = false;
  EXPECT_EQ(test::fault_of([&] { store.set_fact(id, "mac", "x"); }), "store.vanished");
  EXPECT_TRUE(fs::is_empty(place_)) << "nothing is written to the folder below";
}

TEST_F(SmallDisk, MountedReadOnlyIsToldSo) {
  begin_unit(place_ / "runs.db");
  ASSERT_EQ(::mount("tmpfs", place_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  EXPECT_EQ(refused(place_ / "runs.db", "store.readonly"), 0);
}

/// Out of memory is an exception of the call, and what the store had promised is there.
TEST_F(StoreRights, WithoutMemoryNothingIsHalfRecorded) {
  const std::string id = begin_unit(file_);
  const int taken = in_child([&] {
    RecordStore store(file_);
    const struct rlimit small { 192U << 20, 192U << 20 };
    if (::setrlimit(RLIMIT_AS, &small) != 0) return kNoRights;
    int count = 0;
    try {
      for (; count < 60; ++count) {
        auto attempt = test::sample_attempt(0, count + 1, Verdict::pass);
        // Grows until it does not fit any more.
        attempt.said = {std::string(static_cast<std::size_t>(1 + count) << 21, 's'), "last"};
        store.append_attempt(id, attempt);
      }
    } catch (const std::bad_alloc&) {
      return count;
    } catch (const Fault&) {
      return count;
    }
    return 97;
  });
  ASSERT_LT(taken, 60) << "memory never ran out";
  const RecordStore store(file_);
  const auto unit = store.unit(id);
  EXPECT_EQ(static_cast<int>(unit.attempts.size()), taken);
  for (const auto& attempt : unit.attempts) EXPECT_EQ(attempt.said.back(), "last");
}

}  // namespace
}  // namespace plugrig
