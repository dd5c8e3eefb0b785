// The shipped sequence on the shipped demo bench, from the factory to the certificate.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "reports/unit_report.hpp"
#include "tests/whole/whole_bench.hpp"

namespace plugrig::whole {
namespace {

using testing::HasSubstr;

SimulatedRun shipped(const TestFolder& folder, const std::string& store) {
  SimulatedRun run;
  run.sequence_file = (source() / "sequences/gosund-ep2.yaml").string();
  run.bench_file = (source() / "fixtures/demo.yaml").string();
  run.store_file = folder.path() / store;
  run.variables = shipped_variables(folder, "correct horse", "battery staple");
  return run;
}

/// The text with every mention of the store's folder alike.
std::string without(std::string text, const std::string& what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), "STORE");
  return text;
}

/// Keeps what was true of a unit's as-left points when the step ended: the bench forgets.
class TruthKeeper {
 public:
  explicit TruthKeeper(SimulatedRun& run) : store_file_(run.store_file) {
    run.before = [this](twin::TwinBench& bench) { bench_ = &bench; };
    run.on_event = [this](const Event& event) {
      const auto* ended = std::get_if<event::StepEnded>(&event.body);
      if (ended == nullptr || ended->step != "power.as_left") return;
      const RecordStore store(store_file_, {.read_only = true});
      for (const auto& unit : store.last_units(2))
        if (unit.slot == event.slot)
          points[event.slot] =
              against_truth(series_of(unit, "as_left").series, event.slot, *bench_);
    };
  }
  std::map<std::string, std::vector<TruePoint>> points;

 private:
  std::filesystem::path store_file_;
  twin::TwinBench* bench_ = nullptr;
};

void expect_report(const UnitRecord& unit) {
  const auto report = build_unit_report(unit, read_attachment);
  EXPECT_EQ(report.refusals, std::vector<std::string>{});
  for (const auto* series : {"as_found", "as_left", "persistence"})
    EXPECT_NE(report.find(series), nullptr) << series;
  EXPECT_THAT(unit_json(report), HasSubstr(unit.facts.at("mac")));
  EXPECT_THAT(unit_html(report), HasSubstr("<svg"));
  EXPECT_THAT(samples_csv(report), HasSubstr(R"("as_left",1,"power","W",2000,)"));
}

/// The reference is not ideal, so the points may be off by its U as well.
void expect_accurate(const std::vector<TruePoint>& points) {
  EXPECT_EQ(points.size(), 10U);
  for (const auto& [result, error_percent] : points) {
    const double U = result.nominal_W == 0 ? 100 * result.uncertainty.expanded / result.reference
                                           : result.uncertainty.expanded;
    EXPECT_LE(std::abs(error_percent), accuracy_limit_percent(result) + U)
        << result.quantity << " at " << result.nominal_W << " W";
    EXPECT_LE(std::abs(result.error_percent - error_percent), U)
        << result.quantity << " at " << result.nominal_W << " W";
  }
}

TEST(WholeJob, TwoPlugsFromTheFactoryToTheCertificate) {
  const TestFolder folder("whole-job");
  std::vector<std::string> logs;
  for (const auto* store_name : {"first.sqlite", "second.sqlite"}) {
    SimulatedRun run = shipped(folder, store_name);
    TruthKeeper truth(run);
    const auto result = run_simulated(run);
    ASSERT_EQ(result.problems, "");
    ASSERT_EQ(result.run.exit_code, 0) << result.events;
    expect_safe(result);
    logs.push_back(without(result.events, run.store_file.string()));

    // Not what the run says of itself, but what its records say, read anew.
    const RecordStore store(run.store_file);
    const auto units = store.units_of(result.run.run_id);
    ASSERT_EQ(units.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& unit = units[i];
      EXPECT_EQ(unit.verdict, Verdict::pass);
      EXPECT_TRUE(unit.first_pass);
      EXPECT_EQ(unit.facts.at("mac"), result.macs[i]);
      EXPECT_EQ(unit.facts.at("binding"), "shown");
      const auto as_left = series_of(unit, "as_left");
      ASSERT_TRUE(as_left.after);
      EXPECT_EQ(as_left.series.constants, *as_left.after);
      EXPECT_NE(as_left.before, as_left.after);
      EXPECT_EQ(stored_constants(result.flash[i]), *as_left.after);
      expect_report(unit);
      expect_accurate(truth.points[unit.slot]);
    }
    EXPECT_NE(units[0].facts.at("mac"), units[1].facts.at("mac"));
  }
  EXPECT_EQ(logs[0], logs[1]);
}

}  // namespace
}  // namespace plugrig::whole
