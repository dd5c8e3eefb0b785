#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <random>

#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/pdu.hpp"
#include "tests/unit/modbus/fake_port.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::modbus::test {
namespace {

using namespace std::chrono_literals;

/// Another function that the devices answer: with nothing that could be taken for a value.
const std::vector<std::uint8_t> fence = read_pdu(function::read_holding, 0, 1);

/// Devices that answer three registers: the address asked for and the number of the request, so
/// that an answer to any other request is known as such; and everything that can go wrong on the
/// way.
class FaultyDevices {
 public:
  explicit FaultyDevices(std::uint64_t seed) : random_(seed) {}

  std::vector<Arrival> operator()(const ModbusFrame& request) {
    ++serial_;
    const ModbusFrame right = answer(request);
    const Duration prompt = between(2ms, 120ms);
    const Duration late = between(301ms, 980ms);
    const int dice = static_cast<int>(random_() % 100);
    if (dice < 55) return told("right", {{prompt, right}});
    if (dice < 67) return told("late", {{late, right}});
    if (dice < 74) return told("lost", {});
    if (dice < 79) return told("cut", {{prompt, std::nullopt}});
    if (dice < 84) return told("flipped", {{prompt, std::nullopt}, {late, right}});
    if (dice < 88) return told("wrong unit", {{prompt, as_other(right)}});
    if (dice < 92) return told("wrong unit, late", {{late, as_other(right)}});
    if (dice < 95)
      return told("wrong unit before the right", {{1ms, as_other(right)}, {prompt, right}});
    if (dice < 97) return told("noise before the right", {{1ms, std::nullopt}, {prompt, right}});
    const auto refused = static_cast<std::uint8_t>(request.pdu[0] | 0x80U);
    return told("busy", {{prompt, ModbusFrame{request.unit, {refused, 0x06}}}});
  }

  [[nodiscard]] std::uint32_t serial() const { return serial_; }
  std::map<std::string, int> counts;

 private:
  std::vector<Arrival> told(const std::string& what, std::vector<Arrival> arrivals) {
    ++counts[what];
    return arrivals;
  }

  [[nodiscard]] ModbusFrame answer(const ModbusFrame& request) const {
    if (request.pdu == fence) return {request.unit, {fence[0], 2, 0, 0}};
    return {request.unit,
            {4, 6, request.pdu[1], request.pdu[2], static_cast<std::uint8_t>(serial_ >> 24U),
             static_cast<std::uint8_t>(serial_ >> 16U), static_cast<std::uint8_t>(serial_ >> 8U),
             static_cast<std::uint8_t>(serial_)}};
  }

  static ModbusFrame as_other(ModbusFrame frame) {
    frame.unit = static_cast<std::uint8_t>(1 + frame.unit % 4);
    return frame;
  }

  Duration between(Duration least, Duration most) {
    return Duration{
        std::uniform_int_distribution<Duration::rep>(least.count(), most.count())(random_)};
  }

  std::mt19937_64 random_;
  std::uint32_t serial_ = 0;
};

/// Keeps what comes from each device in the order of its requests, as a device on a line does that
/// takes one request after the other.
class InOrder {
 public:
  InOrder(const Clock& clock, FaultyDevices& devices) : clock_(clock), devices_(devices) {}

  std::vector<Arrival> operator()(const ModbusFrame& request) {
    auto arrivals = devices_(request);
    Instant& busy_until = busy_until_[request.unit];
    for (Arrival& arrival : arrivals) {
      busy_until = std::max(busy_until, clock_.now() + arrival.after);
      arrival.after = busy_until - clock_.now();
    }
    return arrivals;
  }

