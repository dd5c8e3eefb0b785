#include "drivers/modbus/bus.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "drivers/modbus/pdu.hpp"
#include "tests/unit/modbus/fake_port.hpp"
#include "tests/unit/modbus/fault_of.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::modbus::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t meter = 1;
constexpr std::uint8_t board = 2;
constexpr std::uint8_t silent = 9;

/// A meter that takes its time and a board that does not.
std::vector<Arrival> devices(const ModbusFrame& request) {
  if (request.unit == silent) return {};
  if (is_write(request.pdu)) return {{3ms, request}};
  std::vector<std::uint8_t> answer{request.pdu[0], 2, request.pdu[1], request.pdu[2]};
  return {{request.unit == meter ? 200ms : 3ms, ModbusFrame{request.unit, answer}}};
}

ModbusFrame read(std::uint8_t unit, std::uint16_t address) {
  return {unit, read_pdu(function::read_holding, address, 1)};
}
ModbusFrame write(std::uint16_t coil, bool on) {
  return {board, write_pdu(function::write_coil, coil, on ? 0xFF00 : 0)};
}
RequestOptions off_of(int output) { return {.urgency = Urgency::off, .output = output}; }

class BusTest : public testing::Test {
 protected:
  explicit BusTest(FakePort::Devices answers = devices) {
    auto port = std::make_unique<FakePort>(*time.clock, std::move(answers));
    line = port.get();
    bus = std::make_unique<ModbusBus>(*time.clock, std::move(port), BusOptions{.name = "bus"});
  }

  /// Positions of what was sent.
  [[nodiscard]] std::size_t sent_at(const ModbusFrame& frame) const {
    for (std::size_t i = 0; i < line->sent.size(); ++i)
      if (line->sent[i].second == frame) return i;
    return line->sent.size();
  }

  VirtualTime time;
  FakePort* line = nullptr;
  std::unique_ptr<ModbusBus> bus;
};

TEST_F(BusTest, AnswersWithTheTimesOfTheExchange) {
  const Instant before = time.clock->now();
  const Reply reply = bus->request(read(meter, 0x1234), {}, time.in(1s));
  EXPECT_EQ(registers_in(reply.pdu), std::vector<std::uint16_t>{0x1234});
  EXPECT_GT(reply.sent, before);
  EXPECT_EQ(reply.received - reply.sent, 200ms);
}

TEST_F(BusTest, LeavesTheGapBetweenFrames) {
  bus->request(read(board, 1), {}, time.in(1s));
  const Instant end = time.clock->now();
  bus->request(read(board, 2), {}, time.in(1s));
  EXPECT_GE(line->sent[1].first - end, 5ms);
}

TEST_F(BusTest, OffGoesBeforeEverythingQueued) {
  std::vector<std::unique_ptr<Participant>> readers;
  for (std::uint16_t i = 0; i < 6; ++i) {
    readers.push_back(std::make_unique<Participant>(
        *time.clock, "reader", [this, i] { bus->request(read(meter, i), {}, time.in(10s)); }));
  }
  time.clock->sleep_for(50ms, {});  // the first is on the wire, five wait
  const Instant asked = time.clock->now();
  bus->request(write(3, false), off_of(4), time.in(1s));
  EXPECT_LE(time.clock->now() - asked, 300ms);
  readers.clear();
  EXPECT_EQ(sent_at(write(3, false)), 1U);
  EXPECT_EQ(line->sent.size(), 7U);
}

TEST_F(BusTest, OffTakesAWaitingOnOfTheSameOutputOut) {
  std::optional<Fault> same;
  bool other_done = false;
  Participant reader(*time.clock, "reader",
                     [&] { bus->request(read(meter, 0), {}, time.in(10s)); });
  Participant switcher(*time.clock, "same output", [&] {
    time.clock->sleep_for(10ms, {});
    same = fault_of([&] { bus->request(write(3, true), {.output = 4}, time.in(10s)); });
  });
  Participant neighbour(*time.clock, "other output", [&] {
    time.clock->sleep_for(10ms, {});
    bus->request(write(4, true), {.output = 5}, time.in(10s));
    other_done = true;
  });
  time.clock->sleep_for(50ms, {});
  bus->request(write(3, false), off_of(4), time.in(1s));
  switcher.join();
  neighbour.join();
  reader.join();
  ASSERT_TRUE(same);
  EXPECT_EQ(same->id(), "modbus.overtaken");
  EXPECT_TRUE(other_done);
  EXPECT_EQ(sent_at(write(3, true)), line->sent.size()) << "it was sent all the same";
}

