#include "drivers/operator/answer.hpp"

#include <gmock/gmock.h>

namespace plugrig::person {
namespace {

using testing::HasSubstr;

double value(const std::string& text, const std::string& unit) {
  const auto parsed = parse_value(text, unit);
  const auto* number = std::get_if<double>(&parsed);
  EXPECT_NE(number, nullptr) << text << ": " << std::get<NotUnderstood>(parsed).why;
  return number == nullptr ? -1 : *number;
}

TEST(TypedValues, AreUnderstoodAsPeopleWriteThem) {
  EXPECT_DOUBLE_EQ(value("230.1", "V"), 230.1);
  EXPECT_DOUBLE_EQ(value("  230,1 V ", "V"), 230.1);
  EXPECT_DOUBLE_EQ(value("230.1V", "V"), 230.1);
  EXPECT_DOUBLE_EQ(value("0,263", "A"), 0.263);
  EXPECT_DOUBLE_EQ(value("263 mA", "A"), 0.263);
  EXPECT_DOUBLE_EQ(value("263 mA", "mA"), 263);
  EXPECT_DOUBLE_EQ(value("1.2 kW", "W"), 1200);
  EXPECT_DOUBLE_EQ(value("0.05 ohm", "Ohm"), 0.05);
  EXPECT_DOUBLE_EQ(value("80 mOhm", "Ohm"), 0.08);
  EXPECT_DOUBLE_EQ(value("230 v", "V"), 230);
  EXPECT_DOUBLE_EQ(value("+7", "V"), 7);
  EXPECT_DOUBLE_EQ(value("-7", "V"), -7);
  EXPECT_DOUBLE_EQ(value("12", ""), 12);
}

TEST(TypedValues, AreRefusedWhenTheyCouldMeanTwoThings) {
  for (const char* text : {"1,234", "230,125 V", "1.234,5", "1,234.5", "1,2,3", "12,345,678"}) {
    const auto parsed = parse_value(text, "V");
    ASSERT_TRUE(std::holds_alternative<NotUnderstood>(parsed)) << text;
    EXPECT_THAT(std::get<NotUnderstood>(parsed).why, HasSubstr("two ways")) << text;
  }
}

TEST(TypedValues, AreRefusedWhenTheyAreNone) {
  for (const char* text : {"", " ", "V", "abc", "1e3", "1..2", "1.2.3", "--1", "nan", "inf", "12 A",
                           "12 Vx", "1 2", "0x10"}) {
    EXPECT_TRUE(std::holds_alternative<NotUnderstood>(parse_value(text, "V"))) << text;
  }
}

TEST(Prompts, SayLimitsAndKeepThem) {
  const OperatorPrompt prompt{
      .slot = "M1", .text = "Read the voltage.", .unit = "V", .low = 200, .high = 250};
  EXPECT_EQ(prompt_text(prompt), "[M1] Read the voltage. (V, 200 to 250)");
  EXPECT_TRUE(std::holds_alternative<double>(answer_to(prompt, "200")));
  EXPECT_THAT(std::get<NotUnderstood>(answer_to(prompt, "199.9")).why, HasSubstr("too low"));
  EXPECT_THAT(std::get<NotUnderstood>(answer_to(prompt, "2301")).why, HasSubstr("too high"));
}

TEST(Confirmations, AreYesOrNo) {
  for (const char* text : {"y", "YES", " ok ", "Yes"}) EXPECT_EQ(parse_confirmation(text), true);
  for (const char* text : {"n", "No"}) EXPECT_EQ(parse_confirmation(text), false);
  for (const char* text : {"", "maybe", "yess", "0"}) EXPECT_FALSE(parse_confirmation(text));
}

}  // namespace
}  // namespace plugrig::person
