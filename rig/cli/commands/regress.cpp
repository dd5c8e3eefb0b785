#include "rig/cli/commands/regress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "fixtures/build/built_bench.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/carry_out.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/find_unit.hpp"
#include "rig/cli/commands/regress_bisect.hpp"
#include "rig/cli/commands/regress_files.hpp"
#include "rig/cli/commands/regress_judge.hpp"
#include "rig/cli/commands/regress_outcome.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/cli/commands/run_board.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/cli/commands/trial_lines.hpp"
#include "rig/cli/commands/trials.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

/// Builds are kept beside the store, so that a run that broke off finds them again.
fs::path builds_folder(const po::variables_map& values, const fs::path& store) {
  const auto& given = values["builds"].as<std::string>();
  return given.empty() ? fs::path(store.string() + ".builds") : fs::path(given);
}

std::vector<std::string> slot_names(const bench::BenchSpec& bench) {
  std::vector<std::string> names;
  for (const auto& slot : bench.slots) names.push_back(slot.name);
  return names;
}

RegressPlan plan_of(const po::variables_map& values, const Prepared& prepared,
                    const RecordStore& store) {
  return regress_plan(values, slot_names(prepared.bench), builds_folder(values, store.path()));
}

std::string name_of_build(const RegressPlan& plan, const std::string& number) {
  for (std::size_t i = 0; i < plan.builds.size(); ++i)
    if (std::to_string(i) == number) return plan.builds[i].build.name;
  return number;
}

/// The builds in turn on the units that are in the slots. What came out is in the store.
RunResult run_trials(const RegressJob& job, const Judge& judge, RecordStore& store,
                     Console& console) {
  const bool json = job.values.count("json") > 0;
  RunBoard board(json, console);
  BenchSession session(job.prepared.bench, session_options(job.values, store), console);
  const bool lines = !json && console.board == nullptr;
  TrialLines sink(lines ? &console : nullptr, lines ? nullptr : &board.sink(),
                  [&job](const std::string& build) { return name_of_build(job.plan, build); });
  TrialDesk desk(
      job.plan.trials, job.plan.builds, [&] { return trials_of(store.units_of(sink.run_id())); },
      [&](const std::vector<regress::Trial>& trials) { return judge.undecided(trials); });
  auto slots = run_slots(job.prepared.bench, session);
  auto options = options_of_run(job.values, job.prepared, session);
  board.put_into(options, {});
  options.retests = nullptr;
  options.units = desk.most_trials(slots.size());
  options.start = &desk;
  options.next_unit = [&](const std::string& slot, int /*number*/, const Deadline& /*deadline*/) {
    return desk.goes_on(slot);
  };
  options.run_facts = run_facts_of(job.values, job.prepared);
  options.run_facts.merge(regress_facts(job.plan));
  options.left = job.left;
  Run run(job.prepared.sequence, std::move(slots), session.clock(), sink, store, options);
  const std::stop_callback on_stop(console.stop,
                                   [&run] { run.request_stop(StopReason::interrupt); });
  const RunBoard::Connection keys(board, run, session, !build::all_simulated(job.prepared.bench));
  auto result = run.run();
  session.rest();
  return result;
}

/// What the run itself says counts before what was compared: a bench that is not safe, a stop.
bool run_decides(const RunResult& result) {
  return result.exit_code == exit_code::safety || result.stop != StopReason::none;
}

/// Units of a run that broke off do not go on: a trial is done whole, or again.
LeftRun left_of(const RunRecord& run, const RecordStore& store) {
  LeftRun left;
  left.run_id = run.run_id;
  for (const auto& unit : store.units_of(run.run_id)) {
    if (unit.ended) continue;
    left.lost.push_back(
        {unit.slot, unit,
         Fault("regress.broke_off", Blame::host, "The rig broke off within this trial.",
               "Nothing: the comparison runs it again.")});
  }
  return left;
}

void set_default_sequence(po::variables_map& values) {
  if (values.count("sequence") > 0) return;
  const std::vector<std::string> file{default_regression().string()};
  values.insert({"sequence", po::variable_value(boost::any(file), true)});
}

}  // namespace

