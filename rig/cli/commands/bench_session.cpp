#include "rig/cli/commands/bench_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "drivers/operator/prompt_operator.hpp"
#include "fixtures/build/guardian.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/cli/screen/keyboard.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

/// Real time for a real bench; virtual time, slowed to the factor, for a simulated one. Records
/// carry today's date either way.
std::unique_ptr<Clock> clock_for(bool simulated, const SessionOptions& options) {
  auto real = make_real_clock();
  if (!simulated) return real;
  auto start = real->utc();
  if (options.not_before) start.unix_ms = std::max(start.unix_ms, options.not_before->unix_ms);
  // A slow disk, or a person who thinks, may hold a slot's turn for longer than any test's.
  return make_virtual_clock(
      {.start = start, .factor = options.factor, .stuck_limit = std::chrono::minutes{30}});
}

/// Of the whole bench file, whichever of its slots this run uses: its relays all go off.
void start_guardian(const std::string& bench_file, int lock, Clock& clock,
                    std::optional<guardian::GuardianLink>& link) {
  Problems ignored;  // it was read before without any
  const auto bench = bench::load_bench(bench_file, shipped_fixtures(), ignored);
  if (!build::needs_guardian(bench)) return;
  std::vector<guardian::BusPlan> plans;
  for (auto& line : build::guarded_lines(bench)) plans.push_back(std::move(line.plan));
  auto process = guardian::start_process("/proc/self/exe", {"guardian", "--bench", bench_file},
                                         plans.size(), lock);
  link.emplace(clock, std::move(process), std::move(plans));
}

}  // namespace

BenchSession::BenchSession(const bench::BenchSpec& bench, const SessionOptions& options,
                           Console& console) {
  const bool simulated = build::all_simulated(bench);
  clock_ = clock_for(simulated, options);
  if (options.answers.empty()) {
    person_ =
        std::make_unique<person::PromptOperator>(*clock_, keyboard(*clock_, !simulated, console));
  } else {
    Problems problems;
    auto answers = person::load_answers(options.answers, problems);
    print_problems(problems, console);
    if (problems.any_error()) throw UsageError("the answers file has errors");
    auto scripted = std::make_unique<person::ScriptedOperator>(std::move(answers));
    scripted_ = scripted.get();
    person_ = std::move(scripted);
  }
  seat_ = clock_->reserve("command");
  seat_->enter();
  locks_ = BenchLocks(bench, options.whole_bench, options.command, *clock_);
  if (options.guarded && !simulated)
    start_guardian(bench.file, locks_.bench_fd(), *clock_, guardian_);
  bench_ = build::build_bench(bench, *clock_,
                              {.seed = options.seed,
                               .use_stub = options.use_stub,
                               .person = person_.get(),
                               .simulated_hands = true,
                               .guardian = guardian_ ? &*guardian_ : nullptr});
  if (!bench_->mains) return;
  // A simulated bench is new each time: nothing is left of what was live on it.
  if (!simulated) marks_ = std::make_unique<FileOffMarks>(off_marks_path(bench.name), bench.name);
  gate_ = std::make_unique<MainsGate>(
      *std::exchange(bench_->mains, std::nullopt), *clock_,
      MainsGateOptions{.attended = options.attended, .marks = marks_.get()});
}

BenchSession::~BenchSession() {
  gate_.reset();
  bench_.reset();
}

void BenchSession::rest() {
  if (guardian_) guardian_->good_bye();
}

std::vector<std::string> BenchSession::unused_answers() const {
  std::vector<std::string> unused;
  if (scripted_ == nullptr) return unused;
  for (const auto& answer : scripted_->unused())
    unused.push_back(
        fmt::format("line {}: no prompt asked for '{}'", answer.place.line, answer.prompt));
  return unused;
}

bench::BenchSpec read_bench(const std::string& file, Console& console) {
  Problems problems;
  auto bench = bench::load_bench(file, shipped_fixtures(), problems);
  if (!problems.any_error()) build::check_devices(bench, problems);
  print_problems(problems, console);
  if (problems.any_error()) throw UsageError("the bench file has errors");
  return bench;
}

}  // namespace plugrig::cli
