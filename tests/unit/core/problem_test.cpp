#include "rig/core/problem.hpp"

#include <gtest/gtest.h>

#include "rig/core/did_you_mean.hpp"
#include "rig/core/source_excerpt.hpp"

namespace plugrig {
namespace {

std::string rendered(const std::string& source, SourcePlace place) {
  Problems problems;
  problems.add_source("a.yaml", source);
  problems.error("a.yaml", place, "bad");
  return problems.render();
}

TEST(Problems, ShowsPlaceMessageHintLineAndCaret) {
  Problems problems;
  problems.add_source("bench.yaml", "bench: a\nslots:\n    retrys: 2\n");
  problems.error("bench.yaml", {3, 5}, "unknown key 'retrys'", "did you mean 'retries'?");
  EXPECT_EQ(problems.render(),
            "bench.yaml:3:5: error: unknown key 'retrys'; did you mean 'retries'?\n"
            "    retrys: 2\n"
            "    ^\n");
}

TEST(Problems, SortsByFileThenPlaceAndTellsTheSameOnce) {
  Problems problems;
  problems.add_source("b.yaml", "x\ny\n");
  problems.add_source("a.yaml", "z\n");
  problems.error("c.yaml", {1, 1}, "no source");
  problems.error("a.yaml", {1, 1}, "third");
  problems.warning("b.yaml", {2, 1}, "second");
  problems.error("b.yaml", {1, 1}, "first");
  problems.error("b.yaml", {1, 1}, "first");
  EXPECT_EQ(problems.render(),
            "b.yaml:1:1: error: first\nx\n^\n"
            "b.yaml:2:1: warning: second\ny\n^\n"
            "a.yaml:1:1: error: third\nz\n^\n"
            "c.yaml:1:1: error: no source\n");
}

TEST(Problems, WithoutPlaceHasNoExcerpt) { EXPECT_EQ(rendered("x\n", {}), "a.yaml: error: bad\n"); }

TEST(Problems, OnlyErrorsCount) {
  Problems problems;
  EXPECT_FALSE(problems.any_error());
  problems.warning("a", {}, "careful");
  EXPECT_FALSE(problems.any_error());
  problems.error("a", {}, "wrong");
  EXPECT_TRUE(problems.any_error());
}

TEST(Problems, CaretStandsUnderTabsAndWideCharacters) {
  EXPECT_EQ(rendered("a:\tb", {1, 4}), "a.yaml:1:4: error: bad\na:\tb\n  \t^\n");
  // "µ" is two bytes and one column.
  EXPECT_EQ(rendered("\xC2\xB5: x", {1, 5}), "a.yaml:1:5: error: bad\n\xC2\xB5: x\n   ^\n");
  // "電" is three bytes and two columns.
  EXPECT_EQ(rendered("\xE9\x9B\xBB: x", {1, 6}),
            "a.yaml:1:6: error: bad\n\xE9\x9B\xBB: x\n    ^\n");
  // "é" as letter and combining accent: three bytes, one column.
  EXPECT_EQ(rendered("e\xCC\x81: x", {1, 6}), "a.yaml:1:6: error: bad\ne\xCC\x81: x\n   ^\n");
}

TEST(Problems, CaretMayStandBehindTheLine) {
  EXPECT_EQ(rendered("abc\r\n", {1, 4}), "a.yaml:1:4: error: bad\nabc\n   ^\n");
  EXPECT_EQ(rendered("abc", {7, 1}), "a.yaml:7:1: error: bad\n");
}

TEST(Problems, FilesCannotDriveTheTerminal) {
  EXPECT_EQ(rendered("a\x1B[2Jb\xFF", {1, 1}), "a.yaml:1:1: error: bad\na?[2Jb?\n^\n");
  Problems problems;
  problems.error("a.yaml", {}, "key '\x1B]0;x\x07'\n");
  EXPECT_EQ(problems.render(), "a.yaml: error: key '?]0;x?'?\n");
}

TEST(Problems, LongLinesKeepTheirBeginningAndThePlace) {
  std::string line = "    json: '";
  for (int i = 0; i < 60; ++i) line += "0123456789";
  line.insert(300, "HERE");
  const std::string text = rendered(line, {1, 301});
  const std::size_t line_at = text.find('\n') + 1;
  const std::size_t caret_line_at = text.find('\n', line_at) + 1;
  const std::string shown = text.substr(line_at, caret_line_at - line_at - 1);
  const std::size_t caret = text.size() - caret_line_at - 2;
  EXPECT_LE(shown.size(), 105U);
  EXPECT_TRUE(shown.starts_with("    json: '0123456789"));
  EXPECT_TRUE(shown.ends_with(" ..."));
  EXPECT_EQ(shown.substr(caret, 4), "HERE");
}

TEST(Problems, LongLinesWithThePlaceAtTheFrontLoseOnlyTheirEnd) {
  const std::string line = "key: " + std::string(200, 'x');
  EXPECT_EQ(rendered(line, {1, 6}),
            "a.yaml:1:6: error: bad\nkey: " + std::string(95, 'x') + " ...\n     ^\n");
}

TEST(NearestName, FindsTypingErrors) {
  const std::vector<std::string> known{"retries", "timeout", "on_fail", "image", "mode"};
  EXPECT_EQ(nearest_name("retrys", known), "retries");
  EXPECT_EQ(nearest_name("tiemout", known), "timeout");  // a swap is one error
  EXPECT_EQ(nearest_name("imge", known), "image");
  EXPECT_EQ(nearest_name("Mode", known), "mode");
  EXPECT_EQ(nearest_name("voltage", known), "");
  EXPECT_EQ(nearest_name("", known), "");
  EXPECT_EQ(nearest_name("mode", {}), "");
}

TEST(NearestName, ShortNamesNeedToBeNearer) {
  EXPECT_EQ(nearest_name("mA", {"mV"}), "");
  EXPECT_EQ(nearest_name("F1", {"F10", "F2"}), "F10");
}

TEST(DidYouMean, AsksForTheNearestNameOrSaysSomethingElse) {
  const std::vector<std::string> known{"retries", "timeout"};
  EXPECT_EQ(did_you_mean("retrys", known), "did you mean 'retries'?");
  EXPECT_EQ(did_you_mean("retrys", known, "see the manual"), "did you mean 'retries'?");
  EXPECT_EQ(did_you_mean("voltage", known, "see the manual"), "see the manual");
  EXPECT_EQ(did_you_mean("voltage", known), "");
  EXPECT_EQ(did_you_mean_or_known("retrys", known, "none"), "did you mean 'retries'?");
  EXPECT_EQ(did_you_mean_or_known("voltage", known, "none"), "known: retries, timeout");
  EXPECT_EQ(did_you_mean_or_known("voltage", {}, "none"), "none");
  EXPECT_EQ(with_did_you_mean("no key", "retrys", known), "no key; did you mean 'retries'?");
  EXPECT_EQ(with_did_you_mean("no key", "voltage", known), "no key");
}

TEST(Quoted, ShortensTheMiddle) {
  EXPECT_EQ(in_quotes("abc"), "'abc'");
  const std::string cut = in_quotes(std::string(50, 'a') + std::string(50, 'b'));
  EXPECT_EQ(cut, "'" + std::string(28, 'a') + "..." + std::string(28, 'b') + "'");
}

TEST(Utf8, RefusesWhatIsNotACharacter) {
  char32_t code = 0;
  EXPECT_EQ(utf8_length("\xE2\x82\xAC", code), 3U);
  EXPECT_EQ(code, U'\u20AC');
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80", code), 4U);
  EXPECT_EQ(utf8_length("\xC0\x80", code), 0U);          // overlong
  EXPECT_EQ(utf8_length("\xE0\x80\x80", code), 0U);      // overlong
  EXPECT_EQ(utf8_length("\xED\xA0\x80", code), 0U);      // surrogate
  EXPECT_EQ(utf8_length("\xF4\x90\x80\x80", code), 0U);  // above the last
  EXPECT_EQ(utf8_length("\xE2\x82", code), 0U);          // cut off
  EXPECT_EQ(utf8_length("\x80", code), 0U);
}

}  // namespace
}  // namespace plugrig
