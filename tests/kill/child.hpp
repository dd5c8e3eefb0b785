#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace plugrig {

using Steady = std::chrono::steady_clock;

/// Another program, with a pipe to its input and one from its output and errors, whose lines are
/// kept as they come. Killed at the latest when this goes.
class Child {
 public:
  Child(const std::vector<std::string>& arguments, const std::vector<std::string>& environment);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void order(const std::string& line) const;
  void close_input();
  void signal(int number) const;
  /// Waits until some line contains `text`; false when it did not come, or the program has ended.
  bool says(const std::string& text, std::chrono::milliseconds within);
  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] std::string all() const;
  /// Its exit code, or minus the signal that ended it; empty when it still runs then.
  std::optional<int> ends(std::chrono::milliseconds within);

 private:
  void read_lines();

  pid_t pid_ = -1;
  int input_ = -1, output_ = -1;
  std::optional<int> code_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;  ///< guarded by mutex_, as the next
  bool silent_ = false;             ///< its output has ended
  std::thread reader_;
};

/// The process that `parent` has started last and that still runs; -1 = none.
pid_t child_of(pid_t parent);

}  // namespace plugrig
