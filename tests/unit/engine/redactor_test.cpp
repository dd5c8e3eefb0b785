#include "rig/engine/redactor.hpp"

#include <gtest/gtest.h>

namespace plugrig {
namespace {

TEST(Redactor, TakesEveryFormOut) {
  const Redactor redactor({"pä ss/\"w\\d&\n"});
  const std::vector<std::string> forms{
      "pä ss/\"w\\d&\n",                       // as it is
      "p%C3%A4%20ss%2F%22w%5Cd%26%0A",         // URL
      "p%c3%a4%20ss%2f%22w%5cd%26%0a",         // URL, lower case
      "p%C3%A4+ss%2F%22w%5Cd%26%0A",           // form
      "pä ss/\\\"w\\\\d&\\n",                  // JSON
      "pä ss\\/\\\"w\\\\d&\\n",                // JSON, escaped slash
      "p\\u00e4 ss/\\\"w\\\\d&\\n",            // JSON, ASCII
      "p%C3%A4%20ss%2F%5C%22w%5C%5Cd%26%5Cn",  // JSON in a URL
  };
  for (const std::string& form : forms) {
    EXPECT_EQ(redactor.clean("<" + form + "|" + form + ">"), "<[secret]|[secret]>") << form;
  }
}

TEST(Redactor, EscapesCharactersBeyondTheFirstPlane) {
  EXPECT_EQ(Redactor({"a\xF0\x9F\x94\x92"}).clean("x a\\ud83d\\udd12 y"), "x [secret] y");
}

TEST(Redactor, TakesTheLongestSecretFirst) {
  EXPECT_EQ(Redactor({"abc", "abcdef"}).clean("abcdef abc"), "[secret] [secret]");
}

TEST(Redactor, LeavesOtherTextAlone) {
  EXPECT_EQ(Redactor({"abc"}).clean("ab c ABC"), "ab c ABC");
  EXPECT_EQ(Redactor({""}).clean("text"), "text");
  EXPECT_EQ(Redactor().clean("text"), "text");
}

TEST(Redactor, SurvivesBrokenUtf8) {
  const Redactor redactor({"x\xC3", "\xF0\x9F"});
  EXPECT_EQ(redactor.clean("x\xC3!"), "[secret]!");
}

}  // namespace
}  // namespace plugrig
