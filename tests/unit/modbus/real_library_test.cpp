#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <random>

#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/pdu.hpp"
#include "drivers/modbus/rtu_port.hpp"
#include "drivers/modbus/tcp_port.hpp"
#include "tests/unit/modbus/fault_of.hpp"
#include "tests/unit/modbus/faulty_server.hpp"

namespace plugrig::modbus::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration promise = 40ms;

struct Outcome {
  int right = 0;
  int wrong = 0;
  std::map<std::string, int> faults;
  [[nodiscard]] int failed() const {
    int sum = 0;
    for (const auto& [id, count] : faults) sum += count;
    return sum;
  }
};

Outcome exchange(Clock& clock, ModbusBus& bus, const FaultyServer& server, int count) {
  std::mt19937_64 random(99);
  Outcome outcome;
  for (int i = 0; i < count; ++i) {
    const auto unit = static_cast<std::uint8_t>(1 + random() % 3);
    const auto address = static_cast<std::uint16_t>(random() % 5000);
    try {
      const Reply reply =
          bus.request({unit, read_pdu(4, address, 3)}, {.response_timeout = 15ms, .retries = 1},
                      {clock.now() + 5s, {}});
      const auto words = registers_in(reply.pdu);
      const std::uint32_t serial = static_cast<std::uint32_t>(words[1]) << 16U | words[2];
      const bool ours =
          words[0] == address && (serial == server.serial() || server.excused(serial));
      ++(ours ? outcome.right : outcome.wrong);
    } catch (const Fault& fault) {
      ++outcome.faults[fault.id()];
    }
  }
  return outcome;
}

void print(const Outcome& outcome, const FaultyServer& server) {
  for (const auto& [what, count] : server.counts())
    std::printf("  %-24s %5d\n", what.c_str(), count);
  std::printf("right %d, wrong %d\n", outcome.right, outcome.wrong);
  for (const auto& [id, count] : outcome.faults) std::printf("  %-24s %5d\n", id.c_str(), count);
}

TEST(RealLibrary, ThousandFaultyExchangesOverASerialLine) {
  const auto clock = make_real_clock();
  SentMark mark;
  const FaultyServer server(*clock, Framing::rtu, 5, mark, promise);
  ModbusBus bus(
      *clock,
      std::make_unique<MarkedPort>(
          *clock, mark,
          std::make_unique<RtuPort>(*clock, RtuOptions{.device = server.device(), .baud = 115200})),
      {.name = "pty", .line = {.latest_answer = promise, .gap = 5ms}});
  const Outcome outcome = exchange(*clock, bus, server, 1000);
  print(outcome, server);
  EXPECT_EQ(outcome.wrong, 0);
  EXPECT_EQ(outcome.right + outcome.failed(), 1000);
  EXPECT_GT(outcome.right, 300);  // a busy machine makes many answers late
}

TEST(RealLibrary, ThousandFaultyExchangesOverTcp) {
  const auto clock = make_real_clock();
  SentMark mark;
  const FaultyServer server(*clock, Framing::tcp, 6, mark, promise);
  ModbusBus bus(*clock,
                std::make_unique<MarkedPort>(
                    *clock, mark,
                    std::make_unique<TcpPort>(
                        *clock, TcpOptions{.host = "localhost", .port = server.port()})),
                {.name = "tcp"});
  const Outcome outcome = exchange(*clock, bus, server, 1000);
  print(outcome, server);
  EXPECT_EQ(outcome.wrong, 0);
  EXPECT_EQ(outcome.right + outcome.failed(), 1000);
  EXPECT_GT(outcome.right, 300);  // a busy machine makes many answers late
  EXPECT_GE(server.transactions().size(), 1000U) << "every request needs a number of its own";
}

