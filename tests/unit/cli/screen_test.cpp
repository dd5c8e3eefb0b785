#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "rig/cli/screen/sinks.hpp"
#include "rig/cli/screen/slot_rows.hpp"

namespace plugrig::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

Event at(int ms, event::Body body) {
  return {.at = Instant{milliseconds{ms}}, .utc = {}, .slot = "F1", .body = std::move(body)};
}

event::StepProgress writing(std::uint32_t done, std::uint32_t total) {
  return {.step = "flash.write", .phase = "writing", .address = done, .done = done, .total = total};
}

event::StepEnded failed() {
  return {.step = "flash.identify",
          .attempt = 1,
          .verdict = Verdict::error,
          .will_retry = false,
          .fault_id = "esp.sync.silent",
          .blame = "contact",
          .happened = "No answer.",
          .next = "Check TX.",
          .took = milliseconds{1500}};
}

event::UnitEnded ended(Verdict verdict, bool recorded) {
  return {.unit_id = "r1-F1-1",
          .verdict = verdict,
          .first_pass = true,
          .recorded = recorded,
          .fault_id = "",
          .blame = "",
          .happened = "",
          .next = ""};
}

TEST(SlotRow, ShowsPhaseAddressBarRateAndTimeLeft) {
  SlotRows rows;
  rows.apply(at(0, event::SlotStarted{"u"}));
  rows.apply(at(0, event::UnitFact{"mac", "A4:CF:12:00:00:01"}));
  rows.apply(at(0, event::StepStarted{"flash.write", 1, 3}));
  rows.apply(at(1000, writing(0, 102'400)));
  rows.apply(at(2000, writing(51'200, 102'400)));
  const auto text = row_text(rows.rows().at(0), 120);
  EXPECT_THAT(text, HasSubstr("F1"));
  EXPECT_THAT(text, HasSubstr("A4:CF:12:00:00:01"));
  EXPECT_THAT(text, HasSubstr("flash.write"));
  EXPECT_THAT(text, HasSubstr("writing"));
  EXPECT_THAT(text, HasSubstr("0x00C800"));
  EXPECT_THAT(text, HasSubstr("[########........]  50 %"));
  EXPECT_THAT(text, HasSubstr("50.0 KiB/s"));
  EXPECT_THAT(text, HasSubstr("1 s left"));
}

TEST(SlotRow, ARetryShowsItsNumberAndAnUnknownTotalItsTime) {
  SlotRows rows;
  rows.apply(at(0, event::StepStarted{"flash.erase", 2, 3}));
  rows.apply(at(0, event::StepProgress{"flash.erase", "erasing", 0, 0, 0}));
  rows.apply(at(4000, event::StepProgress{"flash.erase", "erasing", 0, 0, 0}));
  const auto text = row_text(rows.rows().at(0), 120);
  EXPECT_THAT(text, HasSubstr("flash.erase (2)"));
  EXPECT_THAT(text, HasSubstr("erasing"));
  EXPECT_THAT(text, HasSubstr("4 s"));
}

TEST(SlotRow, WhatIsCountedHasNoAddressAndNoRate) {
  SlotRows rows;
  rows.apply(at(0, event::StepStarted{"power.as_found", 1, 1}));
  event::StepProgress progress{"power.as_found", "measuring", 0, 1, 4};
  progress.unit = "points";
  rows.apply(at(5000, progress));
  const auto text = row_text(rows.rows().at(0), 120);
  EXPECT_THAT(text, HasSubstr("1 of 4 points"));
  EXPECT_THAT(text, Not(HasSubstr("0x")));
}

TEST(SlotRow, AUnitThatIsNotRecordedIsNeverShownAsPass) {
  SlotRows rows;
  rows.apply(at(0, ended(Verdict::pass, false)));
  const auto text = row_text(rows.rows().at(0), 120);
  EXPECT_THAT(text, HasSubstr("NOT RECORDED"));
  EXPECT_THAT(text, Not(HasSubstr("PASS")));
}

TEST(Shortened, CutsTheMiddleAndCountsCharacters) {
  EXPECT_EQ(shortened("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shortened("abcdefghijk", 10), "abcde…hijk");
  EXPECT_EQ(shortened("ääääääääää", 10), "ääääääääää");
}

TEST(PlainSink, PrintsProgressByTenthsAndFaultsWithTheNextAction) {
  std::ostringstream out;
  const auto sink = make_plain_sink(out);
  sink->on(at(0, event::StepStarted{"flash.write", 1, 1}));
  for (std::uint32_t done = 0; done <= 1000; ++done) sink->on(at(1, writing(done, 1000)));
  sink->on(at(1500, failed()));
  const auto text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 11 + 1);
  EXPECT_THAT(text, HasSubstr("esp.sync.silent (contact): No answer. Next: Check TX."));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(TerminalSink, RedrawsOneLineASlotAndFitsTheWidth) {
  std::ostringstream out;
  const auto sink = make_terminal_sink(out, 60, false);
  sink->on(at(0, event::StepStarted{"flash.write", 1, 1}));
  for (int i = 0; i <= 100; ++i)
    sink->on(at(10 * i, writing(static_cast<std::uint32_t>(i) * 1000, 100'000)));
  sink->on(at(2000, ended(Verdict::pass, true)));
  std::istringstream lines(out.str());
  int drawn = 0;
  for (std::string line; std::getline(lines, line); ++drawn)
    EXPECT_LE(line.size(), 60U + std::string("\x1b[1A\r\x1b[2K…").size());  // an … has 3 bytes
  EXPECT_LE(drawn, 10);  // 1 s of progress at five redraws a second, and the ends
  EXPECT_THAT(out.str(), HasSubstr("PASS"));
}

TEST(JsonSink, PrintsOneObjectALine) {
  std::ostringstream out;
  const auto sink = make_json_sink(out);
  sink->on(at(1500, failed()));
  EXPECT_EQ(out.str(), to_json(at(1500, failed())) + "\n");
}

}  // namespace
}  // namespace plugrig::cli
