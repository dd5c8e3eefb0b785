#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/program_main.hpp"
#include "rig/engine/exit_code.hpp"

namespace {

/// Turns Ctrl-C, SIGTERM and SIGHUP into a stop request, on a thread of its own: nothing of the
/// program runs inside a signal handler.
class SignalThread {
 public:
  /// `only_told`: Ctrl-C and the end of a terminal are none of this process's business.
  explicit SignalThread(bool only_told) {
    sigemptyset(&watched_);
    for (const int signal : {SIGTERM, SIGUSR1}) sigaddset(&watched_, signal);
    for (const int signal : {SIGINT, SIGHUP}) {
      if (only_told)
        std::signal(signal, SIG_IGN);
      else
        sigaddset(&watched_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this] { watch(); });
  }
  ~SignalThread() {
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
  /// The signal that asked for the stop; 0 = none.
  [[nodiscard]] int cause() const { return cause_; }

 private:
  void watch() {
    for (int signal = 0; sigwait(&watched_, &signal) == 0 && signal != SIGUSR1;) {
      if (cause_ == 0) cause_ = signal;
      stop_.request_stop();
    }
  }

  sigset_t watched_{};
  std::stop_source stop_;
  std::atomic<int> cause_{0};
  std::thread thread_;
};

bool dumb_terminal() {
  const char* term = std::getenv("TERM");
  return term == nullptr || std::string(term) == "dumb";
}

/// The locale's character set is not UTF-8, as far as the environment says.
bool ascii_only() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* locale = std::getenv(name);
    if (locale == nullptr || *locale == '\0') continue;
    const std::string text(locale);
    return text.find("UTF-8") == std::string::npos && text.find("utf8") == std::string::npos;
  }
  return true;
}

int columns_of_terminal() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 80;
}

}  // namespace

namespace plugrig::cli {

int program_main(int argc, char** argv) {
  const SignalThread signals(argc > 1 && std::string_view(argv[1]) == "guardian");
  const bool terminal = isatty(STDOUT_FILENO) == 1 && !dumb_terminal();
  Console console{.out = std::cout,
                  .err = std::cerr,
                  .terminal = terminal,
                  .colour = terminal && std::getenv("NO_COLOR") == nullptr,
                  .columns = columns_of_terminal(),
                  .ascii = ascii_only(),
                  .stop = signals.token()};
  const int code = run_program({argv + 1, argv + argc}, console);
  // A run that was stopped says so with 130; SIGTERM has a code of its own.
  if (code == exit_code::interrupted && signals.cause() == SIGTERM) return exit_code::stopped;
  return code;
}

}  // namespace plugrig::cli