/// A pty whose far end is the test. Its name is a link of its own, as that of an adapter: once the
/// pty is gone, another program's may get its number.
struct Line {
  std::unique_ptr<Clock> clock = make_real_clock();
  UniqueFd master{::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  std::string device;
  Line() {
    EXPECT_EQ(::grantpt(master.get()), 0);
    EXPECT_EQ(::unlockpt(master.get()), 0);
    device = testing::TempDir() + "plugrig-line-" + std::to_string(::getpid()) + "-" +
             std::to_string(master.get());
    std::filesystem::remove(device);
    std::filesystem::create_symlink(::ptsname(master.get()), device);
  }
  ~Line() { std::filesystem::remove(device); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  void pull() {
    std::filesystem::remove(device);
    master.reset();
  }
  [[nodiscard]] Deadline in(Duration time, std::stop_token stop = {}) const {
    return {clock->now() + time, std::move(stop)};
  }
  void write(const std::vector<std::uint8_t>& bytes) const {
    EXPECT_EQ(::write(master.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  [[nodiscard]] std::vector<std::uint8_t> read() const {
    std::vector<std::uint8_t> bytes(300);
    if (!wait_readable(*clock, master.get(), in(1s))) return {};
    const ssize_t got = ::read(master.get(), bytes.data(), bytes.size());
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return bytes;
  }
};

// Modbus notes §6, reference frames.
TEST(RtuPort, BytesOnTheWire) {
  const Line line;
  RtuPort port(*line.clock, {.device = line.device});
  port.send({1, read_pdu(4, 0, 14)}, line.in(1s));
  EXPECT_EQ(line.read(), (std::vector<std::uint8_t>{1, 4, 0, 0, 0, 0x0E, 0x71, 0xCE}));
  port.send({1, write_pdu(5, 0x200, 7)}, line.in(1s));
  EXPECT_EQ(line.read(), (std::vector<std::uint8_t>{1, 5, 2, 0, 0, 7, 0x8D, 0xB0}));
}

TEST(RtuPort, UnitsAbove247) {
  const Line line;
  RtuPort port(*line.clock, {.device = line.device});
  port.send({255, {5, 0, 0, 0xFF, 0}}, line.in(1s));
  std::vector<std::uint8_t> frame = line.read();
  ASSERT_EQ(frame.size(), 8U);
  EXPECT_EQ(frame[0], 255);
  line.write(frame);  // the echo
  EXPECT_EQ(port.receive(line.in(1s)), (ModbusFrame{255, {5, 0, 0, 0xFF, 0}}));
  frame[4] ^= 1U;  // the library itself would not look at this check sum
  line.write(frame);
  EXPECT_EQ(fault_of([&] { (void)port.receive(line.in(1s)); }).id(), "modbus.garbled");
}

TEST(RtuPort, ExceptionsAreFramesToo) {
  const Line line;
  RtuPort port(*line.clock, {.device = line.device});
  port.send({1, read_pdu(4, 0, 2)}, line.in(1s));
  line.write({1, 0x84, 2, 0xC2, 0xC1});
  EXPECT_EQ(port.receive(line.in(1s)), (ModbusFrame{1, {0x84, 2}}));
}

TEST(RtuPort, StopEndsAWaitAtOnceAndSoDoesTheDeadline) {
  const Line line;
  RtuPort port(*line.clock, {.device = line.device});
  Instant begun = line.clock->now();
  EXPECT_EQ(port.receive(line.in(30ms)), std::nullopt);
  EXPECT_GE(line.clock->now() - begun, 30ms);
  std::stop_source stop;
  begun = line.clock->now();
  std::jthread stopper([&] {
    ::usleep(50'000);
    stop.request_stop();
  });
  EXPECT_THROW((void)port.receive(line.in(10s, stop.get_token())), Stopped);
  EXPECT_LE(line.clock->now() - begun, 2s);
}

TEST(RtuPort, ADeviceThatTricklesForEverIsGarbled) {
  const Line line;
  RtuPort port(*line.clock, {.device = line.device, .baud = 115200});
  port.send({1, read_pdu(4, 0, 100)}, line.in(1s));
  std::jthread trickle([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      line.write({0x01});
      ::usleep(5'000);
    }
  });
  const Instant begun = line.clock->now();
  EXPECT_EQ(fault_of([&] { (void)port.receive(line.in(100ms)); }).id(), "modbus.garbled");
  EXPECT_LE(line.clock->now() - begun, 2s);
}

TEST(RtuPort, RatesThatTheLibraryWouldReplace) {
  const Line line;
  for (const int baud : {0, -9600, 12345, 128000}) {
    const Fault fault =
        fault_of([&] { RtuPort(*line.clock, {.device = line.device, .baud = baud}); });
    EXPECT_EQ(fault.id(), "modbus.config") << baud;
    EXPECT_EQ(fault.blame(), Blame::config);
  }
  EXPECT_EQ(fault_of([&] { RtuPort(*line.clock, {.device = line.device, .stop_bits = 3}); }).id(),
            "modbus.config");
}

TEST(RtuPort, OneMasterOnly) {
  const Line line;
  {
    const RtuPort port(*line.clock, {.device = line.device});
    EXPECT_EQ(fault_of([&] { RtuPort(*line.clock, {.device = line.device}); }).id(), "modbus.busy");
  }
  EXPECT_NO_THROW(RtuPort(*line.clock, {.device = line.device})) << "it was given back";
  EXPECT_EQ(fault_of([&] { RtuPort(*line.clock, {.device = "/dev/does-not-exist"}); }).id(),
            "modbus.open");
}

TEST(RtuPort, APulledAdapterIsLostAndGettingItBackIsBounded) {
  Line line;
  RtuPort port(*line.clock, {.device = line.device});
  line.pull();
  EXPECT_EQ(fault_of([&] {
              port.flush();
              port.send({1, read_pdu(4, 0, 2)}, line.in(1s));
              (void)port.receive(line.in(1s));
            }).id(),
            "modbus.lost");
  const Instant begun = line.clock->now();
  EXPECT_EQ(fault_of([&] { port.reopen(line.in(300ms)); }).id(), "modbus.lost");
  EXPECT_LE(line.clock->now() - begun, 2s);
  EXPECT_EQ(fault_of([&] { port.flush(); }).id(), "modbus.lost");
}

TEST(RtuPort, WireTime) {
  const Line line;
  const RtuPort plain(*line.clock, {.device = line.device});
  // Modbus notes §5: request and answer of 14 registers at 9600 8N1 are 43 ms.
  EXPECT_NEAR(static_cast<double>((plain.wire_time(5) + plain.wire_time(30)).count()) * 1e-6, 43,
              1);
}

TEST(TcpPort, NobodyThere) {
  const auto clock = make_real_clock();
  const Instant begun = clock->now();
  const Fault fault =
      fault_of([&] { TcpPort(*clock, {.host = "127.0.0.1", .port = 1, .connect_limit = 200ms}); });
  EXPECT_EQ(fault.id(), "modbus.open");
  EXPECT_LE(clock->now() - begun, 3s);
}

}  // namespace
}  // namespace plugrig::modbus::test
