#include "rig/cli/commands/run_options.hpp"
#include "rig/cli/commands/bench_needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "fixtures/build/built_bench.hpp"
#include "reports/label.hpp"
#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/load_check.hpp"
#include "rig/cli/screen/keyboard.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

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

Prepared read_run(const po::variables_map& values, const StepRegistry& registry, Console& console,
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
  if (!problems.any_error()) check_needs(prepared.sequence, prepared.bench, problems);
  return prepared;
}

}  // namespace

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
      "units", po::value<int>()->default_value(0),
      "units in all, each for the slot that is ready; default: one a slot")(
      "auto", "a slot starts its next unit by itself; default on a simulated bench")(
      "start", po::value<std::string>()->default_value(""),
      "what starts a unit: guard (the slot's guard was opened and closed) or scan (its serial was "
      "scanned); default: a person confirms each unit but the first of a slot")(
      "scans", po::value<std::string>()->default_value(""),
      "file with scans, one a line, instead of the bench's scanner")(
      "labels", po::value<std::string>()->default_value(""),
      "folder for the labels of units that passed: ZPL, PDF, PNG")(
      "label-printer", po::value<std::string>()->default_value(""),
      "prints the label of each unit that passed: HOST:9100, or the path of its device")(
      "handling", po::value<std::string>()->default_value("0 s"),
      "simulated bench: time of the one person who changes units, at each: 15s")(
      "factor", po::value<double>()->default_value(1),
      "simulated bench: bench seconds per wall second; 0 = as fast as the machine goes")(
      "seed", po::value<std::uint64_t>()->default_value(0),
      "simulated bench: added to the seed of every plug")(
      "retests", po::value<int>()->default_value(2),
      "how often one unit may be tested again (key r of the board)")(
      "retest-auto", "test again by itself where the evidence points away from the unit")(
      "rom-only", "use only the chip's own loader: no digests, so most sequences fail")(
      "json", "one event a line instead of a screen");
  return options;
}

std::optional<Prepared> prepare_run(const po::variables_map& values, const StepRegistry& registry,
                                    Console& console) {
  Problems problems;
  auto prepared = read_run(values, registry, console, problems);
  print_problems(problems, console);
  if (problems.any_error()) return std::nullopt;
  return prepared;
}

BatchOptions batch_options(const po::variables_map& values) {
  return {.by_itself = values.count("auto") > 0,
          .start = values["start"].as<std::string>(),
          .handling = duration_option(values["handling"].as<std::string>(), "handling")};
}

RetestRule retest_rule(const po::variables_map& values) {
  constexpr int most = 10;
  const int retests = values["retests"].as<int>();
  if (retests < 0 || retests > most)
    throw UsageError(fmt::format("--retests must be 0 to {}", most));
  return {.most = retests, .by_itself = values.count("retest-auto") > 0};
}

SessionOptions session_options(const po::variables_map& values, RecordStore& store) {
  return {.factor = values["factor"].as<double>(),
          .seed = values["seed"].as<std::uint64_t>(),
          .not_before = store.last_recorded(),
          .use_stub = values.count("rom-only") == 0,
          .attended = values.count("attended") > 0,
          .answers = values["answers"].as<std::string>(),
          .command = "run",
          .whole_bench = true,
          .guarded = true};
}

std::map<std::string, std::string, std::less<>> file_facts(const Prepared& prepared) {
  std::map<std::string, std::string, std::less<>> facts;
  const auto& sequence = prepared.sequence;
  facts["sequence_sha256"] = sequence.sha256;
  if (build::all_simulated(prepared.bench)) facts["simulated"] = "yes";
  if (!sequence.plug.title.empty()) facts["product"] = sequence.plug.title;
  if (!sequence.plug.sha256.empty()) facts["product_sha256"] = sequence.plug.sha256;
  if (const auto& label = sequence.plug.label; label.stated()) {
    facts["label_size"] = to_text(LabelSize{label.width_mm, label.height_mm, label.dpi});
    if (label.scan_back_required) facts["label_scan_back"] = "required";
  }
  facts["bench_sha256"] = sha256_hex(read_bytes(prepared.bench.file));
  for (const auto& instrument : prepared.bench.instruments)
    if (!instrument.profile_file.empty())
      facts[instrument.name + "_profile_sha256"] = sha256_hex(read_bytes(instrument.profile_file));
  return facts;
}

RunOptions options_of_run(const po::variables_map& values, const Prepared& prepared,
                          BenchSession& session) {
  RunOptions options;
  options.facts = file_facts(prepared);
  options.bench = prepared.bench.name;
  options.software = software_name();
  options.units = units_option(values["units"].as<int>());
  options.gate = session.gate();
  options.person = &session.person();
  options.operator_name = values["operator"].as<std::string>();
  return options;
}

}  // namespace plugrig::cli
