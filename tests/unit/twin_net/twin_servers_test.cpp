#include "fixtures/twin/net/twin_servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <thread>
#include <tuple>

#include "joined_bench.hpp"
#include "rig/core/fault.hpp"
#include "socket_client.hpp"

// All of a bench served at once, in real time.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Bytes = std::vector<std::uint8_t>;
namespace fs = std::filesystem;

class TwinServersTest : public testing::Test {
 protected:
  TwinServersTest()
      : folder_(fs::temp_directory_path() / ("plugrig-servers-" + std::to_string(::getpid()))),
        spec_(served_bench((folder_ / "deep" / "rs485").string())),
        bench_(spec_, 1),
        clock_(join_network(bench_)),
        servers_(std::in_place, bench_, spec_, clock_) {
    thread_ = std::jthread([this](const std::stop_token& stop) { servers_->run(stop); });
  }
  ~TwinServersTest() override {
    thread_ = {};
    servers_.reset();
    fs::remove_all(folder_);
  }

  std::string address(ServedPart::Kind kind, const std::string& name) {
    for (const auto& part : servers_->parts())
      if (part.kind == kind && part.name == name) return part.address;
    ADD_FAILURE() << name << " is not served";
    return ":0";
  }
  std::uint16_t port(ServedPart::Kind kind, const std::string& name) {
    const auto text = address(kind, name);
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  }
  SocketClient client(ServedPart::Kind kind, const std::string& name) {
    return {clock_, port(kind, name), kind == ServedPart::Kind::http ? "127.0.1.1" : "127.0.0.1"};
  }
  /// Asked at the time that the servers have reached: nothing moves by asking.
  Bytes ask_bench(const Bytes& pdu) {
    const std::scoped_lock lock(bench_.lock());
    const auto answer = bench_.request("rs485", 1, pdu, 0s);
    return answer ? answer->pdu : Bytes{};
  }
  bool soon(const std::function<bool()>& holds) {
    for (int i = 0; i < 1000; ++i) {
      if (holds()) return true;
      clock_.sleep_for(5ms, {});
    }
    return false;
  }
  bool contacts_withdrawn() {
    const auto answer = ask_bench({0x02, 0, 0, 0, 1});
    return answer.size() == 3 && answer[2] == 1;
  }

  fs::path folder_;
  bench::BenchSpec spec_;
  TwinBench bench_;
  LaterClock clock_;
  std::optional<TwinServers> servers_;
  std::jthread thread_;
};

TEST_F(TwinServersTest, ServesEveryPartOnce) {
  std::vector<std::pair<ServedPart::Kind, std::string>> seen;
  for (const auto& part : servers_->parts()) seen.emplace_back(part.kind, part.name);
  using Kind = ServedPart::Kind;
  EXPECT_THAT(seen, UnorderedElementsAre(std::pair(Kind::serial, "F1"), std::pair(Kind::http, "F1"),
                                         std::pair(Kind::modbus_tcp, "line"),
                                         std::pair(Kind::modbus_tcp, "rs485"),
                                         std::pair(Kind::modbus_rtu, "rs485")));
  EXPECT_TRUE(fs::is_symlink(address(Kind::modbus_rtu, "rs485")));
}

TEST_F(TwinServersTest, ATimedRelayFallsOffWithNobodyConnected) {
  {
    auto master = client(ServedPart::Kind::modbus_tcp, "rs485");
    master.send(Bytes{0, 1, 0, 0, 0, 6, 1, 0x05, 0x02, 0x05, 0, 3});  // relay 6 of board 1, 300 ms
    EXPECT_EQ(master.receive(12).size(), 12U);
  }
  EXPECT_THAT(ask_bench({0x01, 0, 5, 0, 1}), ElementsAre(0x01, 0x01, 0x01));
  const auto start = clock_.now();
  EXPECT_TRUE(soon([&] { return ask_bench({0x01, 0, 5, 0, 1}) == Bytes{0x01, 0x01, 0x00}; }));
  EXPECT_LT(clock_.now() - start, 2s);
}

TEST_F(TwinServersTest, APlugAnswersOverHttp) {
  std::string text;
  EXPECT_TRUE(soon([&] {
    auto browser = client(ServedPart::Kind::http, "F1");
    if (!browser.connected()) return false;
    browser.send("GET /cm?cmnd=Status%205 HTTP/1.1\r\nHost: 127.0.1.1\r\n\r\n");
    text = browser.receive_text();
    return !text.empty();
  }));
  EXPECT_THAT(text, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("StatusNET"));
  EXPECT_THAT(text, HasSubstr("127.0.1.1"));
}

TEST_F(TwinServersTest, ContactsFollowTheSerialPort) {
  {
    // No contacts on a live slot: mains off first.
    const std::scoped_lock lock(bench_.lock());
    bench_.request("rs485", 1, {0x05, 0, 0xFF, 0, 0}, 0s);
  }
  EXPECT_TRUE(contacts_withdrawn());
  auto terminal = client(ServedPart::Kind::serial, "F1");
  EXPECT_TRUE(soon([&] { return !contacts_withdrawn(); }));
  terminal.close();
  EXPECT_TRUE(soon([&] { return contacts_withdrawn(); }));
  EXPECT_GT(servers_->achieved_factor("F1"), 0);
  EXPECT_THROW(std::ignore = servers_->achieved_factor("F9"), std::out_of_range);
}

TEST_F(TwinServersTest, APortThatIsTakenIsAFaultBeforeAnythingIsServed) {
  auto taken = spec_;
  taken.instruments[0].serve_tcp = port(ServedPart::Kind::modbus_tcp, "line");
  try {
    const TwinServers second(bench_, taken, clock_);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "twin.port");
  }
}

TEST_F(TwinServersTest, StopsAtOnce) {
  const auto start = clock_.now();
  thread_.request_stop();
  thread_.join();
  EXPECT_LT(clock_.now() - start, 2s);
}

}  // namespace
}  // namespace plugrig::twin
