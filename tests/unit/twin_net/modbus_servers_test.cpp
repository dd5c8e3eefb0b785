#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "fixtures/twin/net/modbus_rtu_pty.hpp"
#include "fixtures/twin/net/modbus_tcp_server.hpp"
#include "rig/core/fault.hpp"
#include "small_bus.hpp"
#include "socket_client.hpp"

// Modbus/TCP and RTU front ends in real time, with clients that know nothing but bytes.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Bytes = std::vector<std::uint8_t>;
namespace fs = std::filesystem;

const Bytes read_voltage{0x00, 0x07, 0, 0, 0, 6, 1, 0x04, 0, 0, 0, 2};
const Bytes voltage{0x00, 0x07, 0, 0, 0, 7, 1, 0x04, 0x04, 0x43, 0x66, 0x33, 0x33};

class TcpTest : public testing::Test {
 protected:
  explicit TcpTest(FieldValues faults = {})
      : bus_(std::move(faults)), server_(bus_.exchange(), *clock_, 0) {
    clock_->sleep_for(2ms, {});  // a meter has something to show only after time 0
    thread_ = std::jthread([this](const std::stop_token& stop) { server_.run(stop); });
  }
  SocketClient client() { return {*clock_, server_.port()}; }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  SmallBus bus_;
  ModbusTcpServer server_;
  std::jthread thread_;
};

TEST_F(TcpTest, AnswersWithTheRequestsNumber) {
  auto one = client();
  one.send(read_voltage);
  EXPECT_EQ(one.receive(voltage.size()), voltage);
}

TEST_F(TcpTest, ServesSeveralClientsAndRequestsInPieces) {
  auto one = client();
  auto two = client();
  for (const auto byte : read_voltage) one.send(Bytes{byte});
  two.send({0x00, 0x08, 0, 0, 0, 6, 2, 0x05, 0, 2, 0xFF, 0});
  EXPECT_EQ(one.receive(voltage.size()), voltage);
  EXPECT_THAT(two.receive(12), ElementsAre(0, 8, 0, 0, 0, 6, 2, 0x05, 0, 2, 0xFF, 0));
  EXPECT_TRUE(bus_.closed(3));
}

TEST_F(TcpTest, AnswersRequestsThatCameTogether) {
  auto one = client();
  auto both = read_voltage;
  both.insert(both.end(), {0x00, 0x09, 0, 0, 0, 6, 2, 0x01, 0, 0, 0, 8});
  one.send(both);
  // 13 and 10 bytes, in the order of their latencies.
  const auto answers = one.receive(23);
  ASSERT_EQ(answers.size(), 23U);
}

TEST_F(TcpTest, ClosesOnWhatIsNotModbusAndServesTheNext) {
  auto wrong = client();
  wrong.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(wrong.receive_text(), "");
  auto one = client();
  one.send(read_voltage);
  EXPECT_EQ(one.receive(voltage.size()), voltage);
}

TEST_F(TcpTest, AClientThatGoesWhileItsAnswerIsUnderWayHurtsNobody) {
  for (int i = 0; i < 5; ++i) {
    auto one = client();
    one.send(read_voltage);
  }
  auto last = client();
  last.send(read_voltage);
  EXPECT_EQ(last.receive(voltage.size()), voltage);
}

TEST_F(TcpTest, APortThatIsTakenIsAFault) {
  try {
    const ModbusTcpServer second(bus_.exchange(), *clock_, server_.port());
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "twin.port");
    EXPECT_EQ(fault.blame(), Blame::host);
  }
}

class DamagedTcpTest : public TcpTest {
 protected:
  DamagedTcpTest() : TcpTest(share_of("corrupted", 1)) {}
};

TEST_F(DamagedTcpTest, NeverGivesWrongBytesAsModbus) {
  auto one = client();
  one.send(read_voltage);
  const auto answer = one.receive(voltage.size());
  ASSERT_EQ(answer.size(), voltage.size());
  EXPECT_NE(answer[3], 0);
}

