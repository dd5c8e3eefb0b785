// A batch on the shipped bench of eight slots: each unit another plug, some with faults of their
// own.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <set>

#include "rig/core/field_spec.hpp"
#include "rig/core/yaml.hpp"
#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr double kLimitPercent = 1;  // of power; sequences/gosund-ep2.yaml

/// A row of batch.yaml.
struct Expected {
  std::string verdict, blame, fault, reason;
};

std::map<int, Expected> expected_units() {
  using enum FieldType;
  static const std::vector<FieldSpec> table{{.name = "units", .type = maps, .required = true}};
  static const std::vector<FieldSpec> row{
      {.name = "unit", .type = integer, .required = true, .minimum = 1},
      {.name = "verdict", .type = choice, .required = true, .choices = {"fail", "error", "pass"}},
      {.name = "blame", .type = text, .required = true},
      {.name = "fault", .type = text, .required = true},
      {.name = "reason", .type = text, .required = true}};
  Problems problems;
  const auto document = yaml::load(source() / "tests/whole/batch.yaml", problems);
  (void)read_fields(document.root, table, "table", document.file, problems);
  std::map<int, Expected> expected;
  for (const auto& item : document.root.find("units")->items) {
    const auto fields = read_fields(item, row, "unit", document.file, problems);
    expected[static_cast<int>(fields.integer("unit"))] = {
        fields.text("verdict"), fields.text("blame"), fields.text("fault"), fields.text("reason")};
  }
  EXPECT_EQ(problems.render(), "");
  return expected;
}

/// What was true of each unit's as-left points when the step ended: the bench forgets, and the next
/// plug is another one.
class TruthKeeper {
 public:
  explicit TruthKeeper(SimulatedRun& run) : store_file_(run.store_file) {
    run.before = [this](twin::TwinBench& bench) { bench_ = &bench; };
    run.on_event = [this](const Event& event) { look(event); };
  }
  std::map<std::string, std::vector<TruePoint>> points;  ///< by unit id

 private:
  void look(const Event& event) {
    if (const auto* started = std::get_if<event::SlotStarted>(&event.body))
      unit_in_[event.slot] = started->unit_id;
    const auto* ended = std::get_if<event::StepEnded>(&event.body);
    if (ended == nullptr || ended->step != "power.as_left" || ended->verdict != Verdict::pass)
      return;
    const RecordStore store(store_file_, {.read_only = true});
    const auto& id = unit_in_[event.slot];
    for (const auto& unit : store.last_units(100))
      if (unit.unit_id == id)
        points[id] = against_truth(series_of(unit, "as_left").series, event.slot, *bench_);
  }

  std::filesystem::path store_file_;
  std::map<std::string, std::string> unit_in_;
  twin::TwinBench* bench_ = nullptr;
};

SimulatedRun batch(const TestFolder& folder, const char* bench, int units) {
  SimulatedRun run;
  run.sequence_file = (source() / "sequences/gosund-ep2.yaml").string();
  run.bench_file = (source() / "fixtures" / bench).string();
  run.store_file = folder.path() / "records.sqlite";
  run.variables = shipped_variables(folder, "correct horse", "battery staple");
  run.build.seed = kSeed;
  run.units = units;
  run.another_plug_each = true;
  return run;
}

std::string told(const UnitRecord& unit) {
  std::string text = fmt::format("{} in {}\n", unit.unit_id, unit.slot);
  for (const auto& attempt : unit.attempts)
    if (attempt.verdict != Verdict::pass)
      text += fmt::format("  {} {}: {} ({}): {}\n", to_string(attempt.verdict), attempt.step,
                          attempt.fault_id, attempt.blame, attempt.happened);
  return text;
}

/// The end of "RUN-SLOT-NUMBER".
int number_of(const UnitRecord& unit) {
  return std::stoi(unit.unit_id.substr(unit.unit_id.rfind('-') + 1));
}

void expect_as_in_table(const UnitResult& unit, const std::map<int, Expected>& expected) {
  SCOPED_TRACE(told(unit.record));
  const auto found = expected.find(number_of(unit.record));
  if (found == expected.end()) {
    EXPECT_EQ(to_string(unit.record.verdict), "pass");
    return;
  }
  SCOPED_TRACE(found->second.reason);
  EXPECT_EQ(to_string(unit.record.verdict), found->second.verdict);
  EXPECT_EQ(unit.fault_id, found->second.fault);
  EXPECT_EQ(unit.blame, found->second.blame);
}

void expect_true(const std::vector<TruePoint>& points) {
  EXPECT_EQ(points.size(), 10U);
  for (const auto& [result, true_percent] : points) {
    if (result.quantity != "power" || result.nominal_W == 0) continue;
    EXPECT_LE(std::abs(true_percent), kLimitPercent + result.uncertainty.expanded)
        << result.nominal_W << " W";
  }
}

void expect_batch(const char* bench, int count) {
  const TestFolder folder(std::string("batch-") + bench);
  SimulatedRun run = batch(folder, bench, count);
  TruthKeeper truth(run);
  const auto result = run_simulated(run);
  ASSERT_EQ(result.problems, "");
  expect_safe(result);
  const auto expected = expected_units();
  ASSERT_EQ(result.run.units.size(), static_cast<std::size_t>(count));
  std::set<int> numbers;
  std::set<std::string> macs;
  std::size_t identified = 0;
  for (const auto& unit : result.run.units) {
    const auto& record = unit.record;
    numbers.insert(number_of(record));
    if (const auto mac = record.facts.find("mac"); mac != record.facts.end()) {
      macs.insert(mac->second);
      ++identified;
    }
    expect_as_in_table(unit, expected);
    if (record.verdict == Verdict::pass) expect_true(truth.points[record.unit_id]);
  }
  EXPECT_EQ(numbers.size(), result.run.units.size());
  EXPECT_EQ(*numbers.rbegin(), count);
  EXPECT_EQ(macs.size(), identified);
}

bool long_run() { return std::getenv("PLUGRIG_LONG") != nullptr; }

TEST(Batch, EveryUnitOfEightSlotsEndsAsItsPlugDeserves) {
  expect_batch("demo-8.yaml", long_run() ? 64 : 16);
}

TEST(Batch, EightSlotsTakeTurnsAtOneLoad) {
  if (!long_run()) GTEST_SKIP() << "PLUGRIG_LONG=1 runs it";
  expect_batch("demo-8-shared.yaml", 16);
}

TEST(Batch, TheTableKnowsTheUnitsThatTheBenchFileKnows) {
  Problems problems;
  const auto bench =
      bench::load_bench(source() / "fixtures/demo-8.yaml", source() / "fixtures", problems);
  std::vector<int> different;
  for (const auto& unit : bench.twin.units) different.push_back(unit.unit);
  std::vector<int> known;
  for (const auto& [unit, row] : expected_units()) known.push_back(unit);
  EXPECT_EQ(different, known);
}

}  // namespace
}  // namespace plugrig::whole
