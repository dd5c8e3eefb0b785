#include "rig/cli/commands/regress_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "rig/cli/commands/files.hpp"
#include "rig/cli/commands/run_options.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

constexpr int kMostBlocks = 200;
/// From so many slots on the last one is the control by itself.
constexpr std::size_t kSpareSlots = 3;
constexpr const char* kNoControl = "none";
constexpr std::string_view kFact = "regress.";

fs::path shipped_sequence(const char* name) {
  return shipped_fixtures().parent_path() / "sequences" / name;
}

int count_option(const po::variables_map& values, const char* name, int least) {
  const int count = values[name].as<int>();
  if (count < least || count > kMostBlocks)
    throw UsageError(fmt::format("--{} must be {} to {}", name, least, kMostBlocks));
  return count;
}

std::string control_slot(const std::string& wanted, const std::vector<std::string>& slots) {
  if (wanted == kNoControl) return {};
  if (wanted.empty()) return slots.size() >= kSpareSlots ? slots.back() : "";
  if (std::find(slots.begin(), slots.end(), wanted) == slots.end())
    throw UsageError(fmt::format("--control: no slot '{}' takes part", wanted));
  if (slots.size() == 1) throw UsageError("--control: nothing is left for the other builds");
  return wanted;
}

void check_different(const std::vector<KeptBuild>& builds, bool same_allowed) {
  for (std::size_t i = 1; i < builds.size() && !same_allowed; ++i)
    if (builds[i].build.digest == builds.front().build.digest)
      throw UsageError(
          fmt::format("'{}' is the baseline itself; --same to compare a build with itself",
                      builds[i].build.name));
}

fs::path optional_path(const po::variables_map& values, const char* name) {
  const auto text = values[name].as<std::string>();
  return text.empty() ? fs::path() : fs::absolute(text);
}

std::string name_fact(std::size_t build) { return fmt::format("{}name.{:03}", kFact, build); }

}  // namespace

po::options_description regress_options() {
  auto options = run_options();
  options.add_options()("baseline", po::value<std::string>()->default_value(""),
                        "build that is as it should be: image, folder (its newest .bin), "
                        "sha256:DIGEST of one that was used before, or exec:COMMAND")(
      "candidate", po::value<std::vector<std::string>>()->composing(),
      "build that is held against it; more than one may be named")(
      "repeat", po::value<int>()->default_value(3),
      "how often each build is run on each unit before it is decided")(
      "most", po::value<int>()->default_value(10),
      "how often at most, where it cannot be decided before")(
      "control", po::value<std::string>()->default_value(""),
      "slot that runs the baseline all along; none = no slot; default: the last of three or more")(
      "margins", po::value<std::string>()->default_value(""),
      "file with what is still the same; default: the shipped regression-margins.yaml")(
      "quarantine", po::value<std::string>()->default_value(""),
      "file with known failures, each with its reason, owner and end")(
      "builds", po::value<std::string>()->default_value(""),
      "folder that keeps the builds by digest; default: beside the store")(
      "trend", po::value<std::string>()->default_value(""),
      "file that the outcome is appended to; default: beside the store")(
      "bisect-build", po::value<std::string>()->default_value(""),
      "search the first bad commit: command that builds {commit} and prints the image's path in "
      "its "
      "last line")("good", po::value<std::string>()->default_value(""),
                   "bisection: a commit that is as it should be, and the baseline")(
      "bad", po::value<std::string>()->default_value("HEAD"), "bisection: a later one that is not")(
      "repository", po::value<std::string>()->default_value("."),
      "bisection: folder of the firmware's git repository")(
      "same", "baseline and candidate may be one build: shows how often the bench cries wolf");
  return options;
}

fs::path default_regression() { return shipped_sequence("regression.yaml"); }

RegressPlan regress_plan(const po::variables_map& values, const std::vector<std::string>& slots,
                         const fs::path& builds) {
  if (values["baseline"].as<std::string>().empty()) throw UsageError("name a --baseline");
  if (values.count("candidate") == 0) throw UsageError("name a --candidate");
  RegressPlan plan;
  plan.trials.blocks = count_option(values, "repeat", 1);
  plan.trials.most_blocks = count_option(values, "most", 1);
  if (plan.trials.most_blocks < plan.trials.blocks) plan.trials.most_blocks = plan.trials.blocks;
  plan.trials.seed = values["seed"].as<std::uint64_t>();
  plan.trials.control = control_slot(values["control"].as<std::string>(), slots);
  plan.builds.push_back(keep_build(values["baseline"].as<std::string>(), builds));
  for (const auto& source : values["candidate"].as<std::vector<std::string>>())
    plan.builds.push_back(keep_build(source, builds));
  check_different(plan.builds, values.count("same") > 0);
  plan.margins = optional_path(values, "margins");
  if (plan.margins.empty()) plan.margins = shipped_sequence("regression-margins.yaml");
  plan.quarantine = optional_path(values, "quarantine");
  plan.trend = optional_path(values, "trend");
  return plan;
}

RunFacts regress_facts(const RegressPlan& plan) {
  const auto name = [](const std::string& what) { return std::string(kFact) + what; };
  RunFacts facts;
  for (std::size_t i = 0; i < plan.builds.size(); ++i) {
    facts[name(fmt::format("build.{:03}", i))] = plan.builds[i].file.string();
    facts[name_fact(i)] = plan.builds[i].build.name;
  }
  facts[name("repeat")] = std::to_string(plan.trials.blocks);
  facts[name("most")] = std::to_string(plan.trials.most_blocks);
  facts[name("control")] = plan.trials.control.empty() ? kNoControl : plan.trials.control;
  facts[name("margins")] = plan.margins.string();
  if (!plan.quarantine.empty()) facts[name("quarantine")] = plan.quarantine.string();
  if (!plan.trend.empty()) facts[name("trend")] = plan.trend.string();
  return facts;
}

bool is_regress(const RunFacts& facts) { return facts.contains(std::string(kFact) + "build.000"); }

std::vector<std::string> regress_arguments(const RunFacts& facts) {
  auto arguments = arguments_of(facts);
  for (const auto& [name, value] : facts) {
    if (!name.starts_with(kFact)) continue;
    const auto what = name.substr(kFact.size());
    if (what.starts_with("name.")) continue;
    const auto option = what == "build.000"          ? "baseline"
                        : what.starts_with("build.") ? "candidate"
                                                     : what;
    arguments.insert(arguments.end(), {"--" + option, value});
  }
  arguments.emplace_back("--same");
  return arguments;
}

RegressPlan plan_as_recorded(const RunFacts& facts) {
  const auto fact = [&](const std::string& what) {
    const auto found = facts.find(std::string(kFact) + what);
    return found == facts.end() ? std::string() : found->second;
  };
  const auto count = [&](const char* what) { return std::atoi(fact(what).c_str()); };
  RegressPlan plan;
  for (std::size_t i = 0; facts.contains(name_fact(i)); ++i) {
    const fs::path file = fact(fmt::format("build.{:03}", i));
    plan.builds.push_back({{facts.find(name_fact(i))->second, file.stem().string(), ""}, file});
  }
  plan.trials.blocks = count("repeat");
  plan.trials.most_blocks = count("most");
  plan.margins = fact("margins");
  plan.quarantine = fact("quarantine");
  return plan;
}

void name_as_before(RegressPlan& plan, const RunFacts& facts) {
  for (std::size_t i = 0; i < plan.builds.size(); ++i)
    if (const auto name = facts.find(name_fact(i)); name != facts.end())
      plan.builds[i].build.name = name->second;
}

}  // namespace plugrig::cli
