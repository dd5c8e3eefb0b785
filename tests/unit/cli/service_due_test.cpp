#include "rig/cli/commands/service_due.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plugrig::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SlotLife life(const std::string& slot, int insertions) {
  SlotLife made;
  made.slot = slot;
  made.insertions = insertions;
  return made;
}

TEST(ServiceDue, NamesTheSlotsThatHaveHadEnough) {
  bench::BenchSpec bench;
  const std::vector<SlotLife> slots{life("F1", 19'999), life("F2", 20'000)};
  EXPECT_TRUE(service_due(bench, slots).empty()) << "the bench file does not say";
  bench.service_after = 20'000;
  EXPECT_THAT(service_due(bench, slots), ElementsAre(HasSubstr("F2")));
}

TEST(ServiceDue, CountsFromTheDayOfTheLastService) {
  bench::BenchSpec bench;
  EXPECT_EQ(counted_since(bench).unix_ms, 0);
  bench.serviced = "2026-03-01";
  EXPECT_EQ(to_iso8601(counted_since(bench)), "2026-03-01T00:00:00.000Z");
  for (const auto* wrong :
       {"2026-02-30", "2026-13-01", "1.3.2026", "2026-3-1", "2026-03-01x", "x"}) {
    bench.serviced = wrong;
    EXPECT_THROW(static_cast<void>(counted_since(bench)), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace plugrig::cli
