#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/seeded_faults/fault_run.hpp"

namespace plugrig::seeded {

/// Found by GoogleTest: the row's name stands in the names of the tests.
void PrintTo(const FaultRow& row, std::ostream* out) { *out << row.name; }

namespace {

const std::filesystem::path table_file =
    std::filesystem::path(PLUGRIG_SOURCE_DIR) / "tests" / "bench" / "faults.yaml";
constexpr double limit_percent = 1;

std::vector<FaultRow> rows() {
  Problems problems;
  return load_fault_table(table_file, problems);
}

const Measurement* as_left(const UnitRecord& unit) {
  for (const auto& attempt : unit.attempts)
    for (const auto& measurement : attempt.measurements)
      if (measurement.id == "power.as_left.P" &&
          measurement.condition.find("no load") == std::string::npos)
        return &measurement;
  return nullptr;
}

/// What went wrong as the person reads it, so that a row that disagrees explains itself.
std::string told(const UnitResult& unit) {
  std::string text;
  for (const auto& attempt : unit.record.attempts) {
    text += std::string(to_string(attempt.verdict)) + " " + attempt.step;
    if (!attempt.fault_id.empty())
      text += ": " + attempt.fault_id + " (" + attempt.blame + "): " + attempt.happened + " " +
              attempt.next;
    text += "\n";
    for (const auto& evidence : attempt.evidence)
      text += "    " + evidence.name + ": " + evidence.text.substr(0, 400) + "\n";
    for (const auto& measured : attempt.measurements)
      if (measured.verdict != Verdict::pass)
        text += "    " + measured.id + " " + measured.condition + " " +
                std::to_string(measured.value) + " " + measured.unit + "\n";
  }
  return text;
}

/// The bench was not fit for a unit: none was begun.
void expect_refused_bench(const FaultRow& row, const SimulatedResult& result) {
  ASSERT_TRUE(result.run.fault);
  SCOPED_TRACE(row.reason + "\n" + result.run.fault->happened());
  EXPECT_EQ(to_string(row.verdict), to_string(Verdict::error));
  EXPECT_EQ(to_string(result.run.fault->blame()), row.blame);
  EXPECT_EQ(result.run.fault->id(), row.fault);
  EXPECT_EQ(result.run.exit_code, row.exit_code);
  EXPECT_THAT(result.accidents, testing::IsEmpty());
  EXPECT_EQ(!result.live.empty(), row.stays_live);
}

class SeededFault : public testing::TestWithParam<FaultRow> {};

TEST_P(SeededFault, EndsAsAPersonWouldExpect) {
  const auto& row = GetParam();
  const auto [result, true_error] = run_fault(row);
  ASSERT_EQ(result.problems, "");
  if (result.run.units.empty()) {
    expect_refused_bench(row, result);
    return;
  }
  ASSERT_EQ(result.run.units.size(), 1U);
  const auto& unit = result.run.units.front();
  SCOPED_TRACE(row.reason + "\n" + told(unit));
  EXPECT_EQ(to_string(unit.record.verdict), to_string(row.verdict));
  EXPECT_EQ(unit.blame, row.blame);
  EXPECT_EQ(unit.fault_id, row.fault);
  EXPECT_EQ(result.run.exit_code, row.exit_code);
  EXPECT_THAT(result.accidents, testing::IsEmpty());
  EXPECT_EQ(!result.live.empty(), row.stays_live);

  const auto* certified = as_left(unit.record);
  if (unit.record.verdict != Verdict::pass || certified == nullptr) return;
  ASSERT_TRUE(true_error.has_value());
  ASSERT_TRUE(certified->expanded_uncertainty.has_value());
  const double allowed = limit_percent + *certified->expanded_uncertainty;
  EXPECT_EQ(std::abs(true_error->percent()) > allowed, row.wrong_value)
      << "the plug is off by " << true_error->percent() << " % and was certified with "
      << certified->value << " ± " << *certified->expanded_uncertainty << " %";
}

INSTANTIATE_TEST_SUITE_P(Table, SeededFault, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

TEST(FaultTable, CanBeRead) {
  Problems problems;
  const auto table = load_fault_table(table_file, problems);
  EXPECT_EQ(problems.render(), "");
  EXPECT_GE(table.size(), 40U);
}

TEST(FaultTable, SaysWhatIsWrongWithIt) {
  const TestFolder folder("fault-table");
  Problems problems;
  load_fault_table(folder.file("faults.yaml",
                               "rows:\n"
                               "  - {row: a, job: join, verdit: pass, exit: 0, reason: so it is}\n"
                               "  - {row: a, job: join, verdict: pass, exit: 3, blame: unit,\n"
                               "     reason: This row does not know what it wants.}\n"),
                   problems);
  const auto text = problems.render();
  EXPECT_THAT(text, testing::HasSubstr("unknown key 'verdit'"));
  EXPECT_THAT(text, testing::HasSubstr("did you mean 'verdict'"));
  EXPECT_THAT(text, testing::HasSubstr("a pass has neither blame nor fault"));
  EXPECT_THAT(text, testing::HasSubstr("exit 0 belongs to a pass"));
  EXPECT_THAT(text, testing::HasSubstr("a reason is a sentence"));
  EXPECT_THAT(text, testing::HasSubstr("a second row of this name"));
}

}  // namespace
}  // namespace plugrig::seeded
