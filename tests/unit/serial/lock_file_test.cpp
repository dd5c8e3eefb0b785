#include "drivers/serial/lock_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "rig/core/fault.hpp"

namespace plugrig::serial {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

class LockFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("lock-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    ::chmod(folder_.c_str(), 01777);
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path file() const { return folder_ / lock_file_name("bench", "/b.yaml"); }
  LockFile take(const std::string& command = "run") const { return {file(), command, *clock_}; }

  /// A process that has the lock until it is killed. Returns when it has it.
  pid_t holder(uid_t user = ::geteuid()) const {
    int ends[2] = {};
    if (::pipe(ends) != 0) return -1;
    const pid_t child = ::fork();
    if (child == 0) {
      if (user != ::geteuid() && ::setuid(user) != 0) ::_exit(2);
      const LockFile lock = take("flash");
      const char had = lock.taken() ? 'y' : 'n';
      if (::write(ends[1], &had, 1) != 1) ::_exit(3);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char had = 'n';
    const ssize_t got = ::read(ends[0], &had, 1);
    ::close(ends[0]);
    EXPECT_TRUE(got == 1 && had == 'y');
    return child;
  }
  static void end(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  fs::path folder_;
};

TEST_F(LockFileTest, IsOnesAloneAndTheHolderIsTold) {
  std::optional<LockFile> first = take("run");
  ASSERT_TRUE(first->taken());
  {
    const LockFile second = take("doctor");
    EXPECT_FALSE(second.taken());
    ASSERT_TRUE(second.holder());
    EXPECT_EQ(second.holder()->pid, ::getpid());
    EXPECT_EQ(second.holder()->command, "run");
    EXPECT_FALSE(second.holder()->user.empty());
    EXPECT_EQ(second.holder()->since.size(), std::string("2026-01-01T00:00:00.000Z").size());
    EXPECT_NE(describe(*second.holder()).find("run, process " + std::to_string(::getpid())),
              std::string::npos);
  }
  EXPECT_FALSE(take().taken()) << "who was refused must not have spoilt it";
  first.reset();
  EXPECT_TRUE(take().taken());
}

TEST_F(LockFileTest, GoesWithAKilledProcessAndItsNameDoesNotMislead) {
  const pid_t child = holder();
  {
    const LockFile refused = take();
    EXPECT_FALSE(refused.taken());
    ASSERT_TRUE(refused.holder());
    EXPECT_EQ(refused.holder()->pid, child);
    EXPECT_EQ(refused.holder()->command, "flash");
  }
  end(child);
  ASSERT_GT(fs::file_size(file()), 0U) << "what the dead one wrote is still there";
  const LockFile after = take();
  EXPECT_TRUE(after.taken());
  EXPECT_FALSE(after.holder());
}

TEST_F(LockFileTest, ACopyOfTheDescriptorHoldsItOn) {
  std::optional<LockFile> first = take();
  const UniqueFd copy(::dup(first->fd()));
  first.reset();
  EXPECT_FALSE(take().taken());
  write_lock_holder(copy.get(), "guardian", *clock_);
  EXPECT_EQ(take().holder()->command, "guardian");
}

TEST_F(LockFileTest, AnotherUsersLockIsSeenAndTheirLeftOverFileIsNoObstacle) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be two users";
  ::umask(022);
  const pid_t child = holder(kNobody);
  {
    const LockFile refused = take();
    EXPECT_FALSE(refused.taken());
    ASSERT_TRUE(refused.holder());
    EXPECT_EQ(refused.holder()->pid, child);
  }
  end(child);
  EXPECT_TRUE(take().taken());
  // And the other way round: root's file, which nobody else may write.
  ::chmod(file().c_str(), 0644);
  ASSERT_EQ(::chown(file().c_str(), 0, 0), 0);
  const pid_t other = holder(kNobody);
  EXPECT_FALSE(take().taken());
  end(other);
}

TEST_F(LockFileTest, AFolderThatTakesNoFileIsTold) {
  if (::geteuid() == 0) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::chmod(folder_.c_str(), 0755);
      if (::setuid(kNobody) != 0) ::_exit(9);
      try {
        take();
      } catch (const Fault& fault) {
        ::_exit(fault.id() == "lock.folder" && fault.blame() == Blame::host ? 0 : 2);
      }
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  EXPECT_THROW(LockFile(folder_ / "none" / "lock", "run", *clock_), Fault);
}

TEST_F(LockFileTest, AFileFullOfNonsenseNamesNobody) {
  std::ofstream(file()) << std::string(3000, '\xFF') << "\npid x\npid\n\n";
  const UniqueFd other(::open(file().c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  const LockFile refused = take();
  EXPECT_FALSE(refused.taken());
  EXPECT_FALSE(refused.holder());
}

TEST(LockFileName, IsOneForOneThingAndSafeAsAFileName) {
  EXPECT_EQ(lock_file_name("port", "/dev/ttyUSB0"), lock_file_name("port", "/dev/ttyUSB0"));
  EXPECT_NE(lock_file_name("port", "/dev/ttyUSB0"), lock_file_name("port", "/dev/ttyUSB1"));
  EXPECT_NE(lock_file_name("port", "x"), lock_file_name("bench", "x"));
  EXPECT_EQ(lock_file_name("port", "../../etc/a b\n").find('/'), std::string::npos);
}

}  // namespace
}  // namespace plugrig::serial