 private:
  const Clock& clock_;
  FaultyDevices& devices_;
  std::map<std::uint8_t, Instant> busy_until_;
};

struct Outcome {
  int right = 0;
  int wrong = 0;
  int quick_again = 0;  ///< right within 300 ms of a request that failed
  std::map<std::string, int> faults;
};

struct Exchange {
  LineOptions line = {};
  RequestOptions request = {.response_timeout = 300ms, .retries = 1};
  bool in_order = false;
};

Outcome exchange(int count, std::uint64_t seed, const Exchange& how, FaultyDevices& devices) {
  const VirtualTime time;
  FakePort::Devices answers = [&](const ModbusFrame& request) { return devices(request); };
  if (how.in_order) answers = InOrder(*time.clock, devices);
  ModbusBus bus(*time.clock, std::make_unique<FakePort>(*time.clock, answers),
                {.name = "faulty", .line = how.line});
  std::mt19937_64 random(seed);
  Outcome outcome;
  std::optional<Instant> failed;
  for (int i = 0; i < count; ++i) {
    const auto unit = static_cast<std::uint8_t>(1 + random() % 4);
    const auto address = static_cast<std::uint16_t>(random() % 1000);
    try {
      const Reply reply = bus.request({unit, read_pdu(4, address, 3)}, how.request, time.in(10s));
      const auto words = registers_in(reply.pdu);
      const std::uint32_t serial = static_cast<std::uint32_t>(words[1]) << 16U | words[2];
      const bool ours = words[0] == address && serial == devices.serial();
      ++(ours ? outcome.right : outcome.wrong);
      if (failed && time.clock->now() - *failed < 300ms) ++outcome.quick_again;
      failed.reset();
    } catch (const Fault& fault) {
      ++outcome.faults[fault.id()];
      failed = time.clock->now();
    }
  }
  return outcome;
}

TEST(FaultyExchanges, HundredThousandWithoutOneWrongValue) {
  FaultyDevices devices(4711);
  Outcome outcome = exchange(100'000, 12, Exchange{}, devices);
  for (const auto& [what, count] : devices.counts)
    std::printf("  %-28s %6d\n", what.c_str(), count);
  std::printf("right %d, wrong %d\n", outcome.right, outcome.wrong);
  int failed = 0;
  for (const auto& [id, count] : outcome.faults) {
    std::printf("  %-28s %6d\n", id.c_str(), count);
    failed += count;
  }
  EXPECT_EQ(outcome.wrong, 0);
  EXPECT_EQ(outcome.right + failed, 100'000);
  EXPECT_GT(outcome.right, 70'000);
  for (const auto* id : {"modbus.timeout", "modbus.garbled", "modbus.wrong_unit"})
    EXPECT_GT(outcome.faults[id], 100) << id;
}

TEST(FaultyExchanges, WithoutWaitingForLateAnswersWrongValuesWouldBeAccepted) {
  // Shows that the devices above are bad enough for the test to mean something.
  FaultyDevices devices(4711);
  const Outcome outcome = exchange(3'000, 12, {.line = {.latest_answer = 0ms}}, devices);
  EXPECT_GT(outcome.wrong, 10);
}

/// As a board's inputs are read: no waiting where a fence does.
const RequestOptions fenced{.response_timeout = 130ms, .retries = 0, .fence = fence};

TEST(FaultyExchanges, HundredThousandBehindFencesWithoutOneWrongValue) {
  FaultyDevices devices(4712);
  Outcome outcome = exchange(100'000, 13, {.request = fenced, .in_order = true}, devices);
  int failed = 0;
  for (const auto& [id, count] : outcome.faults) failed += count;
  std::printf("right %d, failed %d, wrong %d; right within 300 ms of a failure %d\n", outcome.right,
              failed, outcome.wrong, outcome.quick_again);
  EXPECT_EQ(outcome.wrong, 0);
  EXPECT_EQ(outcome.right + failed, 100'000);
  EXPECT_GT(outcome.right, 40'000);
  EXPECT_GT(outcome.quick_again, 1'000) << "the fences were of no use";
}

TEST(FaultyExchanges, FencesRestOnDevicesThatAnswerInOrder) {
  // Shows that the devices above are bad enough for the test to mean something.
  FaultyDevices devices(4712);
  EXPECT_GT(exchange(10'000, 13, {.request = fenced, .in_order = false}, devices).wrong, 10);
}

}  // namespace
}  // namespace plugrig::modbus::test