TEST_F(BusTest, OffOfAllOutputsTakesEveryWaitingOnOfThatUnitOut) {
  std::optional<Fault> fault;
  Participant reader(*time.clock, "reader",
                     [&] { bus->request(read(meter, 0), {}, time.in(10s)); });
  Participant switcher(*time.clock, "on", [&] {
    time.clock->sleep_for(10ms, {});
    fault = fault_of([&] { bus->request(write(3, true), {.output = 4}, time.in(10s)); });
  });
  time.clock->sleep_for(50ms, {});
  bus->request(write(0xFF, false), off_of(0), time.in(1s));
  switcher.join();
  EXPECT_EQ(fault.value().id(), "modbus.overtaken");
}

TEST_F(BusTest, StopCancelsAWaitingRequestButNeverAnOff) {
  std::stop_source stop;
  bool stopped = false;
  Instant stopped_at{};
  Participant reader(*time.clock, "reader",
                     [&] { bus->request(read(meter, 0), {}, time.in(10s)); });
  Participant waiting(*time.clock, "waiting", [&] {
    time.clock->sleep_for(1ms, {});
    try {
      bus->request(read(meter, 7), {}, time.in(10s, stop.get_token()));
    } catch (const Stopped&) {
      stopped = true;
      stopped_at = time.clock->now();
    }
  });
  time.clock->sleep_for(50ms, {});
  const Instant asked = time.clock->now();
  stop.request_stop();
  bus->request(write(1, false), off_of(2), time.in(1s, stop.get_token()));
  waiting.join();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(stopped_at, asked);
  reader.join();
  EXPECT_EQ(sent_at(read(meter, 7)), line->sent.size());
  EXPECT_EQ(sent_at(write(1, false)), 1U);
}

TEST_F(BusTest, OffIsCarriedOutThoughItsDeadlineHasPassed) {
  bus->request(write(1, false), off_of(2), {time.clock->now() - 1s, {}});
  EXPECT_EQ(sent_at(write(1, false)), 0U);
}

TEST_F(BusTest, ARequestBehindItsDeadlineIsNotSent) {
  Participant reader(*time.clock, "reader",
                     [&] { bus->request(read(meter, 0), {}, time.in(10s)); });
  time.clock->sleep_for(10ms, {});
  const Fault fault = fault_of([&] { bus->request(read(meter, 5), {}, time.in(20ms)); });
  EXPECT_EQ(fault.id(), "modbus.timeout");
  reader.join();
  time.clock->sleep_for(1s, {});
  EXPECT_EQ(sent_at(read(meter, 5)), line->sent.size());
}

TEST_F(BusTest, ASilentUnitIsAskedAgainAndThenBlamed) {
  const Fault fault = fault_of([&] { bus->request(read(silent, 0), {}, time.in(20s)); });
  EXPECT_EQ(fault.id(), "modbus.timeout");
  EXPECT_EQ(fault.blame(), Blame::instrument);
  EXPECT_EQ(line->sent.size(), 3U);
}

TEST_F(BusTest, ASilentBoardHoldsUpAnotherBoardsOffByOneAttemptOnly) {
  Participant dead(*time.clock, "dead", [&] {
    fault_of([&] { bus->request({silent, write_pdu(5, 0, 0)}, off_of(1), time.in(5s)); });
  });
  time.clock->sleep_for(10ms, {});
  const Instant asked = time.clock->now();
  bus->request(write(0, false), off_of(1), time.in(1s));
  EXPECT_LE(time.clock->now() - asked, 400ms);
}

TEST_F(BusTest, AfterATimeOutTheSameFunctionWaitsAndAnotherDoesNot) {
  fault_of([&] { bus->request(read(silent, 0), {.retries = 0}, time.in(5s)); });
  const Instant failed = time.clock->now();
  bus->request(write(0, true), {.output = 1}, time.in(5s));
  EXPECT_LE(time.clock->now() - failed, 100ms);
  bus->request(read(board, 0), {}, time.in(5s));
  EXPECT_GE(time.clock->now() - failed, 600ms);
}

/// The second half of a fence: the board's coils.
RequestOptions fenced() {
  return {.response_timeout = 50ms, .fence = read_pdu(function::read_coils, 0, 1)};
}

/// The board, which loses the answers to its next reads of registers.
class LosingBoard : public BusTest {
 protected:
  LosingBoard()
      : BusTest([this](const ModbusFrame& request) {
          if (request.pdu[0] == function::read_coils)
            return std::vector<Arrival>{{3ms, ModbusFrame{request.unit, {1, 1, 1}}}};
          if (request.pdu[0] == function::read_holding && lose > 0) {
            --lose;
            return std::vector<Arrival>{};
          }
          return devices(request);
        }) {}
  int lose = 0;
};

