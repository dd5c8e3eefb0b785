#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "drivers/guardian/guardian_link.hpp"

namespace plugrig::guardian {
namespace {

/// Where the new process finds its connections; what is to go there is moved out of the way first.
constexpr int first_fd = 64;
constexpr int beyond = 256;

Fault not_started(int error) {
  return {"guardian.start",
          Blame::host,
          "The guardian process cannot be started.",
          "Look at the computer's memory and its limits of processes and open files.",
          {{"error", std::generic_category().message(error)}}};
}

/// Attributes and file actions of one start; they free themselves.
class Spawning {
 public:
  Spawning() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    // A session of its own; the signals that the rig blocks and takes on a thread are not its own.
    posix_spawnattr_setflags(&attributes_,
                             static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK));
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
  }
  ~Spawning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  void give(int fd, int as) {
    moved_.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, beyond));
    if (!moved_.back()) throw not_started(errno);
    posix_spawn_file_actions_adddup2(&actions_, moved_.back().get(), as);
  }

  pid_t start(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> raw;
    raw.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
      raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    pid_t process = -1;
    const int error =
        ::posix_spawn(&process, program.c_str(), &actions_, &attributes_, raw.data(), environ);
    if (error != 0) throw not_started(error);
    return process;
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
  std::vector<UniqueFd> moved_;
};

}  // namespace

Started start_process(const std::string& program, std::vector<std::string> arguments,
                      std::size_t buses, int keep) {
  Spawning spawning;
  Started started;
  std::vector<UniqueFd> theirs;
  int as = first_fd;
  const auto connect = [&] {
    auto [ours, other] = make_channel_ends();
    spawning.give(other.get(), as++);
    theirs.push_back(std::move(other));
    return std::move(ours);
  };
  started.lease = connect();
  for (std::size_t i = 0; i < buses; ++i) started.buses.push_back(connect());
  if (keep >= 0) spawning.give(keep, as++);
  arguments.insert(arguments.begin(), program);
  arguments.insert(arguments.end(), {"--fd", std::to_string(first_fd)});
  started.process = spawning.start(program, arguments);
  return started;
}

}  // namespace plugrig::guardian
