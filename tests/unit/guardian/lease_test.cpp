#include "drivers/guardian/lease.hpp"

#include <gtest/gtest.h>

namespace plugrig::guardian {
namespace {

using std::chrono::milliseconds;

Instant at(int ms) { return Instant{milliseconds{ms}}; }

TEST(Lease, NothingIsSwitchedOnWithoutOne) {
  Lease lease(milliseconds{1000});
  EXPECT_FALSE(lease.take_for_on(at(0)));
  EXPECT_FALSE(lease.used());
  EXPECT_TRUE(lease.renew(at(0)));
  EXPECT_TRUE(lease.take_for_on(at(999)));
  EXPECT_TRUE(lease.used());
}

TEST(Lease, WhileNothingIsOnItMayRunOutAndBeginAgain) {
  Lease lease(milliseconds{1000});
  EXPECT_TRUE(lease.renew(at(0)));
  EXPECT_EQ(lease.due(at(10)), at(1000)) << "something may be switched on before";
  EXPECT_EQ(lease.due(at(1000)), Instant::max());
  EXPECT_FALSE(lease.run_out(at(5000)));
  EXPECT_FALSE(lease.take_for_on(at(5000)));
  EXPECT_TRUE(lease.renew(at(5001)));
  EXPECT_TRUE(lease.take_for_on(at(5002)));
}

TEST(Lease, IsHeldByRenewingAndLostForGoodWithout) {
  Lease lease(milliseconds{1000});
  lease.renew(at(0));
  lease.take_for_on(at(1));
  for (int ms = 300; ms < 9000; ms += 300) {
    EXPECT_FALSE(lease.run_out(at(ms)));
    EXPECT_TRUE(lease.renew(at(ms)));
  }
  EXPECT_EQ(lease.due(at(9000)), at(9700));
  EXPECT_FALSE(lease.run_out(at(9699)));
  EXPECT_TRUE(lease.run_out(at(9700)));
  EXPECT_FALSE(lease.renew(at(9701)));
  EXPECT_FALSE(lease.take_for_on(at(9702)));
  EXPECT_EQ(lease.due(at(9703)), Instant::max()) << "nobody is to be woken for it any more";
}

TEST(Lease, ARenewalThatComesTooLateDoesNotSaveIt) {
  Lease lease(milliseconds{1000});
  lease.renew(at(0));
  lease.take_for_on(at(1));
  EXPECT_FALSE(lease.renew(at(30'000))) << "nobody looked in between";
  EXPECT_TRUE(lease.lost());
}

TEST(Lease, IsLostWhenTold) {
  Lease lease(milliseconds{1000});
  lease.renew(at(0));
  lease.lose();
  EXPECT_FALSE(lease.take_for_on(at(1)));
  EXPECT_FALSE(lease.renew(at(2)));
}

}  // namespace
}  // namespace plugrig::guardian