TEST_F(LosingBoard, AFenceEndsTheWaitForALateAnswer) {
  lose = 1;
  const Instant asked = time.clock->now();
  const Reply reply = bus->request(read(board, 7), fenced(), time.in(1s));
  EXPECT_EQ(registers_in(reply.pdu), std::vector<std::uint16_t>{7});
  EXPECT_LE(time.clock->now() - asked, 150ms);
  ASSERT_EQ(line->sent.size(), 3U);
  EXPECT_EQ(line->sent[1].second, (ModbusFrame{board, fenced().fence}));
  EXPECT_GE(reply.sent, line->sent[2].first) << "the answer is one to the last request";
}

TEST_F(LosingBoard, AnAnswerOfAnotherFunctionIsAFenceForAllThatCome) {
  lose = 1;
  fault_of([&] { bus->request(read(board, 7), {.retries = 0}, time.in(1s)); });
  const Instant failed = time.clock->now();
  bus->request({board, fenced().fence}, {}, time.in(1s));
  bus->request(read(board, 8), {}, time.in(1s));
  EXPECT_LE(time.clock->now() - failed, 100ms);
}

TEST_F(LosingBoard, AFenceSaysNothingOfOtherUnits) {
  fault_of([&] { bus->request(read(silent, 7), {.retries = 0}, time.in(1s)); });
  const Instant failed = time.clock->now();
  bus->request(read(board, 8), fenced(), time.in(5s));
  EXPECT_GE(time.clock->now() - failed, 600ms);
  EXPECT_EQ(line->sent.size(), 2U) << "a fence that helps nothing was sent";
}

TEST_F(LosingBoard, AFenceThatIsNotAnsweredIsNone) {
  lose = 1;
  const ModbusFrame lost{silent, read_pdu(function::read_holding, 7, 1)};
  EXPECT_EQ(fault_of([&] { bus->request(lost, fenced(), time.in(150ms)); }).id(), "modbus.timeout");
  const Instant failed = time.clock->now();
  lose = 0;
  bus->request(read(board, 8), {}, time.in(5s));
  EXPECT_GE(time.clock->now() - failed, 600ms);
}

TEST_F(LosingBoard, AnEchoThatMayBeLateIsNoFence) {
  lose = 1;
  fault_of([&] { bus->request(read(board, 7), {.retries = 0}, time.in(1s)); });
  const Instant failed = time.clock->now();
  // An off is sent at once, although the echo of the one before may still come.
  int echoes_lost = 1;
  line->devices([&](const ModbusFrame& request) {
    return is_write(request.pdu) && echoes_lost-- > 0 ? std::vector<Arrival>{} : devices(request);
  });
  bus->request(write(3, false), off_of(4), time.in(1s));
  EXPECT_LE(time.clock->now() - failed, 400ms);
  bus->request(read(board, 8), {}, time.in(5s));
  EXPECT_GE(time.clock->now() - failed, 600ms);
}

TEST_F(LosingBoard, AnOffComesBetweenAFenceAndItsRequest) {
  lose = 1;
  Participant reader(*time.clock, "reader",
                     [this] { bus->request(read(board, 7), fenced(), time.in(1s)); });
  // The fence is on the wire.
  time.clock->wait([this] { return line->sent.size() == 2; }, time.in(1s));
  bus->request(write(3, false), off_of(4), time.in(1s));
  reader.join();
  ASSERT_EQ(line->sent.size(), 4U);
  EXPECT_EQ(line->sent[2].second, write(3, false));
}

TEST_F(BusTest, TheEndOfTheBusStillCarriesOutOffs) {
  std::vector<ModbusFrame> seen;
  auto dying = std::make_unique<ModbusBus>(
      *time.clock, std::make_unique<FakePort>(*time.clock, [&](const ModbusFrame& request) {
        seen.push_back(request);
        return std::vector<Arrival>{};  // never answers
      }));
  std::vector<std::unique_ptr<Participant>> callers;
  const std::vector<std::uint16_t> coils{0, 1, 2, 3, 4, 5, 6};
  for (const std::uint16_t coil : coils) {
    callers.push_back(std::make_unique<Participant>(*time.clock, "off", [&, coil] {
      fault_of([&] { dying->request(write(coil, false), off_of(coil + 1), time.in(1s)); });
    }));
  }
  callers.clear();  // all gave up after a second, before the last offs came to their turn
  ASSERT_LT(seen.size(), coils.size());
  dying.reset();
  for (const std::uint16_t coil : coils)
    EXPECT_NE(std::ranges::find(seen, write(coil, false)), seen.end()) << coil;
}

