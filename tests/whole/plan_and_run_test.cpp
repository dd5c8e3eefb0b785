// What the plan says of a batch, held against what the batch then does.

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rig/cli/commands/command.hpp"
#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

using nlohmann::json;

/// A shipped bench without the faulty plugs of its batch.
std::string healthy_bench(const TestFolder& folder, const std::string& name) {
  std::ifstream in(source() / "fixtures" / (name + ".yaml"));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (const auto world = text.find("\nworld:"); world != std::string::npos)
    text = text.substr(0, world + 1);
  const std::string certificate = "instruments/certificates/";
  const std::string full = (source() / "fixtures" / certificate).string();
  for (std::size_t at = 0; (at = text.find(" " + certificate, at)) != std::string::npos;
       at += full.size())
    text.replace(at + 1, certificate.size(), full);
  return folder.file(name + ".yaml", text);
}

std::string secrets_file(const TestFolder& folder) {
  const auto path =
      folder.file("secrets.yaml", "wifi_password: correct horse\nweb_password: for a test\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

/// The last line of `plugrig run … --json`: plan and run beside each other.
json run_batch(const std::string& bench_name, const std::vector<std::string>& more) {
  const TestFolder folder("plan-and-run-" + bench_name);
  std::vector<std::string> arguments{
      "run",       (source() / "sequences/gosund-ep2.yaml").string(),
      "--bench",   healthy_bench(folder, bench_name),
      "--set",     "firmware=" + folder.file("firmware.bin", small_image()),
      "--set",     "wifi_ssid=bench",
      "--secrets", secrets_file(folder),
      "--store",   (folder.path() / "records.sqlite").string(),
      "--factor",  "0",
      "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::ostringstream out;
  std::ostringstream err;
  cli::Console console{.out = out, .err = err, .stop = {}};
  EXPECT_EQ(cli::run_program(arguments, console), 0) << err.str();
  std::istringstream lines(out.str());
  json last;
  for (std::string line; std::getline(lines, line);)
    if (line.find("\"plan_and_run\"") != std::string::npos) last = json::parse(line);
  EXPECT_FALSE(last.is_null()) << out.str();
  return last;
}

void print(const std::string& title, const json& both) {
  std::cout << title << "\n";
  for (const char* which : {"planned", "actual"}) {
    const auto& use = both.at(which);
    std::cout << "  " << which << " " << use.at("total_s") << " s, " << use.at("units_per_hour")
              << " units/h";
    for (const auto& load : use.at("loads"))
      if (load.at("slots").size() > 1)
        std::cout << ", " << load.at("name") << " in use " << load.at("steady_share");
    std::cout << "\n";
  }
  std::cout << "  deviation " << 100 * both.at("deviation").get<double>() << " %\n";
}

constexpr double kAgree = 0.05;

TEST(PlanAndRun, AgreeWhereEachSlotHasItsOwnLoad) {
  const auto both = run_batch("demo-8", {"--units", "8", "--handling", "15s"});
  ASSERT_FALSE(both.is_null());
  print("demo-8, 8 units", both);
  EXPECT_EQ(both.at("actual").at("passed"), 8);
  EXPECT_NEAR(both.at("deviation").get<double>(), 0, kAgree);
}

TEST(PlanAndRun, AgreeWhereSlotsShareALoad) {
  const auto both = run_batch("demo-8-shared", {"--units", "8", "--handling", "15s"});
  ASSERT_FALSE(both.is_null());
  print("demo-8-shared, 8 units", both);
  EXPECT_EQ(both.at("actual").at("passed"), 8);
  EXPECT_NEAR(both.at("deviation").get<double>(), 0, kAgree);
  const auto& load = both.at("actual").at("loads").at(0);
  EXPECT_EQ(load.at("slots").size(), 8U);
  EXPECT_GE(load.at("steady_share").get<double>(), 0.9);
}

TEST(PlanAndRun, AgreeInAChain) {
  const auto both = run_batch("demo-chain", {"--units", "4", "--handling", "15s"});
  ASSERT_FALSE(both.is_null());
  print("demo-chain, 4 units", both);
  EXPECT_EQ(both.at("actual").at("passed"), 4);
  EXPECT_NEAR(both.at("deviation").get<double>(), 0, kAgree);
}

/// The goals of a batch, on one that is long enough to have a steady part.
TEST(PlanAndRun, ALongBatchMeetsItsGoals) {
  if (std::getenv("PLUGRIG_LONG") == nullptr) GTEST_SKIP() << "PLUGRIG_LONG is not set";
  const auto own = run_batch("demo-8", {"--units", "64", "--handling", "15s"});
  print("demo-8, 64 units", own);
  EXPECT_GE(own.at("actual").at("units_per_hour").get<double>(), 60);
  EXPECT_NEAR(own.at("deviation").get<double>(), 0, kAgree);
  const auto shared = run_batch("demo-8-shared", {"--units", "32", "--handling", "15s"});
  print("demo-8-shared, 32 units", shared);
  EXPECT_NEAR(shared.at("deviation").get<double>(), 0, kAgree);
  EXPECT_GE(shared.at("actual").at("loads").at(0).at("steady_share").get<double>(), 0.95);
}

}  // namespace
}  // namespace plugrig::whole
