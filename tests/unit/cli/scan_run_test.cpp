#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "rig/record/store.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kBench = R"(bench: two-jigs
slots:
  - {slot: F1, kind: flash, uart: {twin: true}, lines: {wiring: dtr-rts-two-transistor}, twin: {seed: 1}}
  - {slot: F2, kind: flash, uart: {twin: true}, lines: {wiring: dtr-rts-two-transistor}, twin: {seed: 2}}
)";

constexpr const char* kSequence = R"(sequence: identify
plug:
  title: Lamp
  chip: ESP8285
  flash: 1 MB
  serial: {pattern: 'L-[0-9]{4}', example: L-0001}
  label: {width: 50 mm, height: 25 mm, scan_back: required}
stages:
  - stage: identify
    mains: off
    steps:
      - flash.identify:
      - unit.serial:
)";

/// Units of a simulated bench, started and closed by scans.
class ScanRun : public testing::Test {
 protected:
  ScanRun() {
    fs::remove_all(folder);
    fs::create_directories(folder);
    write("bench.yaml", kBench);
    write("identify.yaml", kSequence);
  }
  ~ScanRun() override { fs::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  [[nodiscard]] Said run(const std::string& scans, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"run",      (folder / "identify.yaml").string(),
                                       "--bench",  (folder / "bench.yaml").string(),
                                       "--store",  store.string(),
                                       "--factor", "0",
                                       "--start",  "scan",
                                       "--scans",  write("scans.txt", scans),
                                       "--labels", (folder / "labels").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return plugrig(arguments);
  }
  [[nodiscard]] std::vector<UnitRecord> units() const {
    return RecordStore(store, StoreOptions{.read_only = true}).last_units(100);
  }
  static std::string fact(const UnitRecord& unit, const std::string& name) {
    const auto found = unit.facts.find(name);
    return found == unit.facts.end() ? "" : found->second;
  }

  const fs::path folder =
      fs::path(testing::TempDir()) / ("plugrig-scan-run-" + std::to_string(::getpid()));
  const fs::path store = folder / "records.sqlite";
};

TEST_F(ScanRun, UnitsStartInTheSlotThatWasScannedAndCloseByTheirLabels) {
  const auto said = run("SLOT F2\nL-0002\nSLOT F1\nL-0001\nL-0002\nL-0001\n");
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  ASSERT_EQ(units().size(), 2U);
  for (const auto& unit : units()) {
    EXPECT_EQ(unit.verdict, Verdict::pass);
    EXPECT_EQ(fact(unit, "serial"), unit.slot == "F1" ? "L-0001" : "L-0002");
    EXPECT_NE(fact(unit, "label_confirmed"), "") << said.out;
    for (const auto* format : {".zpl", ".pdf", ".png"})
      EXPECT_TRUE(fs::exists(folder / "labels" / (unit.unit_id + format))) << format;
  }
  EXPECT_THAT(said.out, Not(HasSubstr("labels not scanned back")));
}

TEST_F(ScanRun, WhatIsRefusedStartsNothingAndIsTold) {
  const auto said = run("L-0001\nSLOT F1\nX-0001\nL-0001\nSLOT F2\nL-0002\n");
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("scan.which_slot"));
  EXPECT_THAT(said.out, HasSubstr("serial.pattern"));
  ASSERT_EQ(units().size(), 2U);
  EXPECT_THAT(said.out, HasSubstr("labels not scanned back: 2"));
}

TEST_F(ScanRun, TheSerialOfAnotherPlugIsNotBound) {
  ASSERT_EQ(run("SLOT F1\nL-0001\n", {"--slots", "F1"}).code, 0);
  const auto said = run("L-0001\n", {"--slots", "F2"});
  EXPECT_NE(said.code, 0);
  EXPECT_THAT(said.out, HasSubstr("serial.bound_elsewhere"));
  ASSERT_EQ(units().size(), 2U);
  EXPECT_EQ(units().back().verdict, Verdict::error);
  EXPECT_EQ(fact(units().back(), "serial"), "");
  // The same label on its own plug is a retest.
  EXPECT_EQ(run("L-0001\n", {"--slots", "F1"}).code, 0);
}

TEST_F(ScanRun, WithoutAnythingThatScansNothingCanBeStartedByScan) {
  const auto said = plugrig({"run", (folder / "identify.yaml").string(), "--bench",
                             (folder / "bench.yaml").string(), "--store", store.string(),
                             "--factor", "0", "--start", "scan"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, HasSubstr("nothing scans"));
  write("bench.yaml", std::string(kBench) + "scanner: {tty: /dev/ttyACM0}\n");
  const auto simulated =
      plugrig({"run", (folder / "identify.yaml").string(), "--bench",
               (folder / "bench.yaml").string(), "--store", store.string(), "--factor", "0"});
  EXPECT_EQ(simulated.code, 2);
  EXPECT_THAT(simulated.err, HasSubstr("a simulated bench reads no scanner"));
}

}  // namespace
}  // namespace plugrig::cli
