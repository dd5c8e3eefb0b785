#include "rig/engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <set>
#include <sstream>

#include "fixtures/build/built_bench.hpp"
#include "reports/batch_table.hpp"
#include "rig/cli/commands/bench_session.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/load_check.hpp"
#include "rig/cli/commands/report_files.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/cli/screen/keyboard.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/file_bytes.hpp"
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
      "stages", po::value<std::string>(), "only these stages of the sequence: flash,configure")(
      "secrets", po::value<std::string>()->default_value(""),
      "file with the values of secret variables (NAME: VALUE, mode 0600); else "
      "$PLUGRIG_SECRET_NAME or a prompt")(
      "answers", po::value<std::string>()->default_value(""),
      "file with answers to the prompts, instead of the keyboard")(
      "operator", po::value<std::string>()->default_value(""), "who works at the bench")(
      "attended", "a person watches: for a bench without a hard-wired interlock")(
      "reports", po::value<std::string>()->default_value(""),
      "folder for the units' reports; default: beside the store")(
      "units", po::value<int>()->default_value(1), "units per slot")(
      "factor", po::value<double>()->default_value(1),
      "simulated bench: bench seconds per wall second; 0 = as fast as the machine goes")(
      "seed", po::value<std::uint64_t>()->default_value(0),
      "simulated bench: added to the seed of every plug")(
      "rom-only", "use only the chip's own loader: no digests, so most sequences fail")(
      "json", "one event a line instead of a screen");
  return options;
}

std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> found;
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');) found.push_back(word);
  return found;
}

void keep_slots(bench::BenchSpec& bench, const std::string& wanted) {
  std::vector<bench::SlotSpec> kept;
  std::vector<std::string> known;
  for (const auto& slot : bench.slots) known.push_back(slot.name);
  for (const auto& name : words(wanted)) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw UsageError(with_did_you_mean("no slot '" + name + "' on this bench", name, known));
    kept.push_back(bench.slots[static_cast<std::size_t>(found - known.begin())]);
  }
  bench.slots = std::move(kept);
}

/// Checked files and everything that a run is made of.
struct Prepared {
  Sequence sequence;
  bench::BenchSpec bench;
};

/// Values from the command line; secrets from environment, file or a prompt, never from there.
VariableSources sources(const po::variables_map& values, Console& console, Problems& problems) {
  SecretPlaces places;
  places.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  if (const auto& file = values["secrets"].as<std::string>(); !file.empty())
    places.file = load_secrets_file(file, problems);
  places.prompt = [&console](const std::string& name, const std::string& help) {
    return ask_secret(fmt::format("{}{}: ", name, help.empty() ? "" : " (" + help + ")"), console);
  };
  return {values.count("set") > 0 ? parse_values(values["set"].as<std::vector<std::string>>())
                                  : VariableValues{},
          look_up_secrets(std::move(places))};
}

Prepared prepare(const po::variables_map& values, const StepRegistry& registry, Console& console,
                 Problems& problems) {
  if (values.count("sequence") == 0) throw UsageError("name a sequence file");
  const std::filesystem::path file = values["sequence"].as<std::vector<std::string>>().front();
  Prepared prepared{
      .sequence = load_sequence(file, registry, sources(values, console, problems), problems,
                                MissingValues::error, plug_folders(file)),
      .bench = bench::load_bench(values["bench"].as<std::string>(), shipped_fixtures(), problems)};
  if (values.count("stages") > 0)
    keep_stages(prepared.sequence, words(values["stages"].as<std::string>()), problems);
  if (!problems.any_error()) build::check_devices(prepared.bench, problems);
  if (!problems.any_error()) check_loads(prepared.sequence, prepared.bench, problems);
  if (values.count("slots") > 0 && !problems.any_error())
    keep_slots(prepared.bench, values["slots"].as<std::string>());
  return prepared;
}

SessionOptions session_options(const po::variables_map& values) {
  return {.factor = values["factor"].as<double>(),
          .seed = values["seed"].as<std::uint64_t>(),
          .use_stub = values.count("rom-only") == 0,
          .attended = values.count("attended") > 0,
          .answers = values["answers"].as<std::string>()};
}

/// What every unit's record says of the files that decided what was done.
std::map<std::string, std::string, std::less<>> facts_of(const Prepared& prepared) {
  std::map<std::string, std::string, std::less<>> facts;
  const auto& sequence = prepared.sequence;
  facts["sequence_sha256"] = sequence.sha256;
  if (build::all_simulated(prepared.bench)) facts["simulated"] = "yes";
  if (!sequence.plug.title.empty()) facts["product"] = sequence.plug.title;
  if (!sequence.plug.sha256.empty()) facts["product_sha256"] = sequence.plug.sha256;
  facts["bench_sha256"] = sha256_hex(read_bytes(prepared.bench.file));
  for (const auto& instrument : prepared.bench.instruments)
    if (!instrument.profile_file.empty())
      facts[instrument.name + "_profile_sha256"] = sha256_hex(read_bytes(instrument.profile_file));
  return facts;
}

RunOptions options_of(const po::variables_map& values, const Prepared& prepared,
                      BenchSession& session) {
  RunOptions options;
  options.facts = facts_of(prepared);
  options.bench = prepared.bench.name;
  options.software = software_name();
  options.units_per_slot = values["units"].as<int>();
  options.gate = session.gate();
  options.person = &session.person();
  options.operator_name = values["operator"].as<std::string>();
  return options;
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

/// A report for every unit that is recorded. A report that cannot be written spoils no verdict: it
/// can be made again from the store.
void write_reports(const po::variables_map& values, const RunResult& result,
                   const RecordStore& store, bool quiet, Console& console) {
  const auto folder = reports_folder(values["reports"].as<std::string>(), store.path());
  for (const auto& unit : result.units) {
    if (!unit.recorded) continue;
    try {
      const auto written = write_unit_report(store, unit.record.unit_id, folder);
      if (!quiet) console.out << fmt::format("report {}\n", (written / "report.html").string());
    } catch (const Fault& fault) {
      console.err << fmt::format("{}: {} Next: {} Then: plugrig report {}\n", fault.id(),
                                 fault.happened(), fault.next(), unit.record.unit_id);
    }
  }
}

}  // namespace

int run_command(const std::vector<std::string>& arguments, Console& console) {
  po::variables_map values;
  if (!parse(arguments, run_options(), {"sequence"}, "run SEQUENCE --bench BENCH [options]",
             console, values))
    return exit_code::all_passed;
  const auto registry = steps::make_registry();
  Problems problems;
  const auto prepared = prepare(values, registry, console, problems);
  print_problems(problems, console);
  if (problems.any_error()) return exit_code::usage;

  RecordStore store(store_path(values["store"].as<std::string>()));
  BenchSession session(prepared.bench, session_options(values), console);
  std::vector<RunSlot> slots;
  for (auto& slot : session.bench().slots) slots.push_back({slot.name, slot.port.get()});
  const bool json = values.count("json") > 0;
  const auto sink = make_sink(json, console);
  Run run(prepared.sequence, std::move(slots), session.clock(), *sink, store,
          options_of(values, prepared, session));
  const std::stop_callback on_stop(console.stop,
                                   [&run] { run.request_stop(StopReason::interrupt); });
  const auto result = run.run();
  if (!json) print_end(result, store, console);
  write_reports(values, result, store, json, console);
  for (const auto& answer : session.unused_answers()) console.err << answer << "\n";
  return result.exit_code;
}

}  // namespace plugrig::cli
