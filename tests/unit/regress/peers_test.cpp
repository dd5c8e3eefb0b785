#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/regress/sample_comparison.hpp"
#include "tests/unit/reports/command_output.hpp"

namespace plugrig {
namespace {

namespace fs = std::filesystem;

/// The documents read by programs that others wrote: a JSON Schema validator and an XML parser.
class RegressPeers : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string check(const regress::Comparison& comparison) {
    const auto info = regress::test::sample_info();
    write("regress.json", regress_json(comparison, info));
    write("junit.xml", regress_junit(comparison, info));
    return run();
  }
  std::string run() {
    const fs::path source{PLUGRIG_SOURCE_DIR};
    return output_of(
        "/usr/bin/python3 '" + (source / "tests/unit/regress/check_documents.py").string() + "' '" +
        (source / "reports/schema/regress.schema.json").string() + "' '" + folder_.string() + "'");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  fs::path folder_ =
      fs::path(::testing::TempDir()) /
      (std::string("regress-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(RegressPeers, FindNothingWrong) {
  EXPECT_EQ(check(regress::test::sample_comparison()), "");
  EXPECT_EQ(check(regress::test::bench_comparison()), "");
}

TEST_F(RegressPeers, FindNothingWrongWithHostileTexts) {
  const std::string attack = "\"'><script>x</script>\xFF\x02\xEF\xBF\xBE&amp;]]>";
  auto comparison = regress::test::sample_comparison();
  comparison.builds[0].name = comparison.builds[1].name = attack;
  comparison.builds[1].version = attack;
  auto& candidate = comparison.candidates[0];
  for (auto& check : candidate.checks) check.step = check.happened = check.fault_id = attack;
  for (auto& quantity : candidate.quantities) {
    quantity.quantity = quantity.condition = quantity.unit = quantity.difference.reason = attack;
    if (quantity.quarantine) quantity.quarantine->reason = attack;
  }
  EXPECT_EQ(check(comparison), "");
}

TEST_F(RegressPeers, WouldFindWhatIsWrong) {
  check(regress::test::sample_comparison());
  write("regress.json", "{}");
  EXPECT_THAT(run(), testing::HasSubstr("'format' is a required property"));
}

}  // namespace
}  // namespace plugrig
