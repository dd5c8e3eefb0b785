#include "reports/batch_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "reports/text_columns.hpp"

namespace plugrig {
namespace {

UnitRecord unit(const std::string& slot, const std::string& mac, Verdict verdict,
                std::int64_t took_ms) {
  UnitRecord record;
  record.unit_id = "R-" + slot;
  record.slot = slot;
  record.verdict = verdict;
  record.first_pass = verdict == Verdict::pass;
  record.started = {1'000'000};
  record.ended = UtcTime{1'000'000 + took_ms};
  if (!mac.empty()) record.facts["mac"] = mac;
  return record;
}

AttemptRecord attempt(Verdict verdict, const std::string& fault, const std::string& blame) {
  AttemptRecord record;
  record.step = "flash.verify";
  record.verdict = verdict;
  record.fault_id = fault;
  record.blame = blame;
  record.happened = "Sector 0x001000 differs from the image after it was written three times.";
  record.next = "Set the plug aside; its flash does not hold data.";
  return record;
}

std::vector<UnitRecord> batch() {
  std::vector<UnitRecord> units{unit("F1", "A4:CF:12:00:00:01", Verdict::pass, 41'240),
                                unit("F2", "A4:CF:12:00:00:02", Verdict::fail, 65'000),
                                unit("F3", "", Verdict::error, 5'000),
                                unit("F4", "A4:CF:12:00:00:04", Verdict::aborted, 0)};
  units[1].attempts = {attempt(Verdict::fail, "esp.verify.mismatch", "unit")};
  units[2].attempts = {attempt(Verdict::error, "esp.sync.silent", "contact")};
  units[3].ended.reset();
  return units;
}

TEST(BatchTable, TellsVerdictReasonAndNextAction) {
  EXPECT_EQ(batch_table(batch(), 80),
            "Slot  Unit               Verdict    First pass  Time\n"
            "F1    A4:CF:12:00:00:01  PASS       yes         41.2 s\n"
            "F2    A4:CF:12:00:00:02  FAIL       -           1 min 05 s\n"
            "F3    MAC unknown        RIG FAULT  -           5.0 s\n"
            "F4    A4:CF:12:00:00:04  STOPPED    -           not finished\n"
            "\n"
            "F2 A4:CF:12:00:00:02: FAIL in flash.verify [esp.verify.mismatch, unit]\n"
            "    Sector 0x001000 differs from the image after it was written three times.\n"
            "    Next: Set the plug aside; its flash does not hold data.\n"
            "F3 MAC unknown: RIG FAULT in flash.verify [esp.sync.silent, contact]\n"
            "    Sector 0x001000 differs from the image after it was written three times.\n"
            "    Next: Set the plug aside; its flash does not hold data.\n"
            "F4 A4:CF:12:00:00:04: STOPPED\n"
            "    The run broke off before this unit was finished.\n"
            "    Next: Run the unit again.\n"
            "\n"
            "4 units: 1 PASS (1 at first), 1 FAIL, 2 other. Yield 50 %.\n");
}

TEST(BatchTable, KeepsToItsWidth) {
  std::vector<UnitRecord> units = batch();
  units[0].slot = "a-very-long-slot-name-überall";
  units[1].attempts[0].happened = std::string(200, 'x') + " é\x1b[31m red";
  for (const int columns : {20, 40, 60, 80, 120}) {
    std::istringstream lines(batch_table(units, columns));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(text_width(line), static_cast<std::size_t>(std::max(columns, 40))) << line;
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
  }
}

TEST(BatchTable, NotRecordedIsNotPassed) {
  const std::string text = batch_table({batch()[0]}, 80, {"R-F1"});
  EXPECT_EQ(text.find("PASS "), text.find("PASS (0 at first)")) << text;
  EXPECT_NE(text.find("NOT RECORDED"), std::string::npos);
  EXPECT_NE(text.find("1 unit: 0 PASS (0 at first), 0 FAIL, 1 other."), std::string::npos) << text;
}

TEST(BatchTable, ARetryIsPassButNotAtFirst) {
  std::vector<UnitRecord> units{batch()[0]};
  units[0].first_pass = false;
  const std::string text = batch_table(units, 80);
  EXPECT_NE(text.find("PASS     no"), std::string::npos) << text;
  EXPECT_NE(text.find("1 PASS (0 at first)"), std::string::npos) << text;
}

TEST(BatchTable, NoUnits) { EXPECT_EQ(batch_table({}, 80), "No units.\n"); }

TEST(TextColumns, ShortensTheMiddle) {
  EXPECT_EQ(shortened_middle("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(shortened_middle("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(shortened_middle("äöüßäöüß", 4), "äö…ß");
  EXPECT_EQ(shortened_middle("ab", 1), "…");
}

TEST(TextColumns, WrapsAtBlanksAndWithinLongWords) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("abcdefg h", 3), (std::vector<std::string>{"abc", "def", "g h"}));
  EXPECT_EQ(wrapped("", 5), std::vector<std::string>{""});
}

}  // namespace
}  // namespace plugrig
