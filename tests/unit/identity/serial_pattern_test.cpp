#include "rig/engine/serial_pattern.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace plugrig {
namespace {

TEST(SerialPattern, FitsTheWholeSerialOrNotAtAll) {
  const std::string pattern = "EP2-[0-9]{6}[0-9X]";
  EXPECT_TRUE(match_pattern(pattern, "EP2-000001X"));
  EXPECT_FALSE(match_pattern(pattern, "EP2-000001X1"));
  EXPECT_FALSE(match_pattern(pattern, " EP2-000001X"));
  EXPECT_FALSE(match_pattern(pattern, "ep2-000001X"));
  EXPECT_FALSE(match_pattern(pattern, ""));
  EXPECT_FALSE(match_pattern(pattern, std::string("EP2-000001X\0", 12)));
}

TEST(SerialPattern, TakesTheAlternativeThatFitsTheWhole) {
  EXPECT_TRUE(match_pattern("A|AB", "AB"));
  EXPECT_TRUE(match_pattern("[[:upper:]]{2}|X", "AB"));
}

TEST(SerialPattern, TellsWhereItsGroupIs) {
  const auto match = match_pattern("EP2-([0-9]{7})-DE", "EP2-0000012-DE");
  ASSERT_TRUE(match);
  EXPECT_TRUE(match->has_group);
  EXPECT_EQ(match->group_at, 4U);
  EXPECT_EQ(match->group_length, 7U);
  EXPECT_FALSE(match_pattern("EP2-[0-9]{7}", "EP2-0000012")->has_group);
}

TEST(SerialPattern, RefusesWhatIsNoneAndWhatIsUnderstoodOtherwiseThanMeant) {
  for (const char* bad :
       {"",       "[0-9",  "[",           "[^",           "(",     ")",      "A{",
        "A{6",    "A{x}",  "A{65}",       "A{1,1000000}", "A**",   "A+?",    "A{2}{3}",
        "\\d{6}", "EP\\w", "(A+)+",       "(A)(B)",       "(?:A)", "(A)\\1", "[[.a.]]",
        "A\tB",   "[9-0]", "EP2-\xc3\xa4"})
    EXPECT_NE(pattern_problem(bad), "") << bad;
  EXPECT_NE(pattern_problem(std::string(101, 'A')), "");
  for (const char* good : {"EP2-[0-9]{6}[0-9X]", "(A|B)[0-9]{2,4}", "A\\.B", "[]x]", "[^]x]+", ".*",
                           "[[:digit:]]{12}"})
    EXPECT_EQ(pattern_problem(good), "") << good;
}

/// Patterns that take exponential time where a matcher tries one way after the other.
TEST(SerialPattern, NothingThatIsAllowedHangsTheBench) {
  const std::string longest(kLongestSerial, 'a');
  std::string optional;
  for (int i = 0; i < 20; ++i) optional += "a?";
  for (const std::string& pattern :
       {std::string(".*.*.*.*.*.*.*.*.*.*b"), optional + std::string(20, 'a') + "b",
        std::string("(a|a|a|a|a)a*a*a*a*a*a*b"), std::string("a{0,64}a{0,64}a{0,64}b")}) {
    ASSERT_EQ(pattern_problem(pattern), "") << pattern;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(match_pattern(pattern, longest)) << pattern;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2)) << pattern;
  }
}

TEST(SerialPattern, SerialsThatNoProductHasDoNotFit) {
  EXPECT_TRUE(match_pattern(".*", std::string(kLongestSerial, 'a')));
  EXPECT_FALSE(match_pattern(".*", std::string(kLongestSerial + 1, 'a')));
}

}  // namespace
}  // namespace plugrig
