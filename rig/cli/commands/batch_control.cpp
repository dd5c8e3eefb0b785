#include "rig/cli/commands/batch_control.hpp"

#include <fmt/format.h>

#include <set>
#include <variant>

#include "fixtures/build/built_bench.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig::cli {
namespace {

void check_guards(const bench::BenchSpec& bench) {
  for (const auto& slot : bench.slots) {
    if (slot.guard_closed || bench::find_line(slot, "guard_closed") != nullptr) continue;
    throw UsageError(fmt::format(
        "--start guard: slot {} has no guard contact; start its units with --auto, or one by one",
        slot.name));
  }
}

std::unique_ptr<StartSignal> start_signal(const BatchOptions& options,
                                          const bench::BenchSpec& bench, BenchSession& session) {
  if (options.start == "guard") {
    check_guards(bench);
    if (build::all_simulated(bench))
      throw UsageError("--start guard: nobody opens the guards of a simulated bench");
    if (session.gate() == nullptr)
      throw UsageError("--start guard: a bench without mains reads no guard");
    return std::make_unique<GuardStart>(
        session.clock(),
        [gate = session.gate()](const std::string& slot) { return gate->guard_closed(slot); });
  }
  if (options.start == "scan" && options.scans != nullptr)
    return std::make_unique<ScanStart>(*options.scans, bench.slots.size() > 1);
  if (!options.start.empty())
    throw UsageError(fmt::format("--start {}: write guard or scan", options.start));
  if (options.by_itself || build::all_simulated(bench)) return nullptr;
  std::set<std::string> loaded;
  for (const auto& slot : bench.slots) loaded.insert(slot.name);
  return std::make_unique<ConfirmedStart>(session.person(), std::move(loaded));
}

}  // namespace

Duration duration_option(const std::string& text, const std::string& name) {
  const auto parsed = parse_quantity(text, time_dimension);
  const auto* seconds = std::get_if<double>(&parsed);
  if (seconds == nullptr || *seconds < 0 || *seconds > 86'400)
    throw UsageError(fmt::format("--{}: '{}' is no time such as 15s", name, text));
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
}

int units_option(int units) {
  if (units < 0 || units > kMostUnits)
    throw UsageError(fmt::format("--units must be 1 to {}", kMostUnits));
  return units;
}

BatchControl::BatchControl(const BatchOptions& options, const bench::BenchSpec& bench,
                           BenchSession& session)
    : session_(session),
      hands_(session.clock(), options.handling),
      start_(start_signal(options, bench, session)) {
  if (options.handling > Duration{} && !build::all_simulated(bench))
    throw UsageError(
        "--handling is for simulated benches: on a real one a person takes the time "
        "that it takes");
}

void BatchControl::put_into(RunOptions& options) {
  options.start = start_.get();
  options.next_unit = [this](const std::string& slot, int number, const Deadline& deadline) {
    hands_.change_unit(deadline);
    session_.bench().next_unit(slot, number);
    return true;
  };
  options.move_unit = [this](const MovedUnit& unit, const Deadline& deadline) {
    if (!session_.bench().twin) return ask_to_move(unit, deadline);
    hands_.change_unit(deadline);
    session_.bench().move_unit(unit.from, unit.to);
  };
}

void BatchControl::ask_to_move(const MovedUnit& unit, const Deadline& deadline) {
  OperatorPrompt prompt;
  prompt.slot = unit.to;
  prompt.text = fmt::format("Put unit {} from slot {} into slot {}, and close its guard.", unit.mac,
                            unit.from, unit.to);
  session_.person().confirm(prompt, deadline);
}

}  // namespace plugrig::cli