class RtuTest : public testing::Test {
 protected:
  RtuTest()
      : link_((fs::temp_directory_path() /
               ("plugrig-twin-" + std::to_string(::getpid()) + "-rtu/bus"))
                  .string()),
        server_(std::in_place, bus_.exchange(), *clock_, link_, RtuLine{9600, 10}) {
    clock_->sleep_for(2ms, {});
    thread_ = std::jthread([this](const std::stop_token& stop) { server_->run(stop); });
  }
  ~RtuTest() override {
    thread_ = {};
    server_.reset();
    fs::remove_all(fs::path(link_).parent_path());
  }
  UniqueFd open() const { return UniqueFd(::open(link_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)); }
  static void write(const UniqueFd& fd, const Bytes& bytes) {
    EXPECT_EQ(::write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  Bytes read(const UniqueFd& fd, std::size_t count, Duration limit = 20s) {
    Bytes bytes;
    const Deadline deadline{clock_->now() + limit, {}};
    while (bytes.size() < count && wait_readable(*clock_, fd.get(), deadline)) {
      std::array<std::uint8_t, 300> part{};
      const ssize_t got = ::read(fd.get(), part.data(), part.size());
      if (got <= 0) break;
      bytes.insert(bytes.end(), part.begin(), part.begin() + got);
    }
    return bytes;
  }

  const Bytes request_{0x01, 0x04, 0x00, 0x00, 0x00, 0x02, 0x71, 0xCB};
  const Bytes answer_{0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x33, 0x5A, 0xFA};
  std::unique_ptr<Clock> clock_ = make_real_clock();
  SmallBus bus_;
  std::string link_;
  std::optional<ModbusRtuPty> server_;
  std::jthread thread_;
};

TEST_F(RtuTest, AnswersTheReferenceFrameAfterItsTimeOnTheWire) {
  const auto port = open();
  const auto start = clock_->now();
  write(port, request_);
  EXPECT_EQ(read(port, answer_.size()), answer_);
  // 8 and 9 bytes at 9600 bit/s, 20 ms of the meter.
  EXPECT_GE(clock_->now() - start, 37ms);
}

TEST_F(RtuTest, KeepsSilentOnDamageAndAnswersTheNextFrame) {
  const auto port = open();
  auto damaged = request_;
  damaged[3] ^= 1U;
  write(port, damaged);
  EXPECT_TRUE(read(port, 1, 150ms).empty());
  write(port, {request_.begin(), request_.begin() + 5});
  EXPECT_TRUE(read(port, 1, 150ms).empty());
  write(port, request_);
  EXPECT_EQ(read(port, answer_.size()), answer_);
}

TEST_F(RtuTest, BroadcastIsObeyedInSilence) {
  const auto port = open();
  const Bytes all_on{0x00, 0x05, 0x00, 0xFF, 0xFF, 0x00, 0xBD, 0xDB};
  write(port, all_on);
  EXPECT_TRUE(read(port, 1, 150ms).empty());
  EXPECT_TRUE(bus_.closed(1));
  EXPECT_TRUE(bus_.closed(8));
}

TEST_F(RtuTest, ClientsComeAndGo) {
  for (int i = 0; i < 3; ++i) {
    const auto port = open();
    write(port, request_);
    EXPECT_EQ(read(port, answer_.size()), answer_);
  }
}

TEST_F(RtuTest, TheLinkIsReplacedAndRemovedButNothingElseIs) {
  EXPECT_EQ(fs::read_symlink(link_), server_->device());
  std::optional<ModbusRtuPty> second(std::in_place, bus_.exchange(), *clock_, link_, RtuLine{});
  EXPECT_EQ(fs::read_symlink(link_), second->device());
  second.reset();
  EXPECT_FALSE(fs::exists(fs::symlink_status(link_)));
  std::ofstream(link_) << "not a link";
  try {
    const ModbusRtuPty third(bus_.exchange(), *clock_, link_, RtuLine{});
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "twin.pty");
  }
  EXPECT_TRUE(fs::is_regular_file(link_));
}

}  // namespace
}  // namespace plugrig::twin
