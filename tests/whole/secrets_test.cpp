// Marked secrets go through everything, and stand in nothing that is kept or shown.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/unit_report.hpp"
#include "rig/core/file_bytes.hpp"
#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

/// Odd characters between marks that survive every way of escaping: whoever shows a mark shows the
/// secret, in whatever spelling. A Backlog would end at the ';', a format at the '%'.
/// The firmware takes printable ASCII only.
const std::string kWifiPassword = "Wfqmarkone \"x'%41;y&<z>/\\ Wfqmarktwo";
const std::string kWebPassword = "Wbqmarkone\"'%20;&<>/\\+Wbqmarktwo";
const std::vector<std::string> kMarks{"Wfqmarkone", "Wfqmarktwo", "Wbqmarkone", "Wbqmarktwo"};

std::string as_hex(std::string_view text, const char* between) {
  std::string hex;
  for (const char c : text)
    hex += fmt::format("{}{:02x}", hex.empty() ? "" : between, static_cast<unsigned char>(c));
  return hex;
}

/// The marks, plain and as dumps of bytes show them; lower case, as the searched text is made.
std::vector<std::string> needles() {
  std::vector<std::string> all;
  for (const auto& mark : kMarks) {
    all.push_back(mark);
    all.push_back(as_hex(mark, ""));
    all.push_back(as_hex(mark, " "));
  }
  for (auto& needle : all)
    std::transform(needle.begin(), needle.end(), needle.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return all;
}

/// The mark that stands in `text`, with what is around it; or "".
std::string leak_in(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& needle : needles()) {
    const auto at = text.find(needle);
    if (at != std::string::npos) return text.substr(at < 80 ? 0 : at - 80, 160 + needle.size());
  }
  return "";
}

std::string text_of_file(const std::filesystem::path& path) {
  const auto bytes = read_bytes(path.string());
  return {bytes.begin(), bytes.end()};
}

/// Everything of one run, while its store is open and after.
class Secrets : public testing::Test {
 protected:
  void run_with(const std::string& plug_faults) {
    MainsBench bench;
    bench.two_position = true;
    bench.plug_faults = plug_faults;
    bench.world = fmt::format("{{wifi_ssid: bench, wifi_password: {}}}",
                              nlohmann::json(kWifiPassword).dump());
    run_.sequence_file = (source() / "sequences/gosund-ep2.yaml").string();
    run_.bench_file = folder_.file("bench.yaml", text_of(bench));
    run_.store_file = folder_.path() / "records.sqlite";
    run_.variables = shipped_variables(folder_, kWifiPassword, kWebPassword);
    // The write-ahead log goes when the store closes.
    run_.after = [this](twin::TwinBench&, Clock&) { search_files(); };
    result_ = run_simulated(run_);
    ASSERT_EQ(result_.problems, "");
    expect_safe(result_);
  }

  void expect_reached(const std::string& step) {
    const auto unit = RecordStore(run_.store_file).last_units(1).at(0);
    EXPECT_NE(attempt_of(unit, step), nullptr) << "the run ended before its secrets were used";
  }

  void search_everything() {
    search_files();
    EXPECT_EQ(leak_in(result_.events), "") << "events";
    ASSERT_FALSE(result_.run.run_id.empty());
    for (const auto& unit : RecordStore(run_.store_file).units_of(result_.run.run_id)) {
      const auto report = build_unit_report(unit, read_attachment);
      EXPECT_EQ(leak_in(unit_json(report)), "") << "unit.json";
      EXPECT_EQ(leak_in(unit_html(report)), "") << "report.html";
      EXPECT_EQ(leak_in(samples_csv(report)), "") << "samples.csv";
    }
  }

  /// Every file of the store but the attachments that are marked as sensitive.
  void search_files() {
    std::set<std::string> sensitive;
    for (const auto& unit : RecordStore(run_.store_file, {.read_only = true}).last_units(2))
      for (const auto& attempt : unit.attempts)
        for (const auto& attachment : attempt.attachments)
          if (attachment.sensitive)
            sensitive.insert(std::filesystem::weakly_canonical(attachment.path).string());
    int searched = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      const auto name = entry.path().filename().string();
      const auto whole = std::filesystem::weakly_canonical(entry.path()).string();
      if (!entry.is_regular_file() || name == "bench.yaml" || sensitive.contains(whole)) continue;
      EXPECT_EQ(leak_in(text_of_file(entry.path())), "") << entry.path();
      ++searched;
    }
    EXPECT_GE(searched, 2);  // firmware and store at least
  }

  const TestFolder folder_{"secrets"};
  SimulatedRun run_;
  SimulatedResult result_;
};

TEST_F(Secrets, StandInNothingThatAPassedUnitLeaves) {
  run_with("{linear: true}");
  EXPECT_EQ(result_.run.exit_code, 0) << result_.events;
  search_everything();
  // The plug really has them: else nothing was searched for.
  const std::string flash(result_.flash.at(0).begin(), result_.flash.at(0).end());
  EXPECT_THAT(flash, testing::HasSubstr(kWifiPassword));
  EXPECT_THAT(flash, testing::HasSubstr(kWebPassword));
}

TEST_F(Secrets, StandInNoEvidenceOfANetworkThatRefuses) {
  run_with("{wifi_refuses: true}");
  EXPECT_NE(result_.run.exit_code, 0);
  expect_reached("tasmota.wifi");
  search_everything();
}

TEST_F(Secrets, StandInNoEvidenceOfAWebServerThatRefuses) {
  run_with("{http_401: true}");
  EXPECT_NE(result_.run.exit_code, 0);
  expect_reached("plug.join");
  search_everything();
}

TEST_F(Secrets, StandInNoEvidenceOfADamagedLine) {
  run_with("{flip_to_host: 2000 ppm, drop_to_host: 500 ppm}");
  search_everything();
}

TEST_F(Secrets, TheSearchFindsWhatItSearchesFor) {
  EXPECT_NE(leak_in("x" + kWifiPassword), "");
  EXPECT_NE(leak_in("57 66 71 6D 61 72 6B 6F 6E 65"), "");
  EXPECT_EQ(leak_in("[secret]"), "");
}

}  // namespace
}  // namespace plugrig::whole
