#include "drivers/operator/scripted_operator.hpp"

#include <gmock/gmock.h>

#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

using testing::HasSubstr;

std::vector<ScriptedAnswer> answers_of(const std::string& text, Problems& problems) {
  return read_answers(yaml::parse("a.yaml", text, problems), problems);
}

ScriptedOperator operator_of(const std::string& text) {
  Problems problems;
  auto answers = answers_of(text, problems);
  EXPECT_FALSE(problems.any_error()) << problems.render();
  return ScriptedOperator(std::move(answers));
}

OperatorPrompt asks(const std::string& text, const std::string& slot = "M1") {
  return {.slot = slot, .text = text, .unit = {}, .low = {}, .high = {}};
}

std::string fault_of(const std::function<void()>& call) {
  try {
    call();
    return "none";
  } catch (const Fault& fault) {
    return fault.id();
  }
}

TEST(ScriptedAnswers, AnswerInTheirOrder) {
  ScriptedOperator person = operator_of(
      "- {prompt: voltage, answer: 230.1 V}\n"
      "- {prompt: voltage, answer: '231,2'}\n"
      "- {prompt: case, answer: yes, repeat: true}\n"
      "- {prompt: unplug, answer: 'no'}\n");
  OperatorPrompt voltage = asks("Read the voltage.");
  voltage.unit = "V";
  EXPECT_DOUBLE_EQ(person.value(voltage, {}), 230.1);
  EXPECT_DOUBLE_EQ(person.value(voltage, {}), 231.2);
  EXPECT_EQ(fault_of([&] { person.value(voltage, {}); }), "operator.no_answer");
  for (int i = 0; i < 5; ++i) person.confirm(asks("Close the case."), {});
  EXPECT_EQ(fault_of([&] { person.confirm(asks("Please unplug it."), {}); }), "operator.refused");
  EXPECT_TRUE(person.unused().empty());
}

TEST(ScriptedAnswers, MayBelongToASlot) {
  ScriptedOperator person = operator_of(
      "- {prompt: voltage, answer: 1, slot: M1}\n"
      "- {prompt: voltage, answer: 2, slot: M2}\n");
  EXPECT_DOUBLE_EQ(person.value(asks("voltage", "M2"), {}), 2);
  EXPECT_EQ(fault_of([&] { person.value(asks("voltage", "M2"), {}); }), "operator.no_answer");
  ASSERT_EQ(person.unused().size(), 1U);
  EXPECT_EQ(person.unused().front().slot, "M1");
  EXPECT_EQ(person.unused().front().place.line, 1);
}

TEST(ScriptedAnswers, ThatDoNotFitAreFaultsOfTheFile) {
  ScriptedOperator person = operator_of("- {prompt: a, answer: 12}\n- {prompt: b, answer: yes}\n");
  EXPECT_EQ(fault_of([&] { person.confirm(asks("a"), {}); }), "operator.bad_answer");
  EXPECT_EQ(fault_of([&] { person.value(asks("b"), {}); }), "operator.bad_answer");
}

TEST(ScriptedAnswers, ProblemsHavePlaces) {
  Problems problems;
  const auto answers = answers_of(
      "- {prompt: a, answer: yes}\n"
      "- {prompt: b}\n"
      "- {promt: c, answer: yes}\n"
      "- {prompt: d, answer: 1, repeat: yes}\n",
      problems);
  const std::string text = problems.render();
  EXPECT_THAT(text, HasSubstr("a.yaml:2:"));
  EXPECT_THAT(text, HasSubstr("a.yaml:3:"));
  EXPECT_THAT(text, HasSubstr("did you mean 'prompt'"));
  EXPECT_THAT(text, HasSubstr("a.yaml:4:"));
}

TEST(ScriptedAnswers, AFileThatIsNoListIsAProblem) {
  for (const char* text : {"", "a: b\n", "text\n", "[\n"}) {
    Problems problems;
    EXPECT_TRUE(answers_of(text, problems).empty());
    EXPECT_TRUE(problems.any_error()) << text;
  }
  Problems problems;
  load_answers("/no/such/file.yaml", problems);
  EXPECT_TRUE(problems.any_error());
}

TEST(ScriptedAnswers, Stop) {
  ScriptedOperator person = operator_of("- {prompt: a, answer: yes}\n");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(person.confirm(asks("a"), {.stop = stop.get_token()}), Stopped);
}

}  // namespace
}  // namespace plugrig::person
