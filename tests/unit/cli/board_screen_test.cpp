#include "rig/cli/screen/board_screen.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "rig/cli/screen/terminal.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// A terminal whose other end the test holds: what is shown, and what a person types.
class BoardOnATerminal : public ::testing::Test {
 protected:
  void SetUp() override {
    int shown = -1;
    int terminal = -1;
    winsize size{24, 100, 0, 0};
    ASSERT_EQ(openpty(&shown, &terminal, nullptr, nullptr, &size), 0);
    shown_ = UniqueFd(shown);
    terminal_ = UniqueFd(terminal);
    tcgetattr(terminal, &before_);
  }

  /// Reads until `text` was shown; a slow machine has all the time it may need.
  bool wait_for(const std::string& text) {
    const auto from = seen_.size();
    const Deadline deadline{clock_->now() + seconds{60}};
    while (seen_.find(text, from > text.size() ? from - text.size() : 0) == std::string::npos) {
      if (!wait_readable(*clock_, shown_.get(), deadline)) return false;
      std::array<char, 4096> bytes{};
      const auto count = ::read(shown_.get(), bytes.data(), bytes.size());
      if (count <= 0) return false;
      seen_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return true;
  }
  void type(const std::string& keys) {
    ASSERT_EQ(::write(shown_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  [[nodiscard]] bool as_before() const {
    termios now{};
    tcgetattr(terminal_.get(), &now);
    return now.c_lflag == before_.c_lflag && now.c_iflag == before_.c_iflag &&
           now.c_cc[VSUSP] == before_.c_cc[VSUSP];
  }
  [[nodiscard]] BoardSetting setting() const {
    return {.in = terminal_.get(), .out = terminal_.get(), .colour = true, .ascii = false};
  }
  static Event event(event::Body body, const std::string& slot = "F1") {
    return {Instant{}, {}, slot, std::move(body)};
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  UniqueFd shown_, terminal_;
  termios before_{};
  std::string seen_;
};

TEST_F(BoardOnATerminal, ShowsEventsTakesAStopAndGivesTheTerminalBack) {
  {
    BoardScreen board(setting());
    std::atomic<bool> stopped{false};
    board.connect({.stop_all = [&] { stopped = true; }});
    board.start();
    event::RunStarted started{"r1", "seq", "the-bench", "0.1.0"};
    started.slots = {"F1"};
    board.on(event(started, ""));
    ASSERT_TRUE(wait_for("the-bench"));
    EXPECT_FALSE(as_before());
    type("s");
    ASSERT_TRUE(wait_for("Stopping"));
    EXPECT_TRUE(stopped);
    board.connect({});
  }
  EXPECT_TRUE(wait_for("\x1b[?1049l"));
  EXPECT_TRUE(as_before());
}

TEST_F(BoardOnATerminal, AsksInALineOfTheBoardInRealTimeAndInSimulatedTime) {
  for (const bool real_time : {true, false}) {
    BoardScreen board(setting());
    const auto io = board.prompts(*clock_, real_time);
    io.show(real_time ? "Real volts? " : "Simulated volts? ");
    ASSERT_TRUE(wait_for("volts?"));
    std::optional<std::string> answer;
    std::thread person([&] {
      for (const char c : std::string("230.5\n")) {
        clock_->sleep_for(milliseconds{60}, {});
        type(std::string(1, c));
      }
    });
    answer = io.read_line({clock_->now() + seconds{60}});
    person.join();
    EXPECT_EQ(answer, "230.5");
  }
}

TEST_F(BoardOnATerminal, AQuestionEndsWithTheStopAndWithItsTime) {
  BoardScreen board(setting());
  for (const bool real_time : {true, false}) {
    const auto io = board.prompts(*clock_, real_time);
    io.show("Loaded? ");
    std::stop_source stop;
    std::thread stopper([&] { stop.request_stop(); });
    EXPECT_THROW(io.read_line({clock_->now() + seconds{60}, stop.get_token()}), Stopped);
    stopper.join();
  }
  const auto io = board.prompts(*clock_, true);
  io.show("Loaded? ");
  EXPECT_EQ(io.read_line({clock_->now()}), std::nullopt);
}

TEST_F(BoardOnATerminal, FollowsTheSizeOfItsWindow) {
  BoardScreen board(setting());
  board.start();
  ASSERT_TRUE(wait_for("? help"));
  winsize wide{30, 120, 0, 0};
  ioctl(terminal_.get(), TIOCSWINSZ, &wide);
  EXPECT_TRUE(wait_for("\x1b[30;1H")) << "the foot moves to the last row";
}

TEST_F(BoardOnATerminal, IsGivenBackWhenTheProgramDies) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Terminal terminal(terminal_.get(), terminal_.get());
    ::raise(SIGSEGV);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it still dies of what it died of";
  EXPECT_TRUE(wait_for("\x1b[?1049l"));
  EXPECT_TRUE(as_before());
}

}  // namespace
}  // namespace plugrig::cli
