#include "drivers/serial/lock_file.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "rig/core/digest.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::serial {

namespace fs = std::filesystem;

namespace {

/// More than somebody needs who only looks whether a lock is held.
constexpr Duration look_time = std::chrono::milliseconds{50};
constexpr Duration look_again = std::chrono::milliseconds{10};
constexpr std::size_t largest_holder = 1024;

std::string own_program() {
  std::string name;
  std::getline(std::ifstream("/proc/self/comm"), name);
  return name;
}

std::string own_user() {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return std::to_string(::geteuid());
}

/// One "key value" a line; texts are cut at their first line break.
std::string written(const LockHolder& holder) {
  const auto line = [](std::string_view key, std::string_view value) {
    return std::string(key) + " " + std::string(value.substr(0, value.find('\n'))) + "\n";
  };
  return line("pid", std::to_string(holder.pid)) + line("program", holder.program) +
         line("command", holder.command) + line("user", holder.user) + line("since", holder.since);
}

std::optional<LockHolder> read_holder(int fd) {
  std::array<char, largest_holder> buffer{};
  const ssize_t length = ::pread(fd, buffer.data(), buffer.size(), 0);
  if (length <= 0) return std::nullopt;
  std::istringstream lines(std::string(buffer.data(), static_cast<std::size_t>(length)));
  LockHolder holder;
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos) continue;
    const std::string key = line.substr(0, space);
    const std::string value = line.substr(space + 1);
    if (key == "pid") std::from_chars(value.data(), value.data() + value.size(), holder.pid);
    if (key == "program") holder.program = value;
    if (key == "command") holder.command = value;
    if (key == "user") holder.user = value;
    if (key == "since") holder.since = value;
  }
  if (holder.pid <= 0) return std::nullopt;
  return holder;
}

/// Another user's file in a sticky folder can often only be read; that is enough for a lock.
UniqueFd open_lock_file(const fs::path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  const int error = errno;
  if (!fd) fd = UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd) return fd;
  throw Fault("lock.folder", Blame::host,
              "The lock " + file.string() +
                  " can be neither made nor opened, so that nobody can be "
                  "kept from using the same hardware at the same time.",
              "Make the folder writable for everybody who works at this bench (mode 1777).",
              {{"error", std::generic_category().message(error)}});
}

}  // namespace

std::string describe(const LockHolder& holder) {
  std::string text = holder.program.empty() ? "a program" : holder.program;
  if (!holder.command.empty()) text += " " + holder.command;
  text += ", process " + std::to_string(holder.pid);
  if (!holder.user.empty()) text += " of " + holder.user;
  if (!holder.since.empty()) text += ", since " + holder.since;
  return text;
}

fs::path lock_folder() {
  std::vector<fs::path> folders{"/run/lock"};
  if (const char* own = std::getenv("XDG_RUNTIME_DIR"); own != nullptr) folders.emplace_back(own);
  std::error_code failed;
  for (const auto& folder : folders)
    if (fs::is_directory(folder, failed)) return folder;
  return "/tmp";
}

std::string lock_file_name(std::string_view kind, std::string_view name) {
  constexpr std::size_t digits = 16;
  const std::vector<std::uint8_t> bytes(name.begin(), name.end());
  return "plugrig-" + std::string(kind) + "-" + sha256_hex(bytes).substr(0, digits);
}

LockFile::LockFile(const fs::path& file, const std::string& command, const Clock& clock)
    : file_(open_lock_file(file)) {
  const Instant limit = clock.now() + look_time;
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    holder_ = read_holder(file_.get());
    if (clock.now() >= limit) return;
    wait_fds(clock, {}, {clock.now() + look_again, {}});
  }
  holder_.reset();
  taken_ = true;
  write_lock_holder(file_.get(), command, clock);
}

LockFile::~LockFile() {
  if (!file_ || !taken_) return;
  // Somebody who looks must not find a holder of the past.
  [[maybe_unused]] const int emptied = ::ftruncate(file_.get(), 0);
}

void write_lock_holder(int fd, const std::string& command, const Clock& clock) {
  const std::string text = written({.pid = ::getpid(),
                                    .program = own_program(),
                                    .command = command,
                                    .user = own_user(),
                                    .since = to_iso8601(clock.utc())});
  // A full disk leaves the holder without a name, no more.
  if (::ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t length = ::pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace plugrig::serial
