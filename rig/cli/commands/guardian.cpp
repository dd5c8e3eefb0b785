#include "drivers/guardian/guardian.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <ostream>

#include "drivers/serial/lock_file.hpp"
#include "fixtures/build/guardian.hpp"
#include "fixtures/build/instrument_line.hpp"
#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

constexpr std::string_view usage =
    "guardian --bench BENCH --fd N\n\n"
    "Started by `plugrig run` itself, never by hand, where a relay that switches mains or load "
    "would\n"
    "stay on by itself (mains: {guardian: auto}; yes = always, no = never). It alone owns the "
    "buses\n"
    "of these relays. While something may be on, the run must report to it; when it has not for 1 "
    "s,\n"
    "has ended, or was killed, the guardian switches off contactor, slots and load, until they "
    "read\n"
    "as off. It has a session of its own, ignores Ctrl-C and hang-ups, and switches off before it\n"
    "ends on SIGTERM. When the guardian itself is killed the run switches off and ends with the\n"
    "fault guardian.lost. Not covered: both killed together, the computer without power, the bus\n"
    "cut; only boards with timed relays cover these";

/// Enough for all that switching off needs, more than once.
constexpr std::size_t reserve_bytes = std::size_t{4} << 20U;

/// Memory that is asked for later is there already, and is not given back; what the rig was limited
/// to need not limit this. Where the user may, it goes before other programs. None of it must work.
void stand_firm() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  {
    std::vector<char> reserve(reserve_bytes);
    // Touched, so that it is really there.
    for (std::size_t at = 0; at < reserve.size(); at += 4096) {
      volatile char& page = reserve[at];
      page = 1;
    }
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_AS, &limit);
  }
  sched_param priority{};
  priority.sched_priority = 1;
  if (sched_setscheduler(0, SCHED_RR, &priority) != 0) setpriority(PRIO_PROCESS, 0, -10);
}

bool is_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

int guardian_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>()->required(), "bench file")(
      "fd", po::value<int>()->required(),
      "file descriptor of the lease's connection; those of the buses follow, then the bench's "
      "lock");
  po::variables_map values;
  if (!parse(arguments, options, {}, usage, console, values)) return exit_code::all_passed;
  stand_firm();
  const int first = values["fd"].as<int>();
  Problems problems;  // the run has told of what is only a warning
  const auto bench =
      bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems);
  if (problems.any_error()) {
    print_problems(problems, console);
    return exit_code::usage;
  }
  const auto clock = make_real_clock();
  std::vector<guardian::GuardedBus> buses;
  int fd = first;
  for (auto& line : build::guarded_lines(bench)) {
    if (!is_socket(++fd)) throw UsageError("is started by `plugrig run`, not by hand");
    buses.push_back({.plan = std::move(line.plan),
                     .open = [instrument = line.instrument,
                              &clock = *clock] { return build::open_line(instrument, clock); },
                     .channel = UniqueFd(fd)});
  }
  if (!is_socket(first)) throw UsageError("is started by `plugrig run`, not by hand");
  const int lock = fd + 1;
  guardian::GuardianOptions guarding;
  guarding.say = [&](const std::string& text) {
    // From now on the bench's lock is held for this, even when the run is gone.
    serial::write_lock_holder(lock, "guardian", *clock);
    console.err << "plugrig guardian: " << text << std::endl;
  };
  const bool proven =
      guardian::guard(*clock, UniqueFd(first), std::move(buses), guarding, console.stop);
  return proven ? exit_code::all_passed : exit_code::safety;
}

}  // namespace plugrig::cli
