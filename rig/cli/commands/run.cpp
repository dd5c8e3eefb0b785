#include "rig/engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <set>
#include <sstream>

#include "fixtures/build/built_bench.hpp"
#include "reports/batch_table.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/record/store.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

po::options_description run_options() {
  po::options_description options("options");
  options.add_options()("bench", po::value<std::string>()->required(), "bench file")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "NAME=VALUE of a sequence variable")(
      "store", po::value<std::string>()->default_value(""),
      "record store; default $PLUGRIG_STORE or ~/.local/share/plugrig/records.sqlite")(
      "slots", po::value<std::string>(), "only these slots: F1,F2")(
      "units", po::value<int>()->default_value(1), "units per slot")(
      "factor", po::value<double>()->default_value(1),
      "simulated bench: bench seconds per wall second; 0 = as fast as the machine goes")(
      "seed", po::value<std::uint64_t>()->default_value(0),
      "simulated bench: added to the seed of every plug")(
      "rom-only", "use only the chip's own loader: no digests, so most sequences fail")(
      "json", "one event a line instead of a screen");
  return options;
}

/// Real time for a real bench; virtual time, slowed to the factor, for a simulated one. Records
/// carry today's date either way.
std::unique_ptr<Clock> clock_for(const bench::BenchSpec& bench, double factor) {
  auto real = make_real_clock();
  if (!build::all_simulated(bench)) return real;
  // A slow disk may hold a slot's turn for longer than any test's.
  return make_virtual_clock(
      {.start = real->utc(), .factor = factor, .stuck_limit = std::chrono::minutes{1}});
}

void keep_slots(bench::BenchSpec& bench, const std::string& wanted) {
  std::vector<bench::SlotSpec> kept;
  std::vector<std::string> known;
  for (const auto& slot : bench.slots) known.push_back(slot.name);
  std::istringstream names(wanted);
  for (std::string name; std::getline(names, name, ',');) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      const auto near = nearest_name(name, known);
      throw UsageError("no slot '" + name + "' on this bench" +
                       (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    kept.push_back(bench.slots[static_cast<std::size_t>(found - known.begin())]);
  }
  bench.slots = std::move(kept);
}

/// Checked files and everything that a run is made of.
struct Prepared {
  Sequence sequence;
  bench::BenchSpec bench;
};

Prepared prepare(const po::variables_map& values, const StepRegistry& registry,
                 Problems& problems) {
  const auto set = values.count("set") > 0
                       ? parse_values(values["set"].as<std::vector<std::string>>())
                       : VariableValues{};
  if (values.count("sequence") == 0) throw UsageError("name a sequence file");
  Prepared prepared{
      .sequence = load_sequence(values["sequence"].as<std::vector<std::string>>().front(), registry,
                                set, problems),
      .bench = bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems)};
  if (values.count("slots") > 0 && !problems.any_error())
    keep_slots(prepared.bench, values["slots"].as<std::string>());
  return prepared;
}

void print_end(const RunResult& result, const RecordStore& store, Console& console) {
  std::vector<UnitRecord> records;
  std::set<std::string> not_recorded;
  for (const auto& unit : result.units) {
    records.push_back(unit.record);
    if (!unit.recorded) not_recorded.insert(unit.record.unit_id);
  }
  console.out << "\n" << batch_table(records, console.columns, not_recorded);
  if (result.fault)
    console.out << fmt::format("{}: {} Next: {}\n", result.fault->id(), result.fault->happened(),
                               result.fault->next());
  console.out << fmt::format("\nrun {} recorded in {}\n", result.run_id, store.path().string());
}

}  // namespace

int run_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, run_options(), {"sequence"}, "run SEQUENCE --bench BENCH [options]",
             console, values))
    return exit_code::all_passed;
  const auto registry = steps::make_registry();
  Problems problems;
  const auto prepared = prepare(values, registry, problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;

  const auto clock = clock_for(prepared.bench, values["factor"].as<double>());
  auto built = build::build_bench(
      prepared.bench, *clock,
      {.seed = values["seed"].as<std::uint64_t>(), .use_stub = values.count("rom-only") == 0});
  std::vector<RunSlot> slots;
  slots.reserve(built.size());
  for (auto& slot : built) slots.push_back({slot.name, slot.port.get()});
  RecordStore store(store_path(values["store"].as<std::string>()));
  const bool json = values.count("json") > 0;
  const auto sink = make_sink(json, console);
  RunOptions options;
  options.bench = prepared.bench.name;
  options.software = std::string("plugrig ") + PLUGRIG_VERSION;
  options.units_per_slot = values["units"].as<int>();
  const auto seat = clock->reserve("run");
  seat->enter();
  Run run(prepared.sequence, std::move(slots), *clock, *sink, store, options);
  const std::stop_callback on_stop(console.stop,
                                   [&run] { run.request_stop(StopReason::interrupt); });
  const auto result = run.run();
  if (!json) print_end(result, store, console);
  return result.exit_code;
}

}  // namespace plugrig::cli
