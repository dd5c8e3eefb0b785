#include "rig/cli/screen/keyboard.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <memory>
#include <ostream>

#include "rig/cli/screen/board_screen.hpp"
#include "rig/core/fd_wait.hpp"

namespace plugrig::cli {
namespace {

/// Lines of standard input as they are typed.
class TypedLines {
 public:
  TypedLines(Clock& clock, bool real_time) : clock_(clock), real_time_(real_time) {}

  std::optional<std::string> next(const Deadline& deadline) {
    for (;;) {
      const auto end = pending_.find('\n');
      if (end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      if (real_time_ && !wait_readable(clock_, STDIN_FILENO, deadline)) return std::nullopt;
      std::array<char, 512> buffer{};
      const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (count <= 0) return std::nullopt;  // nobody will type any more
      pending_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  Clock& clock_;
  const bool real_time_;
  std::string pending_;
};

}  // namespace

std::optional<std::string> ask_secret(const std::string& text, Console& console) {
  termios shown{};
  if (isatty(STDIN_FILENO) != 1 || tcgetattr(STDIN_FILENO, &shown) != 0) return std::nullopt;
  console.err << text << std::flush;
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  const bool typed = static_cast<bool>(std::getline(std::cin, line));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  console.err << "\n";
  if (!typed) return std::nullopt;
  return line;
}

person::PromptIo keyboard(Clock& clock, bool real_time, Console& console) {
  if (console.board != nullptr) return console.board->prompts(clock, real_time);
  const auto lines = std::make_shared<TypedLines>(clock, real_time);
  person::PromptIo io;
  io.show = [&console](const std::string& text) { console.err << text << std::flush; };
  io.read_line = [lines](const Deadline& deadline) { return lines->next(deadline); };
  return io;
}

}  // namespace plugrig::cli