Compared compare_builds(const RegressJob& job, RecordStore& store, Console& console) {
  Problems problems;
  const Judge judge(job.plan, today_utc(), problems);
  print_problems(problems, console);
  if (problems.any_error()) return {exit_code::usage, false};
  const auto result = run_trials(job, judge, store, console);
  const auto run =
      find_run(result.run_id, store).value();  // what cannot be recorded does not begin
  const auto outcome = outcome_of(run, job.plan, judge, store);
  const auto reports =
      reports_folder(job.values["reports"].as<std::string>(), store.path()) / result.run_id;
  write_comparison(
      {.comparison = outcome.comparison,
       .info = outcome.info,
       .folder = reports,
       .trend = job.plan.trend.empty() ? fs::path(store.path().string() + ".trend.jsonl")
                                       : job.plan.trend,
       .quiet = job.values.count("json") > 0},
      console);
  if (result.fault)
    console.err << fmt::format("{}: {} Next: {}\n", result.fault->id(), result.fault->happened(),
                               result.fault->next());
  if (run_decides(result)) return {result.exit_code, false};
  return {regress::exit_code(outcome.comparison), true, outcome.comparison.needs_more};
}

namespace {

void set_option(po::variables_map& values, const char* name, boost::any value) {
  values.erase(name);
  values.insert({name, po::variable_value(std::move(value), false)});
}

/// One commit against the good one, as a comparison of its own.
regress::Answer test_commit(po::variables_map values, const Prepared& prepared,
                            const std::string& source, RecordStore& store, Console& console) {
  set_option(values, "candidate", std::vector<std::string>{source});
  try {
    const auto compared =
        compare_builds({values, prepared, plan_of(values, prepared, store)}, store, console);
    if (!compared.decided) throw Stopped();
    if (compared.exit_code == exit_code::all_passed)
      return compared.open ? regress::Answer::skip : regress::Answer::good;
    return compared.exit_code == exit_code::unit_failed ? regress::Answer::bad
                                                        : regress::Answer::bench_fault;
  } catch (const NoBuild& error) {
    console.err << error.what() << "\n";
    return regress::Answer::skip;
  }
}

int search_commit(po::variables_map values, const Prepared& prepared, RecordStore& store,
                  Console& console) {
  const auto text = [&](const char* name) { return values[name].as<std::string>(); };
  if (text("good").empty()) throw UsageError("--bisect-build: name a --good commit");
  const auto commits = commits_between(text("repository"), text("good"), text("bad"));
  const auto source = [&](const std::string& commit) {
    return "exec:" + build_command(text("bisect-build"), commit);
  };
  if (text("baseline").empty()) {
    const auto kept = keep_build(source(commits.front()), builds_folder(values, store.path()));
    set_option(values, "baseline", kept.file.string());
  }
  // A commit that changes nothing makes the same image.
  set_option(values, "same", boost::any());
  return bisect_commits(
      commits,
      [&](const std::string& commit) {
        return test_commit(values, prepared, source(commit), store, console);
      },
      console);
}

}  // namespace

int regress_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, regress_options(), {"sequence"},
             "regress [SEQUENCE] --baseline A --candidate B --bench BENCH [options]", console,
             values))
    return exit_code::all_passed;
  set_default_sequence(values);
  const auto registry = steps::make_registry();
  const auto prepared = prepare_run(values, registry, console);
  if (!prepared) return exit_code::usage;
  RecordStore store(store_path(values["store"].as<std::string>()));
  if (!values["bisect-build"].as<std::string>().empty())
    return search_commit(values, *prepared, store, console);
  return compare_builds({values, *prepared, plan_of(values, *prepared, store)}, store, console)
      .exit_code;
}

int resume_regress(const RunRecord& run, const po::variables_map& values, const Prepared& prepared,
                   RecordStore& store, Console& console) {
  auto plan = plan_of(values, prepared, store);
  name_as_before(plan, run.info.facts);
  return compare_builds({values, prepared, std::move(plan), left_of(run, store)}, store, console)
      .exit_code;
}

}  // namespace plugrig::cli
