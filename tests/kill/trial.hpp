#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/kill/child.hpp"

namespace plugrig {

enum class Boards : std::uint8_t {
  timed,              ///< end an on by themselves
  timed_and_guarded,  ///< the same, with a guardian all the same
  plain,              ///< stay on: a guardian owns their bus
};

class Trial;

/// One way in which a run goes wrong while a load is on.
struct Cause {
  std::string name;
  Boards boards = Boards::timed;
  double bound_s = 5;  ///< from the cause to everything off
  std::function<void(Trial&)> fire;
  std::string steps = "      - slot.energise: {load: 500 W, for: 100 s}\n";
  std::string live = "behind the plug";  ///< the run says so when the load is on
  bool other_program = false;            ///< the one with `test.` steps
  /// What is to be seen behind it; says what is wrong.
  std::function<std::string(Trial&)> then = {};
  bool stays_on = false;  ///< nothing covers it, and the run has said so
};

struct Outcome {
  std::optional<double> off_after_s;
  std::string wrong;  ///< empty = as it should be
  int early = 0;      ///< tries in which the run ended before the cause: a busy machine
};

/// One simulated bench in a process, one run in another, on a folder of their own.
class Trial {
 public:
  Trial(const Cause& cause, std::uint64_t seed);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// Empty: the run ended, or had switched off, before the cause came.
  std::optional<Outcome> run();

  [[nodiscard]] Child& rig() { return *rig_; }
  [[nodiscard]] Child& twin() { return *twin_; }
  [[nodiscard]] pid_t guardian() const { return child_of(rig_->pid()); }
  /// Nothing more can be written where the run keeps its records.
  void fill_disk() const;

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  void write_files() const;
  void start();
  /// Since when everything is off, or is not: (on, ns) of the last change.
  [[nodiscard]] std::pair<bool, std::int64_t> truth() const;
  Outcome judge(Steady::time_point fired);

  const Cause& cause_;
  const std::uint64_t seed_;
  std::filesystem::path folder_;
  bool mounted_ = false;
  std::unique_ptr<Child> twin_, rig_;
};

/// Tries again when the machine was too busy for the run to come to the cause.
Outcome try_cause(const Cause& cause, std::uint64_t seed);

}  // namespace plugrig
