// Whatever dies while a load is on, mains and load are off in time: against a simulated bench in a
// process of its own, at random moments, many trials at a time, in real time.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <numeric>

#include "tests/kill/trial.hpp"

namespace plugrig {
namespace {

using std::chrono::seconds;

/// The run must end by itself, must not be all well, and must say why.
std::string ends_and_says(Trial& trial, const std::string& why, seconds within = seconds{60}) {
  const auto code = trial.rig().ends(within);
  if (!code) return "the run goes on; ";
  std::string wrong;
  if (*code == 0) wrong += "the run calls it a pass; ";
  if (!why.empty() && !trial.rig().says(why, seconds{1}))
    wrong += fmt::format("the run does not say '{}'; ", why);
  return wrong;
}

void kill_rig(Trial& trial) { trial.rig().signal(SIGKILL); }

void kill_guardian(Trial& trial) {
  if (const pid_t guardian = trial.guardian(); guardian > 0) kill(guardian, SIGKILL);
}

void kill_both(Trial& trial) {
  // Found first: a guardian whose run is gone has switched off before it is found.
  const pid_t guardian = trial.guardian();
  if (guardian > 0) kill(guardian, SIGSTOP);
  trial.rig().signal(SIGKILL);
  if (guardian > 0) kill(guardian, SIGKILL);
}

/// Whichever is found first: that the guardian was not told in time, or that it refuses.
std::string goes_on_and_ends(Trial& trial, bool guarded) {
  std::this_thread::sleep_for(seconds{27});
  trial.rig().signal(SIGCONT);
  std::string wrong = ends_and_says(trial, "");
  if (guarded && !trial.rig().says("guardian.lease_lost", seconds{0}) &&
      !trial.rig().says("safety.dead_man_lost", seconds{0}))
    wrong += "the run does not say that it was held up; ";
  return wrong;
}

const std::string kManyShortSteps = [] {
  std::string steps;
  for (int i = 0; i < 60; ++i) steps += "      - slot.energise: {load: 500 W, for: 500 ms}\n";
  return steps;
}();

/// Relays with timers are proven before the first load, which is not the time of the step that
/// hangs.
const std::string kProven = "      - slot.energise: {load: 500 W, for: 100 ms}\n";

/// What any boards and any cover are tried with.
std::vector<Cause> common(Boards boards) {
  return {
      {.name = "rig killed", .boards = boards, .bound_s = 2, .fire = kill_rig},
      {.name = "rig stopped for 30 s",
       .boards = boards,
       .fire = [](Trial& trial) { trial.rig().signal(SIGSTOP); },
       .then = [boards](Trial& trial) { return goes_on_and_ends(trial, boards == Boards::plain); }},
      {.name = "a step loops",
       .boards = boards,
       .fire = [](Trial&) {},
       .steps = kProven + "      - test.spin: {load: 500 W}\n",
       .live = "spins",
       .other_program = true},
      {.name = "the whole rig computes",
       .boards = boards,
       .fire = [](Trial&) {},
       .steps = kProven + "      - test.spin: {load: 500 W, threads: 16}\n",
       .live = "spins",
       .other_program = true},
      {.name = "memory limit hit",
       .boards = boards,
       .fire = [](Trial&) {},
       .steps = kProven + "      - test.eat: {load: 500 W}\n",
       .live = "eats",
       .other_program = true},
      {.name = "disk full",
       .boards = boards,
       .fire = [](Trial& trial) { trial.fill_disk(); },
       .steps = kManyShortSteps,
       .then = [](Trial& trial) { return ends_and_says(trial, ""); }},
  };
}

std::vector<Cause> timed_boards() {
  auto causes = common(Boards::timed);
  causes.push_back(
      {.name = "rig and guardian killed", .boards = Boards::timed_and_guarded, .fire = kill_both});
  causes.push_back({.name = "adapter of the load's line pulled",
                    .boards = Boards::timed,
                    .fire = [](Trial& trial) { trial.twin().order("cut loads"); }});
  causes.push_back({.name = "adapter of the mains relays' line pulled",
                    .boards = Boards::timed,
                    .fire = [](Trial& trial) { trial.twin().order("cut relays"); }});
  return causes;
}

std::vector<Cause> plain_boards() {
  auto causes = common(Boards::plain);
  causes.push_back({.name = "guardian killed",
                    .boards = Boards::plain,
                    .fire = kill_guardian,
                    .then = [](Trial& trial) { return ends_and_says(trial, "guardian.lost"); }});
  causes.push_back({.name = "guardian stopped",
                    .boards = Boards::plain,
                    .fire =
                        [](Trial& trial) {
                          if (const pid_t guardian = trial.guardian(); guardian > 0)
                            kill(guardian, SIGSTOP);
                        },
                    .then = [](Trial& trial) { return ends_and_says(trial, "guardian."); }});
  return causes;
}

std::string distribution(std::vector<double> values) {
  if (values.empty()) return "-";
  std::sort(values.begin(), values.end());
  return fmt::format("{:.2f} s, median {:.2f} s, longest {:.2f} s", values.front(),
                     values[values.size() / 2], values.back());
}

/// All causes, so many trials each, so many at a time; prints how long each took to be off.
void try_all(const std::vector<Cause>& causes) {
  const std::size_t trials = std::getenv("PLUGRIG_LONG") != nullptr ? 50 : 5;
  const char* const wanted_at_once = std::getenv("PLUGRIG_AT_ONCE");
  const int at_once = wanted_at_once == nullptr ? 8 : std::atoi(wanted_at_once);
  std::vector<Outcome> outcomes(causes.size() * trials);
  std::atomic<std::size_t> next{0};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < at_once; ++i)
      workers.emplace_back([&] {
        for (std::size_t k = next++; k < outcomes.size(); k = next++)
          outcomes[k] = try_cause(causes[k % causes.size()], 1000 * (k + 1));
      });
  }
  for (std::size_t cause = 0; cause < causes.size(); ++cause) {
    std::vector<double> times;
    int early = 0;
    for (std::size_t k = cause; k < outcomes.size(); k += causes.size()) {
      if (outcomes[k].off_after_s) times.push_back(*outcomes[k].off_after_s);
      early += outcomes[k].early;
      EXPECT_EQ(outcomes[k].wrong, "") << causes[cause].name << ", trial " << k / causes.size();
    }
    std::cout << fmt::format("{}: off after {} (limit {:g} s){}\n", causes[cause].name,
                             distribution(times), causes[cause].bound_s,
                             early == 0 ? "" : fmt::format("; {} ended before the cause", early));
  }
}

/// Safety inputs count for 200 ms, of which a machine that does other things too takes too many.
void go_ahead_of_others() {
  sched_param priority{};
  priority.sched_priority = 1;
  sched_setscheduler(0, SCHED_RR, &priority);
}

TEST(KilledOnBoardsWithTimers, MainsAndLoadAreOffInTime) {
  go_ahead_of_others();
  try_all(timed_boards());
}

TEST(KilledOnPlainBoards, MainsAndLoadAreOffInTime) {
  go_ahead_of_others();
  try_all(plain_boards());
}

/// Nothing covers the death of both on such boards, and nobody is told otherwise.
TEST(KilledOnPlainBoards, BothKilledIsSaidNotToBeCovered) {
  go_ahead_of_others();
  try_all({{.name = "rig and guardian killed",
            .boards = Boards::plain,
            .fire = kill_both,
            .then =
                [](Trial& trial) {
                  return trial.rig().says("Not covered: the guardian", seconds{0})
                             ? std::string()
                             : std::string("nobody was told; ");
                },
            .stays_on = true}});
}

}  // namespace
}  // namespace plugrig
