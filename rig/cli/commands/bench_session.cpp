#include "rig/cli/commands/bench_session.hpp"

#include <fmt/format.h>

#include <utility>

#include "drivers/operator/prompt_operator.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/screen/keyboard.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::cli {
namespace {

/// Real time for a real bench; virtual time, slowed to the factor, for a simulated one. Records
/// carry today's date either way.
std::unique_ptr<Clock> clock_for(bool simulated, double factor) {
  auto real = make_real_clock();
  if (!simulated) return real;
  // A slow disk, or a person who thinks, may hold a slot's turn for longer than any test's.
  return make_virtual_clock(
      {.start = real->utc(), .factor = factor, .stuck_limit = std::chrono::minutes{30}});
}

}  // namespace

BenchSession::BenchSession(const bench::BenchSpec& bench, const SessionOptions& options,
                           Console& console) {
  const bool simulated = build::all_simulated(bench);
  clock_ = clock_for(simulated, options.factor);
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
  bench_ = build::build_bench(bench, *clock_,
                              {.seed = options.seed,
                               .use_stub = options.use_stub,
                               .person = person_.get(),
                               .simulated_hands = true});
  if (!bench_->mains) return;
  gate_ = std::make_unique<MainsGate>(*std::exchange(bench_->mains, std::nullopt), *clock_,
                                      MainsGateOptions{.attended = options.attended});
}

BenchSession::~BenchSession() {
  gate_.reset();
  bench_.reset();
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
