#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <random>

#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/pdu.hpp"
#include "tests/unit/modbus/fake_port.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::modbus::test {
namespace {

using namespace std::chrono_literals;

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
    return told("busy", {{prompt, ModbusFrame{request.unit, {0x84, 0x06}}}});
  }

  [[nodiscard]] std::uint32_t serial() const { return serial_; }
  std::map<std::string, int> counts;

 private:
  std::vector<Arrival> told(const std::string& what, std::vector<Arrival> arrivals) {
    ++counts[what];
    return arrivals;
  }

  [[nodiscard]] ModbusFrame answer(const ModbusFrame& request) const {
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

struct Outcome {
  int right = 0;
  int wrong = 0;
  std::map<std::string, int> faults;
};

Outcome exchange(int count, std::uint64_t seed, LineOptions options, FaultyDevices& devices) {
  const VirtualTime time;
  ModbusBus bus(*time.clock,
                std::make_unique<FakePort>(
                    *time.clock, [&](const ModbusFrame& request) { return devices(request); }),
                {.name = "faulty", .line = options});
  std::mt19937_64 random(seed);
  Outcome outcome;
  for (int i = 0; i < count; ++i) {
    const auto unit = static_cast<std::uint8_t>(1 + random() % 4);
    const auto address = static_cast<std::uint16_t>(random() % 1000);
    try {
      const Reply reply = bus.request({unit, read_pdu(4, address, 3)},
                                      {.response_timeout = 300ms, .retries = 1}, time.in(10s));
      const auto words = registers_in(reply.pdu);
      const std::uint32_t serial = static_cast<std::uint32_t>(words[1]) << 16U | words[2];
      const bool ours = words[0] == address && serial == devices.serial();
      ++(ours ? outcome.right : outcome.wrong);
    } catch (const Fault& fault) {
      ++outcome.faults[fault.id()];
    }
  }
  return outcome;
}

TEST(FaultyExchanges, HundredThousandWithoutOneWrongValue) {
  FaultyDevices devices(4711);
  Outcome outcome = exchange(100'000, 12, {}, devices);
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
  const Outcome outcome = exchange(3'000, 12, {.latest_answer = 0ms}, devices);
  EXPECT_GT(outcome.wrong, 10);
}

}  // namespace
}  // namespace plugrig::modbus::test
