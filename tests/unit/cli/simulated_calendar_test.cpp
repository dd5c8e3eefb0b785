#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "rig/record/store.hpp"
#include "tests/unit/cli/said.hpp"

namespace plugrig::cli {
namespace {

namespace fs = std::filesystem;

/// A simulated bench that runs faster than the host's clock leaves records that lie ahead of it.
/// What runs next on that store must not be before them, or it would get no certificate.
TEST(SimulatedCalendar, GoesOnWhereTheLastRecordEnds) {
  const auto folder =
      fs::path(testing::TempDir()) / ("plugrig-calendar-" + std::to_string(::getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  std::ofstream(folder / "bench.yaml")
      << "bench: one-jig\n"
         "slots:\n"
         "  - {slot: F1, kind: flash, uart: {twin: true}, lines: {wiring: dtr-rts-two-transistor}, "
         "twin: {seed: 1}}\n";
  std::ofstream(folder / "erase.yaml") << "sequence: erase\n"
                                          "plug: gosund-ep2\n"
                                          "stages:\n"
                                          "  - stage: erase\n"
                                          "    mains: off\n"
                                          "    steps:\n"
                                          "      - flash.identify:\n"
                                          "      - flash.erase: {range: all}\n";
  const auto store = folder / "records.sqlite";
  for (int time = 1; time <= 2; ++time) {
    const auto said =
        plugrig({"run", (folder / "erase.yaml").string(), "--bench",
                 (folder / "bench.yaml").string(), "--store", store.string(), "--factor", "0"});
    ASSERT_EQ(said.code, 0) << said.out << said.err;
  }
  auto units = RecordStore(store, StoreOptions{.read_only = true}).last_units(10);
  ASSERT_EQ(units.size(), 2U);
  std::ranges::sort(units, {}, [](const UnitRecord& unit) { return unit.started.unix_ms; });
  ASSERT_TRUE(units[0].ended);
  EXPECT_GE(units[0].ended->unix_ms - units[0].started.unix_ms, 2000);
  EXPECT_GE(units[1].started.unix_ms, units[0].ended->unix_ms);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace plugrig::cli
