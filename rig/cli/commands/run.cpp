#include "rig/engine/run.hpp"

#include <ostream>

#include "rig/cli/commands/batch_control.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/run_end.hpp"
#include "rig/cli/commands/run_options.hpp"
#include "rig/cli/commands/run_plan.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/record/store.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

int run_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, run_options(), {"sequence"}, "run SEQUENCE --bench BENCH [options]",
             console, values))
    return exit_code::all_passed;
  const auto registry = steps::make_registry();
  Problems problems;
  const auto prepared = prepare_run(values, registry, console, problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;

  RecordStore store(store_path(values["store"].as<std::string>()));
  BenchSession session(prepared.bench, session_options(values), console);
  std::vector<RunSlot> slots;
  for (auto& slot : session.bench().slots) slots.push_back({slot.name, slot.port.get()});
  const bool json = values.count("json") > 0;
  const auto sink = make_sink(json, console);
  const auto batch = batch_options(values);
  BatchControl control(batch, prepared.bench, session);
  auto options = options_of_run(values, prepared, session);
  control.put_into(options);
  RunPlan plan(prepared, options.units, batch.handling, *sink);
  Run run(prepared.sequence, std::move(slots), session.clock(), plan, store, options);
  const std::stop_callback on_stop(console.stop,
                                   [&run] { run.request_stop(StopReason::interrupt); });
  const auto result = run.run();
  if (!json) print_end(result, store, console);
  plan.print(json, console.out);
  write_reports(values["reports"].as<std::string>(), result, store, json, console);
  for (const auto& answer : session.unused_answers()) console.err << answer << "\n";
  return result.exit_code;
}

}  // namespace plugrig::cli
