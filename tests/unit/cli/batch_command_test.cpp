#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "rig/record/store.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A store with a run of two units on a bench called "demo": one that failed, one that was left.
class BatchCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    RecordStore store(store_);
    run_ = store.begin_run({"seq", "demo", "plugrig 0.1.0", UtcTime{1'000'000}});
    for (const auto* slot : {"F1", "F2"}) {
      UnitStart unit;
      unit.unit_id = run_ + "-" + slot + "-1";
      unit.run_id = run_;
      unit.slot = slot;
      unit.started = UtcTime{1'000'000};
      store.begin_unit(unit);
      AttemptRecord open;
      open.step = "slot.open";
      open.step_index = -1;
      open.verdict = Verdict::pass;
      open.started = open.ended = UtcTime{1'000'500};
      store.append_attempt(unit.unit_id, open);
    }
    AttemptRecord failed;
    failed.step = "flash.verify";
    failed.verdict = Verdict::fail;
    failed.fault_id = "esp.verify.mismatch";
    failed.blame = "unit";
    failed.happened = "The flash differs.";
    failed.next = "Take it out.";
    failed.started = failed.ended = UtcTime{1'001'000};
    store.append_attempt(run_ + "-F1-1", failed);
    store.finish_unit(run_ + "-F1-1", {Verdict::fail, false, UtcTime{1'002'000}});
  }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string text_of(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_ =
      fs::path(::testing::TempDir()) /
      (std::string("batch-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
  fs::path store_ = folder_ / "records.sqlite";
  std::string run_;
};

TEST_F(BatchCommand, WritesTheNewestRunBesideTheStore) {
  const auto said = plugrig({"batch", "--store", store_.string()});
  EXPECT_EQ(said.code, 0) << said.err;
  const auto target = folder_ / "reports" / run_;
  EXPECT_THAT(said.out, HasSubstr((target / "batch.html").string()));
  EXPECT_THAT(text_of(target / "batch.html"),
              AllOf(HasSubstr(run_), HasSubstr("esp.verify.mismatch"), Not(HasSubstr("{{"))));
  EXPECT_THAT(text_of(target / "batch.csv"), HasSubstr("FAIL"));
  EXPECT_THAT(text_of(target / "batch.junit.xml"), HasSubstr("<failure"));
}

TEST_F(BatchCommand, NamesARunAndAFolder) {
  const auto out = folder_ / "elsewhere";
  EXPECT_EQ(plugrig({"batch", run_, "--store", store_.string(), "--out", out.string()}).code, 0);
  EXPECT_TRUE(fs::exists(out / "batch.csv"));
  EXPECT_EQ(plugrig({"batch", "no-such-run", "--store", store_.string()}).code, 2);
  EXPECT_EQ(plugrig({"batch", "--store", (folder_ / "none.sqlite").string()}).code, 2);
}

TEST_F(BatchCommand, FixtureTellsInsertionsAndService) {
  const fs::path fixtures = fs::path(PLUGRIG_SOURCE_DIR) / "fixtures";
  const auto plain = plugrig(
      {"fixture", "--bench", (fixtures / "demo.yaml").string(), "--store", store_.string()});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out, AllOf(HasSubstr("Insertions"), HasSubstr("F1"), HasSubstr("F2"),
                               Not(HasSubstr("SERVICE DUE"))));
  const auto bench = folder_ / "bench.yaml";
  auto text = text_of(fixtures / "demo.yaml") + "\nservice_after: 1\n";
  const std::string certificates = "certificate: instruments/";
  text.replace(text.find(certificates), certificates.size(),
               "certificate: " + (fixtures / "instruments").string() + "/");
  std::ofstream(bench) << text;
  const auto due = plugrig({"fixture", "--bench", bench.string(), "--store", store_.string()});
  EXPECT_THAT(due.out, AllOf(HasSubstr("SERVICE DUE"), HasSubstr("Slot F2: 1 insertions")))
      << due.err;
}

}  // namespace
}  // namespace plugrig::cli
