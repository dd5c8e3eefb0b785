#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig/cli/screen/board_keys.hpp"

namespace plugrig::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// A person at the keys, and a scanner beside.
class BoardKeysTest : public ::testing::Test {
 protected:
  BoardKeysTest() { keys_.set_slots({"F1", "F2", "F3"}); }

  /// Key by key, as slowly as a person is.
  std::vector<Wish> press(std::string_view characters) {
    std::vector<Wish> all;
    for (const char c : characters) {
      now_ += milliseconds{400};
      add(all, keys_.take(std::string_view(&c, 1), now_));
      now_ += milliseconds{100};
      add(all, keys_.pass(now_));
    }
    return all;
  }
  std::vector<Wish> burst(std::string_view characters) {
    std::vector<Wish> all;
    now_ += milliseconds{500};
    for (const char c : characters) {
      now_ += milliseconds{5};
      add(all, keys_.take(std::string_view(&c, 1), now_));
    }
    now_ += milliseconds{500};
    add(all, keys_.pass(now_));
    return all;
  }
  static void add(std::vector<Wish>& all, std::vector<Wish> more) {
    for (auto& wanted : more) all.push_back(std::move(wanted));
  }

  BoardKeys keys_;
  Instant now_{std::chrono::seconds{10}};
};

TEST_F(BoardKeysTest, OneKeyStopsEverything) {
  for (const auto* key : {"s", "S", "q", "Q"}) {
    const auto wishes = press(key);
    ASSERT_EQ(wishes.size(), 1U) << key;
    EXPECT_TRUE(std::holds_alternative<wish::StopAll>(wishes[0]));
  }
}

TEST_F(BoardKeysTest, AStopIsSeenWithinATenthOfASecond) {
  EXPECT_TRUE(keys_.take("s", now_).empty()) << "it may be the begin of a burst";
  ASSERT_TRUE(keys_.due());
  EXPECT_LE(*keys_.due() - now_, milliseconds{100});
  EXPECT_EQ(keys_.pass(*keys_.due()).size(), 1U);
}

TEST_F(BoardKeysTest, OneSlotIsStoppedAfterItWasChosen) {
  EXPECT_TRUE(press("x").empty());
  EXPECT_THAT(keys_.talk().notice, HasSubstr("Choose a slot"));
  const auto wishes = press("2x");
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(std::get<wish::StopSlot>(wishes[0]).slot, "F2");
}

TEST_F(BoardKeysTest, CursorKeysAndTabMoveTheChoiceAround) {
  const auto arrow = [this](const char* sequence) {
    now_ += milliseconds{500};
    keys_.take(sequence, now_);
    return keys_.talk().selected;
  };
  EXPECT_EQ(arrow("\x1b[B"), "F1");
  EXPECT_EQ(arrow("\x1b[B"), "F2");
  EXPECT_EQ(arrow("\x1b[A"), "F1");
  EXPECT_EQ(arrow("\x1b[A"), "F3");
  press("\t");
  EXPECT_EQ(keys_.talk().selected, "F1");
  press("9");
  EXPECT_EQ(keys_.talk().selected, "F1") << "there is no ninth slot";
}

TEST_F(BoardKeysTest, NoSingleKeyStartsAnything) {
  press("1");
  for (char c = ' '; c <= '~'; ++c) {
    for (const auto& wanted : press(std::string(1, c)))
      EXPECT_FALSE(std::holds_alternative<wish::Retest>(wanted)) << c;
    press("\x1b");
    keys_.close_question();
    if (keys_.talk().selected.empty()) press("1");
  }
}

TEST_F(BoardKeysTest, TestingAgainTakesAReasonAndEnter) {
  press("3r");
  EXPECT_THAT(keys_.talk().prompt, HasSubstr("F3"));
  EXPECT_TRUE(press("reseated, s and x").empty()) << "what is typed is no key";
  const auto wishes = press("\n");
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(std::get<wish::Retest>(wishes[0]).slot, "F3");
  EXPECT_EQ(std::get<wish::Retest>(wishes[0]).reason, "reseated, s and x");
  press("r\x1b");
  EXPECT_TRUE(press("\n").empty());
}

TEST_F(BoardKeysTest, AScannersBurstIsNeverAKey) {
  for (const auto* label : {"ssss\n", "1x2x3x\n", "1r12\n", "qqqqqqqq\n", "1234567890123\n"}) {
    const auto wishes = burst(label);
    ASSERT_EQ(wishes.size(), 1U) << label;
    EXPECT_TRUE(std::holds_alternative<wish::Scanned>(wishes[0])) << label;
  }
  EXPECT_TRUE(burst("sqx").empty()) << "cut off";
}

TEST_F(BoardKeysTest, WhileAQuestionIsOpenKeysAreItsAnswer) {
  keys_.open_question("F1: volts? ");
  EXPECT_TRUE(press("sxq").empty());
  EXPECT_EQ(keys_.talk().typed, "sxq");
  EXPECT_TRUE(press("\x7f\x7f\x7f"
                    "230.5")
                  .empty());
  const auto wishes = press("\n");
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(std::get<wish::Answer>(wishes[0]).text, "230.5");
  EXPECT_EQ(keys_.talk().prompt, "");
}

TEST_F(BoardKeysTest, AScanBesideAQuestionIsNoAnswer) {
  keys_.open_question("Loaded? ");
  press("ye");
  const auto wishes = burst("SN12345\n");
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(std::get<wish::Scanned>(wishes[0]).scan.text, "SN12345");
  EXPECT_EQ(keys_.talk().typed, "ye");
}

TEST_F(BoardKeysTest, ASerialCanBeTyped) {
  press("t");
  EXPECT_THAT(keys_.talk().prompt, HasSubstr("Serial"));
  press("AB-12s");
  EXPECT_EQ(keys_.talk().typed, "AB-12s");
  const auto wishes = press("\n");
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(std::get<wish::Scanned>(wishes[0]).scan.text, "AB-12s");
  EXPECT_EQ(keys_.talk().prompt, "");
}

TEST_F(BoardKeysTest, HelpGoesAwayWithAnyKeyAndAStopStillStops) {
  press("?");
  EXPECT_TRUE(keys_.talk().help);
  EXPECT_TRUE(press("1").empty());
  EXPECT_FALSE(keys_.talk().help);
  press("?");
  EXPECT_EQ(press("s").size(), 1U);
}

}  // namespace
}  // namespace plugrig::cli
