#include "drivers/operator/prompt_operator.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <thread>

#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A person who types prepared lines, each some time after the question.
class Person {
 public:
  explicit Person(Clock& clock) : clock_(clock) {}
  std::deque<std::string> lines;
  std::vector<std::string> shown;
  Duration thinking = 2s;
  int at_once = 0;  ///< prompts open now
  int most = 0;     ///< and at most

  PromptIo io() {
    return {[this](const std::string& text) { shown.push_back(text); },
            [this](const Deadline& deadline) -> std::optional<std::string> {
              most = std::max(most, ++at_once);
              const Instant typed = clock_.now() + thinking;
              clock_.sleep_until(deadline.no_later_than(typed));
              --at_once;
              if (clock_.now() < typed || lines.empty()) return std::nullopt;
              std::string line = lines.front();
              lines.pop_front();
              return line;
            }};
  }

 private:
  Clock& clock_;
};

class Prompting : public testing::Test {
 protected:
  Prompting() { seat_->enter(); }
  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock_->now() + time}; }
  std::string fault_of(const std::function<void()>& call) {
    try {
      call();
      return "none";
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.blame(), Blame::operator_);
      return fault.id();
    }
  }

  const OperatorPrompt question_{
      .slot = "M1", .text = "Is the case closed?", .unit = "", .low = {}, .high = {}};
  const OperatorPrompt reading_{
      .slot = "M1", .text = "Read the voltage.", .unit = "V", .low = 200, .high = 250};
  std::unique_ptr<Clock> clock_ = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat_ = clock_->reserve("test");
  Person person_{*clock_};
  PromptOperator operator_{*clock_, person_.io()};
};

TEST_F(Prompting, AsksUntilItUnderstands) {
  person_.lines = {"what?", "yes"};
  operator_.confirm(question_, within(60s));
  ASSERT_EQ(person_.shown.size(), 2U);
  EXPECT_THAT(person_.shown[0], HasSubstr("[M1] Is the case closed?"));
  EXPECT_THAT(person_.shown[1], HasSubstr("Type yes or no."));

  person_.lines = {"2301", "1,234", "231,4"};
  EXPECT_DOUBLE_EQ(operator_.value(reading_, within(60s)), 231.4);
  EXPECT_THAT(person_.shown.back(), HasSubstr("two ways"));
}

TEST_F(Prompting, ANoIsAFault) {
  person_.lines = {"no"};
  EXPECT_EQ(fault_of([&] { operator_.confirm(question_, within(60s)); }), "operator.refused");
}

TEST_F(Prompting, SilenceIsAFaultAtTheDeadline) {
  person_.thinking = 60s;
  const Instant begin = clock_->now();
  EXPECT_EQ(fault_of([&] { operator_.confirm(question_, within(5s)); }), "operator.no_answer");
  EXPECT_EQ(clock_->now() - begin, 5s);
  person_.thinking = 1s;
  EXPECT_EQ(fault_of([&] { operator_.value(reading_, within(5s)); }), "operator.no_answer")
      << "nobody types any more";
}

TEST_F(Prompting, WrongAnswersCannotOutlastTheDeadline) {
  person_.lines.assign(100, "nonsense");
  EXPECT_EQ(fault_of([&] { operator_.confirm(question_, within(11s)); }), "operator.no_answer");
  EXPECT_EQ(person_.lines.size(), 95U);
}

TEST_F(Prompting, Stops) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(operator_.confirm(question_, {.stop = stop.get_token()}), Stopped);
}

TEST_F(Prompting, OnePromptAtATime) {
  person_.lines.assign(6, "yes");
  std::vector<std::unique_ptr<Clock::Seat>> seats;
  std::vector<std::jthread> slots;
  for (int slot = 0; slot < 3; ++slot) {
    seats.push_back(clock_->reserve("slot"));
    slots.emplace_back([&, seat = seats.back().get()] {
      seat->enter();
      operator_.confirm(question_, {});
      operator_.confirm(question_, {});
      seat->leave();
    });
  }
  seat_->leave();
  slots.clear();
  EXPECT_EQ(person_.shown.size(), 6U);
  EXPECT_EQ(person_.most, 1);
}

TEST(NobodyThere, EveryQuestionIsAFault) {
  NoOperator nobody;
  EXPECT_THROW(nobody.confirm({}, {}), Fault);
  EXPECT_THROW(nobody.value({}, {}), Fault);
}

}  // namespace
}  // namespace plugrig::person
