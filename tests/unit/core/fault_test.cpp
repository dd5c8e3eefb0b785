#include "rig/core/fault.hpp"

#include <gtest/gtest.h>

namespace plugrig {
namespace {

TEST(Fault, TellsIdBlameWhatHappenedAndWhatToDo) {
  const Fault fault("esp.sync.silent", Blame::contact, "No answer.", "Check the TX contact.");
  EXPECT_STREQ(fault.what(), "esp.sync.silent (contact): No answer. Next: Check the TX contact.");
  EXPECT_EQ(fault.id(), "esp.sync.silent");
  EXPECT_EQ(fault.blame(), Blame::contact);
  EXPECT_TRUE(fault.evidence().empty());
}

TEST(Fault, EvidenceIsKeptInOrder) {
  Fault fault("a.b", Blame::unit, "x.", "y.", {{"boot text", "ets Jan  8"}});
  fault.add({"register", "0x60000200 = 0"});
  ASSERT_EQ(fault.evidence().size(), 2U);
  EXPECT_EQ(fault.evidence()[0].name, "boot text");
  EXPECT_EQ(fault.evidence()[1].text, "0x60000200 = 0");
}

TEST(Fault, EveryBlameHasItsName) {
  EXPECT_EQ(to_string(Blame::unit), "unit");
  EXPECT_EQ(to_string(Blame::contact), "contact");
  EXPECT_EQ(to_string(Blame::fixture), "fixture");
  EXPECT_EQ(to_string(Blame::instrument), "instrument");
  EXPECT_EQ(to_string(Blame::host), "host");
  EXPECT_EQ(to_string(Blame::operator_), "operator");
  EXPECT_EQ(to_string(Blame::config), "config");
  EXPECT_EQ(to_string(Blame::software), "software");
}

}  // namespace
}  // namespace plugrig
