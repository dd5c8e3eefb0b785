#include "rig/engine/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "rig/cli/commands/carry_out.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/regress.hpp"
#include "rig/cli/commands/run_facts.hpp"
#include "rig/cli/commands/run_options.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/engine/exit_code.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

po::options_description resume_options() {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>(),
                        "bench file; default: the one that the run was started with")(
      "store", po::value<std::string>()->default_value(""),
      "record store; default $PLUGRIG_STORE or ~/.local/share/plugrig/records.sqlite")(
      "secrets", po::value<std::string>()->default_value(""),
      "file with the values of secret variables; they are not in the store")(
      "answers", po::value<std::string>()->default_value(""),
      "file with answers to the prompts, instead of the keyboard")(
      "reports", po::value<std::string>()->default_value(""), "folder for the units' reports")(
      "factor", po::value<double>()->default_value(1),
      "simulated bench: bench seconds per wall second; 0 = as fast as the machine goes")(
      "give-up", "end the units that have no verdict as STOPPED, without touching the bench")(
      "json", "one event a line instead of a screen");
  return options;
}

bool broken_off(const RecordStore& store, const RunRecord& run) {
  if (!run.ended) return true;
  const auto units = store.units_of(run.run_id);
  return std::any_of(units.begin(), units.end(), [](const auto& unit) { return !unit.ended; });
}

/// The run that is asked for, or the only one that has no end.
std::optional<RunRecord> chosen_run(const RecordStore& store, const std::string& wanted) {
  std::vector<RunRecord> open;
  bool known = wanted.empty();
  for (const auto& run : store.runs()) {
    known = known || run.run_id == wanted;
    if ((wanted.empty() || run.run_id == wanted) && broken_off(store, run)) open.push_back(run);
  }
  if (!known) throw UsageError("no run " + wanted + " in this store; see plugrig list --runs");
  if (open.empty()) return std::nullopt;
  if (open.size() == 1) return open.front();
  std::string message = "more than one run has no end; name one:";
  for (const auto& run : open) message += " " + run.run_id;
  throw UsageError(message);
}

/// What `plugrig run` or `plugrig regress` would have been called with, and what is given anew.
std::vector<std::string> arguments_for(const RunFacts& facts, const po::variables_map& values) {
  auto arguments = is_regress(facts) ? regress_arguments(facts) : arguments_of(facts);
  if (values.count("bench") > 0) arguments[2] = values["bench"].as<std::string>();
  for (const auto* name : {"secrets", "answers", "reports"})
    if (const auto& text = values[name].as<std::string>(); !text.empty())
      arguments.insert(arguments.end(), {std::string("--") + name, text});
  arguments.insert(arguments.end(), {"--factor", fmt::format("{}", values["factor"].as<double>())});
  if (values.count("json") > 0) arguments.emplace_back("--json");
  return arguments;
}

void give_up_all(RecordStore& store, const RunRecord& run, UtcTime now, Console& console) {
  for (const auto& unit : store.units_of(run.run_id)) {
    if (unit.ended) continue;
    AttemptRecord end;
    end.step = "unit.given_up";
    end.step_index = kMoveIndex;
    end.attempt = 1 + static_cast<int>(std::count_if(
                          unit.attempts.begin(), unit.attempts.end(),
                          [](const auto& attempt) { return attempt.step_index == kMoveIndex; }));
    end.verdict = Verdict::aborted;
    end.started = end.ended = now;
    end.fault_id = "resume.given_up";
    end.blame = to_string(Blame::operator_);
    end.happened = "The rig broke off, and nobody wanted to go on with the unit.";
    end.next = "Run the unit again.";
    store.append_attempt(unit.unit_id, end);
    const bool failed =
        std::any_of(unit.attempts.begin(), unit.attempts.end(),
                    [](const auto& attempt) { return attempt.verdict == Verdict::fail; });
    store.finish_unit(unit.unit_id, {failed ? Verdict::fail : Verdict::aborted, false, now});
    console.out << fmt::format("{} given up\n", unit.unit_id);
  }
  store.end_run(run.run_id, now);
}

void print_left(const LeftRun& left, Console& console) {
  console.out << fmt::format("run {}: {} units go on, {} wait for a slot, {} cannot go on\n",
                             left.run_id, left.units.size(), left.waiting.size(), left.lost.size());
  for (const auto& unit : left.lost)
    console.out << fmt::format("  {} {}: {} {}\n", unit.slot, unit.record.unit_id,
                               unit.why.happened(), unit.why.next());
}

int go_on(const RunRecord& run, const po::variables_map& given, RecordStore& store,
          Console& console) {
  const auto& then = run.info.facts;
  po::variables_map values;
  if (!parse(arguments_for(then, given), is_regress(then) ? regress_options() : run_options(),
             {"sequence"}, "resume", console, values))
    return exit_code::usage;
  const auto registry = steps::make_registry();
  const auto prepared = prepare_run(values, registry, console);
  if (!prepared) return exit_code::usage;
  if (!files_as_then(then, run_facts_of(values, *prepared), console)) return exit_code::usage;
  if (is_regress(then)) return resume_regress(run, values, *prepared, store, console);
  auto left = what_is_left(prepared->sequence, run.run_id, store.units_of(run.run_id),
                           slots_with_contacts(prepared->bench));
  if (values.count("json") == 0) print_left(left, console);
  return carry_out(values, *prepared, store, std::move(left), console);
}

}  // namespace

int resume_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, resume_options(), {"run"}, "resume [RUN] [options]", console, values))
    return exit_code::all_passed;
  RecordStore store(existing_store(values["store"].as<std::string>()));
  const auto wanted =
      values.count("run") > 0 ? values["run"].as<std::vector<std::string>>().front() : "";
  const auto run = chosen_run(store, wanted);
  if (!run) {
    console.out << "nothing to go on with: every run has its end\n";
    return exit_code::all_passed;
  }
  if (values.count("give-up") > 0) {
    give_up_all(store, *run, make_real_clock()->utc(), console);
    return exit_code::all_passed;
  }
  return go_on(*run, values, store, console);
}

}  // namespace plugrig::cli
