#include "drivers/serial/rfc2217_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "drivers/serial/tcp_connect.hpp"
#include "tests/unit/serial/expect_fault.hpp"
#include "tests/unit/serial/fake_rfc2217_server.hpp"

namespace plugrig::serial {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_fault;
using test::FakeBehaviour;
using test::FakeRfc2217Server;
using test::fault_of;
using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

class Rfc2217PortTest : public testing::Test {
 protected:
  std::unique_ptr<Clock> clock_ = make_real_clock();

  Deadline soon(Duration d = seconds{20}) { return {clock_->now() + d, {}}; }
  std::unique_ptr<Rfc2217Port> open(const FakeRfc2217Server& server,
                                    Duration answer_limit = seconds{10},
                                    std::uint32_t baud = 115'200) {
    return std::make_unique<Rfc2217Port>(
        *clock_, Rfc2217Options{server.address(), baud, answer_limit}, soon());
  }
  Bytes read_exactly(Rfc2217Port& port, std::size_t count) {
    Bytes got(count);
    std::size_t have = 0;
    while (have < count) {
      const std::size_t n = port.read(std::span(got).subspan(have), soon());
      if (n == 0) break;
      have += n;
    }
    got.resize(have);
    return got;
  }
};

TEST_F(Rfc2217PortTest, LinesAreReleasedTogetherBeforeTheRateIsSet) {
  FakeRfc2217Server server({});
  const auto port = open(server);
  EXPECT_EQ(port->baud(), 115'200U);
  EXPECT_TRUE(port->offers(Signal::dtr));
  EXPECT_TRUE(port->offers(Signal::rts));
  const std::string log = server.log();
  EXPECT_THAT(log, HasSubstr("5:9 5:12 "));
  EXPECT_LT(log.find("5:9 5:12 "), log.find("1:115200 "));
  EXPECT_THAT(log, HasSubstr("2:8 3:1 4:1 "));
}

TEST_F(Rfc2217PortTest, EveryByteValuePassesBothWays) {
  FakeRfc2217Server server({});
  const auto port = open(server);
  Bytes bytes(1024);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  port->write(bytes, soon());
  EXPECT_EQ(read_exactly(*port, bytes.size()), bytes);
  EXPECT_EQ(server.data(), bytes);
}

TEST_F(Rfc2217PortTest, BothLinesTravelInOnePacket) {
  FakeRfc2217Server server({});
  const auto port = open(server);
  const std::array<LineChange, 2> enter{LineChange{Signal::dtr, true},
                                        LineChange{Signal::rts, false}};
  port->set(enter);
  EXPECT_THAT(server.log(), testing::EndsWith("|5:8 5:12 "));
}

TEST_F(Rfc2217PortTest, CloseReleasesTheLines) {
  FakeRfc2217Server server({});
  auto port = open(server);
  port->set(std::array{LineChange{Signal::dtr, true}});
  port.reset();
  server.join();
  EXPECT_THAT(server.log(), testing::EndsWith("|5:9 5:12 "));
}

TEST_F(Rfc2217PortTest, ALineThatDoesNotMoveIsMissing) {
  FakeRfc2217Server server({.has_dtr = false});
  const auto port = open(server);
  expect_fault(
      [&] {
        port->set(std::array{LineChange{Signal::dtr, true}});
      },
      "lines.missing", Blame::fixture);
  EXPECT_NO_THROW(port->set(std::array{LineChange{Signal::rts, true}}));
}

TEST_F(Rfc2217PortTest, ARateChangeComesAfterAllBytesAndLosesNone) {
  FakeRfc2217Server server({.before_rate_answer = "old"});
  const auto port = open(server);
  port->discard_input();
  port->write(Bytes{1, 2, 255, 3}, soon());
  port->set_baud(921'600);
  EXPECT_EQ(port->baud(), 921'600U);
  const std::string log = server.log();
  EXPECT_LT(log.rfind("data "), log.rfind("1:0 "));  // the question that stands for a drain
  EXPECT_LT(log.rfind("1:0 "), log.rfind("1:921600 "));
  // The bytes that came while the answers were awaited.
  EXPECT_EQ(read_exactly(*port, 10), (Bytes{1, 2, 255, 3, 'o', 'l', 'd', 'o', 'l', 'd'}));
}

TEST_F(Rfc2217PortTest, DrainTakesAsLongAsTheWire) {
  FakeRfc2217Server server({.echo = false});
  const auto port = open(server, seconds{10}, 9600);
  const Instant before = clock_->now();
  port->write(Bytes(48), soon());  // 480 bits: 50 ms
  port->drain(soon());
  EXPECT_GE(clock_->now() - before, milliseconds{50});
}

TEST_F(Rfc2217PortTest, ARateThatIsNotMadeIsAFault) {
  FakeRfc2217Server server({.slowest_rate = 9600});
  const auto port = open(server);
  expect_fault([&] { port->set_baud(300); }, "serial.baud", Blame::host);
  expect_fault([&] { port->set_baud(0); }, "serial.baud", Blame::config);
}

TEST_F(Rfc2217PortTest, DiscardForgetsWhatCameBeforeIt) {
  FakeRfc2217Server server({});
  const auto port = open(server);
  port->write(Bytes{1, 2, 3}, soon());
  port->discard_input();
  port->write(Bytes{4}, soon());
  EXPECT_EQ(read_exactly(*port, 1), (Bytes{4}));
}

TEST_F(Rfc2217PortTest, NothingMeansZeroAtTheDeadline) {
  FakeRfc2217Server server({});
  const auto port = open(server);
  Bytes into(4);
  EXPECT_EQ(port->read(into, soon(milliseconds{5})), 0U);
}

TEST_F(Rfc2217PortTest, SuspendedFlowHoldsDataBackButNotRequests) {
  FakeRfc2217Server server({.suspend_after_setup = true});
  const auto port = open(server);
  // Any further request makes the fake server resume; a rate question comes with drain.
  expect_fault([&] { port->write(Bytes{7}, soon(milliseconds{20})); }, "serial.write.timeout",
               Blame::host);
  EXPECT_TRUE(server.data().empty());
  port->drain(soon());
  port->write(Bytes{7}, soon());
  EXPECT_EQ(read_exactly(*port, 1), (Bytes{7}));
}

TEST_F(Rfc2217PortTest, StopEndsAnEndlessRead) {
  FakeRfc2217Server server({});
  const auto port = open(server);
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  Bytes into(4);
  EXPECT_THROW(port->read(into, {Instant::max(), stop.get_token()}), Stopped);
}

TEST_F(Rfc2217PortTest, ALostConnectionIsAFaultEachTime) {
  // Nine requests set the port up, the tenth empties it, the eleventh ends it.
  FakeRfc2217Server server({.close_after_requests = 10});
  const auto port = open(server);
  Bytes into(4);
  expect_fault([&] { port->set_baud(9600); }, "rfc2217.lost", Blame::host);
  expect_fault([&] { port->read(into, soon()); }, "rfc2217.lost", Blame::host);
  expect_fault([&] { port->write(into, soon()); }, "rfc2217.lost", Blame::host);
}

TEST_F(Rfc2217PortTest, NobodyListening) {
  std::string address;
  {
    const FakeRfc2217Server gone({});
    address = gone.address();
  }
  expect_fault([&] { Rfc2217Port(*clock_, {address}, soon()); }, "rfc2217.refused", Blame::host);
}

TEST_F(Rfc2217PortTest, ARawTcpPortIsNoSerialServer) {
  const FakeRfc2217Server server({.silent = true});
  expect_fault([&] { open(server, milliseconds{50}); }, "rfc2217.not_supported", Blame::host);
}

TEST_F(Rfc2217PortTest, RefusedOptionsAreTold) {
  const FakeRfc2217Server no_option({.refuse_com_port = true});
  EXPECT_THAT(fault_of([&] { open(no_option); }).happened(), HasSubstr("COM-PORT-OPTION"));
  const FakeRfc2217Server no_binary({.refuse_binary = true});
  EXPECT_THAT(fault_of([&] { open(no_binary); }).happened(), HasSubstr("binary"));
}

TEST_F(Rfc2217PortTest, AServerThatClosesShowsWhatItSaid) {
  const FakeRfc2217Server server({.close_at_once = true});
  const Fault fault = fault_of([&] { open(server); });
  EXPECT_EQ(fault.id(), "rfc2217.busy");
  ASSERT_FALSE(fault.evidence().empty());
  EXPECT_EQ(fault.evidence()[0].text, "port already in use");
}

TEST_F(Rfc2217PortTest, ARequestWithoutAnswerIsAFault) {
  const FakeRfc2217Server server({.ignore_purge = true});
  expect_fault([&] { open(server, milliseconds{100}); }, "rfc2217.no_answer", Blame::host);
}

TEST(TcpAddress, NamesAddressesAndPorts) {
  EXPECT_EQ(parse_tcp_address("bench-pi:4000").host, "bench-pi");
  EXPECT_EQ(parse_tcp_address("127.0.0.1:1").port, "1");
  EXPECT_EQ(parse_tcp_address("[fe80::1]:65535").host, "fe80::1");
  for (const char* wrong :
       {"", "pi", ":4000", "pi:", "pi:0", "pi:65536", "pi:40x", "fe80::1:4000", "[]:1", "pi:-1"}) {
    expect_fault([&] { parse_tcp_address(wrong); }, "rfc2217.address", Blame::config);
  }
}

TEST_F(Rfc2217PortTest, AnUnknownNameIsToldApart) {
  // A label of 64 letters cannot be asked for (RFC 1035 allows 63), so no query leaves the machine.
  expect_fault([&] { Rfc2217Port(*clock_, {std::string(64, 'a') + ":4000"}, soon()); },
               "rfc2217.name", Blame::host);
}

}  // namespace
}  // namespace plugrig::serial
