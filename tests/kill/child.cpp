#include "tests/kill/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace plugrig {
namespace {

std::vector<char*> raw(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment) {
  std::array<int, 2> in{}, out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
  std::vector<std::string> all = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  const int error = posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr,
                                raw(arguments).data(), raw(all).data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  output_ = out[0];
  if (error != 0) throw std::runtime_error("cannot start " + arguments.front());
  reader_ = std::thread([this] { read_lines(); });
}

Child::~Child() {
  close_input();
  if (!ends(std::chrono::milliseconds{0})) {
    signal(SIGKILL);
    ends(std::chrono::seconds{20});
  }
  reader_.join();
  close(output_);
}

void Child::read_lines() {
  std::string line;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(output_, buffer.data(), buffer.size())) > 0;) {
    for (const char c : std::string(buffer.data(), static_cast<std::size_t>(got))) {
      if (c != '\n') {
        line += c;
        continue;
      }
      const std::lock_guard lock(mutex_);
      lines_.push_back(std::move(line));
      line.clear();
      changed_.notify_all();
    }
  }
  const std::lock_guard lock(mutex_);
  silent_ = true;
  changed_.notify_all();
}

void Child::order(const std::string& line) const {
  const std::string text = line + "\n";
  [[maybe_unused]] const ssize_t written = write(input_, text.data(), text.size());
}

void Child::close_input() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

void Child::signal(int number) const {
  if (!code_) kill(pid_, number);
}

bool Child::says(const std::string& text, std::chrono::milliseconds within) {
  std::unique_lock lock(mutex_);
  const auto said = [&] {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const auto& line) { return line.find(text) != std::string::npos; });
  };
  changed_.wait_for(lock, within, [&] { return silent_ || said(); });
  return said();
}

std::vector<std::string> Child::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::string Child::all() const {
  std::string text;
  for (const auto& line : lines()) text += line + "\n";
  return text;
}

std::optional<int> Child::ends(std::chrono::milliseconds within) {
  const auto limit = Steady::now() + within;
  while (!code_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      break;
    }
    if (Steady::now() >= limit) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return code_;
}

pid_t child_of(pid_t parent) {
  pid_t found = -1;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
    std::string text;
    std::getline(std::ifstream(entry.path() / "stat"), text);
    // pid (name) state parent …; the name may hold anything
    const auto behind_name = text.rfind(')');
    if (behind_name == std::string::npos) continue;
    std::istringstream rest(text.substr(behind_name + 1));
    char state = 0;
    pid_t its_parent = 0;
    if (rest >> state >> its_parent && its_parent == parent && state != 'Z')
      found = std::max(found, static_cast<pid_t>(std::stoi(text)));
  }
  return found;
}

}  // namespace plugrig
