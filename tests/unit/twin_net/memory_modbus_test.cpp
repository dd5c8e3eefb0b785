#include "fixtures/twin/net/memory_modbus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rig/core/fault.hpp"
#include "small_bus.hpp"
#include "virtual_time.hpp"

// The Modbus seam in virtual time.

namespace plugrig::twin {
namespace {

using testing::ElementsAre;

const ModbusFrame voltage{1, {0x04, 0x00, 0x00, 0x00, 0x02}};
const ModbusFrame current{1, {0x04, 0x00, 0x06, 0x00, 0x02}};

class MemoryModbusTest : public testing::Test {
 protected:
  MemoryModbus line(SmallBus& bus, std::uint32_t bit_per_s = 9600) {
    return {bus.exchange(), *time_.clock, {.bit_per_s = bit_per_s}};
  }
  VirtualTime time_;
};

TEST_F(MemoryModbusTest, AnExchangeTakesWireTimeAndLatency) {
  SmallBus bus;
  auto port = line(bus);
  time_.clock->sleep_for(10s, {});
  const auto start = time_.clock->now();
  port.send(voltage, time_.in(1s));
  EXPECT_EQ(time_.clock->now() - start, port.wire_time(5));
  EXPECT_NEAR(static_cast<double>(port.wire_time(5).count()), 8 * 10 / 9600.0 * 1e9, 1e3);
  const auto answer = port.receive(time_.in(1s));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->unit, 1);
  EXPECT_THAT(answer->pdu, ElementsAre(0x04, 0x04, 0x43, 0x66, 0x33, 0x33));
  const auto took = time_.clock->now() - start;
  EXPECT_GE(took, port.wire_time(5) + port.wire_time(6) + 20ms);
  EXPECT_LE(took, port.wire_time(5) + port.wire_time(6) + 80ms);
}

TEST_F(MemoryModbusTest, NobodyAtTheAddressIsSilenceUntilTheDeadline) {
  SmallBus bus;
  auto port = line(bus);
  port.send({9, {0x04, 0x00, 0x00, 0x00, 0x02}}, time_.in(1s));
  const auto deadline = time_.in(300ms);
  EXPECT_FALSE(port.receive(deadline));
  EXPECT_EQ(time_.clock->now(), deadline.at);
}

TEST_F(MemoryModbusTest, ALateAnswerComesToWhoeverReceivesNext) {
  SmallBus bus(share_of("late", 1));
  auto port = line(bus);
  time_.clock->sleep_for(10s, {});
  port.send(voltage, time_.in(1s));
  EXPECT_FALSE(port.receive(time_.in(100ms)));
  time_.clock->sleep_for(2s, {});
  // The next request gets the answer to the one before: the trap that a driver must avoid.
  port.send(current, time_.in(1s));
  auto answer = port.receive(time_.in(100ms));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->pdu, ElementsAre(0x04, 0x04, 0x43, 0x66, 0x33, 0x33));
  answer = port.receive(time_.in(3s));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->pdu, ElementsAre(0x04, 0x04, 0x40, 0x8B, 0x33, 0x33));
}

TEST_F(MemoryModbusTest, ADeviceOnALineAnswersInTheOrderOfItsRequests) {
  SmallBus bus(share_of("late", 1));  // each by another time
  auto port = line(bus);
  time_.clock->sleep_for(10s, {});
  for (int round = 0; round < 20; ++round) {
    port.send(voltage, time_.in(1s));
    port.send(current, time_.in(1s));
    const auto first = port.receive(time_.in(3s));
    const auto second = port.receive(time_.in(3s));
    ASSERT_TRUE(first && second);
    EXPECT_THAT(first->pdu, ElementsAre(0x04, 0x04, 0x43, 0x66, 0x33, 0x33));
    EXPECT_THAT(second->pdu, ElementsAre(0x04, 0x04, 0x40, 0x8B, 0x33, 0x33));
  }
}

TEST_F(MemoryModbusTest, FlushThrowsAwayWhatHasArrivedAndNothingElse) {
  SmallBus bus(share_of("late", 1));
  auto port = line(bus);
  time_.clock->sleep_for(10s, {});
  port.send(voltage, time_.in(1s));
  port.flush();  // still under way
  EXPECT_TRUE(port.receive(time_.in(3s)));
  port.send(voltage, time_.in(1s));
  time_.clock->sleep_for(3s, {});
  port.flush();
  EXPECT_FALSE(port.receive(time_.in(3s)));
}

TEST_F(MemoryModbusTest, WhatIsThereIsTakenEvenAfterTheDeadline) {
  SmallBus bus;
  auto port = line(bus);
  time_.clock->sleep_for(10s, {});
  port.send(voltage, time_.in(1s));
  time_.clock->sleep_for(1s, {});
  EXPECT_TRUE(port.receive({time_.clock->now() - 100ms, {}}));
}

TEST_F(MemoryModbusTest, DamagedAnswersAreGarbled) {
  for (const char* damage : {"corrupted", "cut"}) {
    SmallBus bus(share_of(damage, 1));
    auto port = line(bus);
    time_.clock->sleep_for(10s, {});
    port.send(voltage, time_.in(1s));
    try {
      port.receive(time_.in(1s));
      ADD_FAILURE() << damage;
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.id(), "modbus.garbled");
      EXPECT_EQ(fault.blame(), Blame::instrument);
      EXPECT_FALSE(fault.evidence().empty());
    }
  }
}

TEST_F(MemoryModbusTest, OverTcpALateAnswerIsDroppedByItsNumber) {
  SmallBus bus(share_of("late", 1));
  auto port = line(bus, 0);
  EXPECT_TRUE(port.answers_name_requests());
  EXPECT_EQ(port.wire_time(5), 0s);
  time_.clock->sleep_for(10s, {});
  port.send(voltage, time_.in(1s));
  EXPECT_FALSE(port.receive(time_.in(100ms)));
  time_.clock->sleep_for(2s, {});
  port.send(current, time_.in(1s));
  const auto answer = port.receive(time_.in(3s));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->pdu, ElementsAre(0x04, 0x04, 0x40, 0x8B, 0x33, 0x33));
}

TEST_F(MemoryModbusTest, StopEndsSendAndReceive) {
  SmallBus bus;
  auto port = line(bus, 300);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(port.send(voltage, time_.in(1s, stop.get_token())), Stopped);
  EXPECT_THROW(port.receive(time_.in(1s, stop.get_token())), Stopped);
}

TEST_F(MemoryModbusTest, ARequestThatIsStoppedOnTheWireSwitchesNothing) {
  SmallBus bus;
  auto port = line(bus, 300);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(port.send({2, {0x05, 0x00, 0x00, 0xFF, 0x00}}, time_.in(1s, stop.get_token())),
               Stopped);
  EXPECT_FALSE(bus.closed(1));
}

}  // namespace
}  // namespace plugrig::twin
