#include "tests/kill/trial.hpp"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

namespace plugrig {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string source = PLUGRIG_SOURCE_DIR;

/// Mains relay and contactor, load, and inputs, each on a line of its own. No plug: what is tried
/// here is whether the socket is dead.
constexpr const char* kBench = R"(bench: kill
mains: {{voltage: 230 V, contactor: relays.8, contactor_auxiliary: inputs.in8{guardian}}}
interlock: hardwired
instruments:
  reference: {{profile: eastron-sdm120, {meter}, serial: K1}}
  relays: {{profile: {board}, {relays}, baud: 115200}}
  loads: {{profile: {board}, {loads}, baud: 115200}}
  inputs: {{profile: waveshare-relay-8, {inputs}, baud: 115200}}
load: {{bank: four-resistors, relays: loads}}
load_path: multiplexed
slots:
  - slot: M1
    kind: mains
    guard_closed: inputs.in1
    mains: relays.1
    mains_sense: inputs.in2
)";

constexpr const char* kSequence =
    "sequence: soak\n"
    "plug: gosund-ep2\n"
    "stages:\n"
    "  - stage: soak\n"
    "    mains: on\n"
    "    steps:\n";

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

/// The board of the facts pages without its timer: it switches, and stays.
std::string plain_board() {
  std::ifstream file(source + "/fixtures/instruments/waveshare-relay-8.yaml");
  std::string text;
  for (std::string line; std::getline(file, line);)
    if (!line.starts_with("timed_on:")) text += line + "\n";
  return text;
}

std::int64_t nanoseconds(Steady::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

}  // namespace

Trial::Trial(const Cause& cause, std::uint64_t seed) : cause_(cause), seed_(seed) {
  std::string name = (fs::temp_directory_path() / "plugrig-kill-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
  folder_ = name;
  fs::create_directories(folder_ / "disk");
  mounted_ = mount("none", path("disk").c_str(), "tmpfs", 0, "size=4m") == 0;
}

Trial::~Trial() {
  if (rig_) rig_->signal(SIGCONT);
  rig_.reset();
  twin_.reset();
  if (mounted_) umount2(path("disk").c_str(), MNT_DETACH);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Trial::fill_disk() const {
  if (mounted_) {
    std::ofstream filler(folder_ / "disk" / "filler", std::ios::binary);
    const std::string page(1024, 'x');
    while (filler.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
    return;
  }
  // Without a disk of its own: no file of the run may grow any more.
  const rlimit none{0, 0};
  prlimit(rig_->pid(), RLIMIT_FSIZE, &none, nullptr);
}

void Trial::write_files() const {
  fs::create_directories(folder_ / "instruments");
  write(folder_ / "instruments" / "plain-relay-8.yaml", plain_board());
  const auto bench = [&](const std::string& board, const std::string& guardian, auto reach) {
    return fmt::format(kBench, fmt::arg("board", board), fmt::arg("guardian", guardian),
                       fmt::arg("meter", reach("meter")), fmt::arg("relays", reach("relays")),
                       fmt::arg("loads", reach("loads")), fmt::arg("inputs", reach("inputs")));
  };
  write(folder_ / "twin.yaml", bench("waveshare-relay-8", "", [&](const std::string& bus) {
          return fmt::format("twin: {}, serve_pty: {}", bus, path(bus));
        }));
  write(folder_ / "rig.yaml",
        bench(cause_.boards == Boards::plain ? "plain-relay-8" : "waveshare-relay-8",
              cause_.boards == Boards::timed_and_guarded ? ", guardian: yes" : "",
              [&](const std::string& bus) { return "rtu: " + path(bus); }));
  write(folder_ / "soak.yaml", kSequence + cause_.steps);
}

void Trial::start() {
  write_files();
  const std::string fixtures = source + "/fixtures";
  twin_ = std::make_unique<Child>(
      std::vector<std::string>{PLUGRIG_KILL_TWIN, path("twin.yaml"), fixtures},
      std::vector<std::string>{});
  if (!twin_->says("ready", seconds{30}))
    throw std::runtime_error("the simulated bench does not serve: " + twin_->all());
  rig_ = std::make_unique<Child>(
      std::vector<std::string>{cause_.other_program ? PLUGRIG_LOOPING_RIG : PLUGRIG_PROGRAM, "run",
                               path("soak.yaml"), "--bench", path("rig.yaml"), "--store",
                               path("disk/records.sqlite")},
      std::vector<std::string>{"PLUGRIG_FIXTURES=" + fixtures});
}

std::pair<bool, std::int64_t> Trial::truth() const {
  std::pair<bool, std::int64_t> last{false, 0};
  for (const auto& line : twin_->lines()) {
    std::istringstream words(line);
    std::string what;
    std::int64_t at = 0;
    if (words >> what >> at && (what == "on" || what == "off")) last = {what == "on", at};
  }
  return last;
}

std::optional<Outcome> Trial::run() {
  start();
  if (!rig_->says(cause_.live, seconds{60})) {
    if (rig_->says("safety.", milliseconds{0})) return std::nullopt;
    return Outcome{.off_after_s = {}, .wrong = "did not go live:\n" + rig_->all(), .early = 0};
  }
  std::mt19937_64 random(seed_);
  if (!cause_.other_program) std::this_thread::sleep_for(milliseconds{random() % 2500});
  const bool gone = rig_->ends(milliseconds{0}).has_value();
  if (gone || (!truth().first && !cause_.other_program)) return std::nullopt;
  const auto fired = Steady::now();
  cause_.fire(*this);
  Outcome outcome = judge(fired);
  // On a busy machine the run may have switched off by itself at the very moment of the cause: off
  // in time as it was, what it says is then of that.
  const bool says_other = outcome.wrong.starts_with("the run does not say");
  if (says_other && rig_->says("safety.input_stale", milliseconds{0})) return std::nullopt;
  return outcome;
}

Outcome Trial::judge(Steady::time_point fired) {
  Outcome outcome;
  // Later than any bound, so that it is known how far away from it the rest is.
  const auto limit = fired + seconds{12};
  while (truth().first && Steady::now() < limit) std::this_thread::sleep_for(milliseconds{20});
  const auto [on, since] = truth();
  if (!on) {
    outcome.off_after_s = static_cast<double>(since - nanoseconds(fired)) / 1e9;
    // Off once is not off for good.
    std::this_thread::sleep_for(seconds{1});
    if (truth().first) outcome.wrong = "came on again; ";
  }
  if (cause_.stays_on) {
    if (!on) outcome.wrong += "was switched off, and nothing could have done that; ";
  } else if (!outcome.off_after_s) {
    outcome.wrong += "is still on; ";
  } else if (*outcome.off_after_s > cause_.bound_s) {
    outcome.wrong += fmt::format("off after {:.2f} s; ", *outcome.off_after_s);
  }
  if (cause_.then) outcome.wrong += cause_.then(*this);
  if (twin_->all().find("accident") != std::string::npos) outcome.wrong += "an accident; ";
  if (!outcome.wrong.empty()) outcome.wrong += "\n" + rig_->all();
  return outcome;
}

Outcome try_cause(const Cause& cause, std::uint64_t seed) {
  constexpr int tries = 6;
  for (int early = 0; early < tries; ++early) {
    Trial trial(cause, seed + static_cast<std::uint64_t>(early));
    if (auto outcome = trial.run()) {
      outcome->early = early;
      return *outcome;
    }
  }
  return {
      .off_after_s = {}, .wrong = "the machine was too busy to come to the cause", .early = tries};
}

}  // namespace plugrig
