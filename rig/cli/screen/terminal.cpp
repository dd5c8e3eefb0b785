#include "rig/cli/screen/terminal.hpp"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace plugrig::cli {
namespace {

// Second screen, no cursor, no wrapping at the edge; and back.
constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kGiveBack = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

constexpr std::array kDeadly{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/// What a signal handler needs to give the terminal back. A handler takes no argument of ours, so
/// this is the one place of the program that has to be static.
struct Taken {
  std::atomic<int> out{-1};
  std::atomic<int> in{-1};
  termios before{};
  std::array<struct sigaction, kDeadly.size()> handlers{};
};
Taken taken;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// Only async-signal-safe calls.
void give_back() {
  const int out = taken.out.exchange(-1);
  if (out < 0) return;
  [[maybe_unused]] const auto written = ::write(out, kGiveBack.data(), kGiveBack.size());
  if (const int in = taken.in.exchange(-1); in >= 0) tcsetattr(in, TCSANOW, &taken.before);
}

/// SA_RESETHAND has put the default back: what was going to happen happens on return.
extern "C" void on_deadly_signal(int signal) {
  give_back();
  ::raise(signal);
}

void watch_deadly_signals() {
  struct sigaction action {};
  action.sa_handler = on_deadly_signal;
  action.sa_flags = SA_RESETHAND | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kDeadly.size(); ++i)
    sigaction(kDeadly.at(i), &action, &taken.handlers.at(i));
}

void leave_deadly_signals() {
  for (std::size_t i = 0; i < kDeadly.size(); ++i)
    sigaction(kDeadly.at(i), &taken.handlers.at(i), nullptr);
}

}  // namespace

Terminal::Terminal(int in, int out) : in_(in), out_(out) {
  has_keys_ = in >= 0 && isatty(in) == 1 && tcgetattr(in, &taken.before) == 0;
  taken.in = has_keys_ ? in : -1;
  taken.out = out;
  watch_deadly_signals();
  if (has_keys_) {
    termios keys = taken.before;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
    keys.c_iflag &= ~static_cast<tcflag_t>(IXON);
    keys.c_cc[VMIN] = 0;
    keys.c_cc[VTIME] = 0;
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;
    keys.c_cc[VQUIT] = _POSIX_VDISABLE;
    // What was typed before is no key for the board.
    tcsetattr(in, TCSAFLUSH, &keys);
  }
  write(kTake);
}

Terminal::~Terminal() {
  give_back();
  leave_deadly_signals();
}

std::optional<Terminal::Size> Terminal::size() const {
  winsize size{};
  if (ioctl(out_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return std::nullopt;
  return Size{size.ws_col, size.ws_row};
}

void Terminal::write(std::string_view text) const {
  while (!text.empty()) {
    const auto written = ::write(out_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace plugrig::cli
