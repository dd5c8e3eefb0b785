#include "fixtures/twin/net/memory_http.hpp"

#include <gtest/gtest.h>

#include "fake_plugs.hpp"
#include "rig/core/fault.hpp"
#include "virtual_time.hpp"

// The HTTP seam in virtual time.

namespace plugrig::twin {
namespace {

class MemoryHttpTest : public testing::Test {
 protected:
  MemoryHttpTest() : http_(std::unique_ptr<PlugAccess>(plugs_), *time_.clock) {}
  std::string fault_of(const HttpRequest& request, Duration limit) {
    try {
      http_.get(request, time_.in(limit));
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.blame(), Blame::contact);
      return fault.id();
    }
    return "";
  }
  VirtualTime time_;
  FakePlugs* plugs_ = new FakePlugs(50ms);  // owned by http_
  MemoryHttp http_;
};

TEST_F(MemoryHttpTest, GetsTheAnswerWhenItIsThere) {
  const auto start = time_.clock->now();
  const auto reply = http_.get({.address = "127.0.0.1", .target = "/cm?cmnd=Power"}, time_.in(5s));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "/cm?cmnd=Power");
  const auto took = time_.clock->now() - start;
  EXPECT_GE(took, 50ms);
  EXPECT_LE(took, 60ms);
  EXPECT_EQ(plugs_->asked_when(), 1);  // and did not look for it all the time
  ASSERT_EQ(plugs_->requests().size(), 1U);
  EXPECT_EQ(plugs_->requests()[0].method, "GET");
  EXPECT_EQ(plugs_->requests()[0].host, "127.0.0.1");
}

TEST_F(MemoryHttpTest, NobodyThereIsUnreachableAfterAWhile) {
  const auto start = time_.clock->now();
  EXPECT_EQ(fault_of({.address = "127.0.0.9", .target = "/"}, 5s), "http.unreachable");
  EXPECT_GE(time_.clock->now() - start, 1s);
  plugs_->set_joined(false);
  EXPECT_EQ(fault_of({.address = "127.0.0.1", .target = "/"}, 100ms), "http.unreachable");
}

TEST_F(MemoryHttpTest, APlugThatNeverAnswersIsATimeOutAtTheDeadline) {
  plugs_->set_mute(true);
  const auto deadline = time_.clock->now() + 3s;
  EXPECT_EQ(fault_of({.address = "127.0.0.1", .target = "/"}, 3s), "http.timeout");
  EXPECT_EQ(time_.clock->now(), deadline);
}

TEST_F(MemoryHttpTest, StopEndsIt) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(http_.get({.address = "127.0.0.1", .target = "/"}, time_.in(1s, stop.get_token())),
               Stopped);
}

TEST_F(MemoryHttpTest, KnowsNamesAndNeighbours) {
  EXPECT_EQ(http_.resolve("tasmota-1", time_.in(1s)), "127.0.0.1");
  EXPECT_FALSE(http_.resolve("tasmota-2", time_.in(1s)));
  EXPECT_EQ(http_.neighbour("A4:CF:12:00:00:01"), "127.0.0.1");
  EXPECT_FALSE(http_.neighbour("A4:CF:12:00:00:02"));
}

}  // namespace
}  // namespace plugrig::twin
