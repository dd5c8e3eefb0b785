#include "rig/cli/commands/run_facts.hpp"

#include <array>
#include <filesystem>
#include <ostream>

#include "rig/cli/commands/files.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSequence = "sequence_file";
constexpr const char* kBench = "bench_file";
constexpr const char* kUnits = "units";
constexpr std::string_view kValue = "set.";

/// Options with a text that decide what is done, and those that are there or not.
constexpr std::array kTexts{"slots", "stages", "operator", "start", "handling"};
constexpr std::array kFlags{"attended", "rom-only", "auto"};

std::string absolute(const std::string& path) { return fs::absolute(path).string(); }

/// Values that name a file are kept so that they mean the same from everywhere.
void add_value(const std::string& name, const std::string& value, RunFacts& facts) {
  std::error_code no_file;
  const bool file = fs::is_regular_file(value, no_file);
  facts[std::string(kValue) + name] = file ? absolute(value) : value;
  if (file) facts[name + "_sha256"] = sha256_hex(read_bytes(value));
}

}  // namespace

RunFacts run_facts_of(const boost::program_options::variables_map& values,
                      const Prepared& prepared) {
  RunFacts facts;
  facts[kSequence] = absolute(values["sequence"].as<std::vector<std::string>>().front());
  facts[kBench] = absolute(values["bench"].as<std::string>());
  facts[kUnits] = std::to_string(values[kUnits].as<int>());
  facts["seed"] = std::to_string(values["seed"].as<std::uint64_t>());
  if (values.count("set") > 0) {
    for (const auto& [name, value] : parse_values(values["set"].as<std::vector<std::string>>()))
      add_value(name, value, facts);
  }
  for (const char* const name : kTexts) {
    if (values.count(name) > 0 && !values[name].as<std::string>().empty())
      facts[name] = values[name].as<std::string>();
  }
  for (const char* const name : kFlags) {
    if (values.count(name) > 0) facts[name] = "yes";
  }
  for (const auto& [name, digest] : file_facts(prepared)) {
    if (name.ends_with("_sha256")) facts[name] = digest;
  }
  return facts;
}

std::vector<std::string> arguments_of(const RunFacts& facts) {
  if (!facts.contains(kSequence) || !facts.contains(kBench))
    throw Fault("resume.not_recorded", Blame::config,
                "The store does not say with which files this run was started.",
                "Start a new run; its program wrote the store in an older format.");
  std::vector<std::string> arguments{facts.at(kSequence), "--bench", facts.at(kBench)};
  const auto add = [&](const std::string& name) {
    if (const auto found = facts.find(name); found != facts.end())
      arguments.insert(arguments.end(), {"--" + name, found->second});
  };
  add(kUnits);
  add("seed");
  for (const char* const name : kTexts) add(name);
  for (const char* const name : kFlags) {
    if (facts.contains(name)) arguments.push_back(std::string("--") + name);
  }
  for (const auto& [name, value] : facts) {
    if (name.starts_with(kValue))
      arguments.insert(arguments.end(), {"--set", name.substr(kValue.size()) + "=" + value});
  }
  return arguments;
}

bool files_as_then(const RunFacts& then, const RunFacts& now, Console& console) {
  const auto changed = changed_files(then, now);
  if (changed.empty()) return true;
  console.err << "plugrig resume: files have changed since the run was started, so what was done "
                 "with them proves nothing:\n";
  for (const auto& line : changed) console.err << "  " << line << "\n";
  console.err << "  Bring the former files back, or end the run with --give-up and start a new "
                 "one.\n";
  return false;
}

}  // namespace plugrig::cli