TEST(BusEnd, WithAndWithoutASeat) {
  {
    const VirtualTime time;
    const ModbusBus bus(*time.clock, std::make_unique<FakePort>(*time.clock, devices));
  }
  auto clock = make_virtual_clock();  // this thread has no seat of it
  { const ModbusBus bus(*clock, std::make_unique<FakePort>(*clock, devices)); }
  auto real = make_real_clock();
  { const ModbusBus bus(*real, std::make_unique<FakePort>(*real, devices)); }
}

TEST_F(BusTest, ALostPortIsOpenedAnewAndTheRequestRepeated) {
  line->lost = true;
  bus->request(read(board, 0), {}, time.in(5s));
  EXPECT_EQ(line->reopened, 1);
  line->lost = true;
  line->plugged_in = false;
  const Instant asked = time.clock->now();
  const Fault fault = fault_of([&] { bus->request(read(board, 0), {}, time.in(60s)); });
  EXPECT_EQ(fault.id(), "modbus.lost");
  EXPECT_LE(time.clock->now() - asked, 2s) << "recovery must be bounded";
}

struct ExceptionCase {
  std::uint8_t code;
  std::string id;
  Blame blame;
  std::size_t attempts;
};

class ExceptionTest : public testing::TestWithParam<ExceptionCase> {};

TEST_P(ExceptionTest, IsTriedAgainOnlyWhereThatCanHelp) {
  const VirtualTime time;
  const std::uint8_t code = GetParam().code;
  auto port = std::make_unique<FakePort>(*time.clock, [code](const ModbusFrame& request) {
    return std::vector<Arrival>{
        {3ms,
         ModbusFrame{request.unit, {static_cast<std::uint8_t>(request.pdu[0] | 0x80U), code}}}};
  });
  const FakePort* line = port.get();
  ModbusBus bus(*time.clock, std::move(port));
  const Fault fault = fault_of([&] { bus.request(read(meter, 0), {}, time.in(10s)); });
  EXPECT_EQ(fault.id(), GetParam().id);
  EXPECT_EQ(fault.blame(), GetParam().blame);
  EXPECT_EQ(line->sent.size(), GetParam().attempts);
}

INSTANTIATE_TEST_SUITE_P(Codes, ExceptionTest,
                         testing::Values(ExceptionCase{1, "modbus.exception", Blame::config, 1},
                                         ExceptionCase{2, "modbus.exception", Blame::config, 1},
                                         ExceptionCase{3, "modbus.exception", Blame::config, 1},
                                         ExceptionCase{4, "modbus.exception", Blame::instrument, 2},
                                         ExceptionCase{5, "modbus.exception", Blame::instrument, 3},
                                         ExceptionCase{6, "modbus.exception", Blame::instrument, 3},
                                         ExceptionCase{0x0B, "modbus.timeout", Blame::instrument,
                                                       3}),
                         [](const auto& test) { return "Code" + std::to_string(test.param.code); });

TEST(BusEcho, AnotherEchoIsNoAnswer) {
  const VirtualTime time;
  ModbusBus bus(*time.clock, std::make_unique<FakePort>(*time.clock, [](ModbusFrame request) {
    request.pdu[2] ^= 1U;  // switches the neighbour
    return std::vector<Arrival>{{3ms, request}};
  }));
  const Fault fault = fault_of([&] { bus.request(write(0, true), {.retries = 0}, time.in(10s)); });
  EXPECT_EQ(fault.id(), "modbus.wrong_answer");
}

TEST(BusThreads, TwoThreadsGetTheirOwnAnswers) {
  const VirtualTime time;
  ModbusBus bus(*time.clock, std::make_unique<FakePort>(*time.clock, devices));
  int wrong = 0;
  const auto work = [&](std::uint16_t base) {
    for (std::uint16_t i = 0; i < 200; ++i) {
      const auto address = static_cast<std::uint16_t>(base + i);
      const Reply reply = bus.request(read(board, address), {}, time.in(60s));
      if (registers_in(reply.pdu) != std::vector<std::uint16_t>{address}) ++wrong;
    }
  };
  {
    Participant one(*time.clock, "one", [&] { work(0); });
    Participant two(*time.clock, "two", [&] { work(1000); });
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace plugrig::modbus::test
