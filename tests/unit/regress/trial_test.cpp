#include "rig/regress/trial.hpp"

#include <gtest/gtest.h>

#include <set>

namespace plugrig::regress {
namespace {

TEST(Trial, EveryOutcomeHasItsOwnWord) {
  std::set<std::string_view> words;
  for (const auto outcome :
       {Outcome::passed, Outcome::unit_failed, Outcome::rig_fault, Outcome::aborted})
    words.insert(to_string(outcome));
  EXPECT_EQ(words, (std::set<std::string_view>{"passed", "unit_failed", "rig_fault", "aborted"}));
}

}  // namespace
}  // namespace plugrig::regress
