#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/reports/command_output.hpp"
#include "tests/unit/reports/sample_report.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

/// The documents read by programs that others wrote: a JSON Schema validator, an HTML parser, a CSV
/// reader.
class ReportPeers : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(
        output_of(
            "/usr/bin/python3 -c 'import jsonschema.validators as v; v.Draft202012Validator'"),
        "")
        << "`rig/setup --tests` installs python3-jsonschema";
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string check(const UnitReport& report) {
    write("unit.json", unit_json(report));
    write("report.html", unit_html(report));
    write("samples.csv", samples_csv(report));
    const auto source = fs::path(PLUGRIG_SOURCE_DIR);
    return output_of(
        "/usr/bin/python3 '" + (source / "tests/unit/reports/check_report.py").string() + "' '" +
        (source / "reports/schema/unit.schema.json").string() + "' '" + folder_.string() + "'");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  test::SampleFiles files_;
  UnitRecord unit_ = test::sample_unit(files_);
  fs::path folder_ =
      fs::path(::testing::TempDir()) /
      (std::string("report-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ReportPeers, FindNothingWrongWithACertifiedUnit) {
  EXPECT_EQ(check(build_unit_report(unit_, files_.reader())), "\n");
}

TEST_F(ReportPeers, FindNothingWrongWithARefusedOne) {
  unit_.verdict = Verdict::fail;
  unit_.ended.reset();
  auto& attempt = unit_.attempts.front();
  attempt.verdict = Verdict::fail;
  attempt.fault_id = "esp.verify.mismatch";
  attempt.blame = "unit";
  attempt.happened = "The flash differs.";
  attempt.evidence = {{"sector", "3"}};
  EXPECT_EQ(check(build_unit_report(unit_, files_.reader())), "\n");
}

TEST_F(ReportPeers, FindNothingWrongWithHostileTexts) {
  const std::string attack = "\"'><script>x</script>\xFF\x02&amp;";
  unit_.facts = {{"mac", attack}, {"binding", attack}, {attack, attack}};
  unit_.slot = attack;
  unit_.attempts.front().said = {attack};
  EXPECT_EQ(check(build_unit_report(unit_, files_.reader())), "\n");
}

TEST_F(ReportPeers, WouldFindWhatIsWrong) {
  auto report = build_unit_report(unit_, files_.reader());
  const auto json = unit_json(report);
  report.series[1].calibration.series.points[2].plug *= 1.01;
  ASSERT_NE(check(report), "") << "the checker ran";
  write("unit.json", json);
  const auto found = output_of(
      "/usr/bin/python3 '" +
      (fs::path(PLUGRIG_SOURCE_DIR) / "tests/unit/reports/check_report.py").string() + "' '" +
      (fs::path(PLUGRIG_SOURCE_DIR) / "reports/schema/unit.schema.json").string() + "' '" +
      folder_.string() + "'");
  EXPECT_NE(found.find("as_left current: plug"), std::string::npos) << found;
}

}  // namespace
}  // namespace plugrig
