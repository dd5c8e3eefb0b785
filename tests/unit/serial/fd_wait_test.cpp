#include "rig/core/fd_wait.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <thread>

namespace plugrig {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Pipe {
  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_NONBLOCK | O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    out = UniqueFd(fds[0]);
    in = UniqueFd(fds[1]);
  }
  UniqueFd out, in;
};

class FdWait : public testing::Test {
 protected:
  std::unique_ptr<Clock> clock_ = make_real_clock();
  Deadline in(Duration d) { return {clock_->now() + d, {}}; }
};

TEST_F(FdWait, ReadyAtOnceWhenBytesAreThere) {
  const Pipe pipe;
  ASSERT_EQ(::write(pipe.in.get(), "x", 1), 1);
  EXPECT_TRUE(wait_readable(*clock_, pipe.out.get(), in(seconds{10})));
}

TEST_F(FdWait, ReadinessIsSeenEvenPastTheDeadline) {
  const Pipe pipe;
  ASSERT_EQ(::write(pipe.in.get(), "x", 1), 1);
  EXPECT_TRUE(wait_readable(*clock_, pipe.out.get(), in(-seconds{1})));
}

TEST_F(FdWait, DeadlineEndsTheWaitAndNotBefore) {
  const Pipe pipe;
  const Instant due = clock_->now() + milliseconds{20};
  EXPECT_FALSE(wait_readable(*clock_, pipe.out.get(), {due, {}}));
  EXPECT_GE(clock_->now(), due);
}

TEST_F(FdWait, ClosedCountsAsReady) {
  Pipe pipe;
  pipe.in.reset();
  std::array<FdWatch, 1> watch{FdWatch{.fd = pipe.out.get(), .read = true}};
  EXPECT_TRUE(wait_fds(*clock_, watch, in(seconds{10})));
  EXPECT_TRUE(watch[0].closed);
}

TEST_F(FdWait, WakesWhenBytesComeFromAnotherThread) {
  const Pipe pipe;
  const std::jthread writer([&] { ASSERT_EQ(::write(pipe.in.get(), "x", 1), 1); });
  EXPECT_TRUE(wait_readable(*clock_, pipe.out.get(), in(seconds{10})));
}

TEST_F(FdWait, StopEndsAWaitWithoutDeadline) {
  const Pipe pipe;
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_THROW(wait_readable(*clock_, pipe.out.get(), {Instant::max(), stop.get_token()}), Stopped);
}

TEST_F(FdWait, StopWinsOverReadiness) {
  const Pipe pipe;
  ASSERT_EQ(::write(pipe.in.get(), "x", 1), 1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(wait_readable(*clock_, pipe.out.get(), {Instant::max(), stop.get_token()}), Stopped);
}

TEST_F(FdWait, WritableAndReadableAreToldApart) {
  const Pipe pipe;
  std::array<FdWatch, 2> watches{FdWatch{.fd = pipe.out.get(), .read = true},
                                 FdWatch{.fd = pipe.in.get(), .write = true}};
  EXPECT_TRUE(wait_fds(*clock_, watches, in(seconds{10})));
  EXPECT_FALSE(watches[0].readable);
  EXPECT_TRUE(watches[1].writable);
}

TEST_F(FdWait, ADescriptorThatIsNoneIsAnError) {
  Pipe pipe;
  const int fd = pipe.out.get();
  pipe.out.reset();
  EXPECT_THROW(wait_readable(*clock_, fd, in(seconds{10})), std::system_error);
}

TEST(UniqueFd, MovesOwnership) {
  Pipe pipe;
  UniqueFd other = std::move(pipe.out);
  EXPECT_GE(other.get(), 0);
  const int fd = other.get();
  other = UniqueFd();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

}  // namespace
}  // namespace plugrig
