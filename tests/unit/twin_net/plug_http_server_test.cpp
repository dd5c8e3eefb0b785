#include "fixtures/twin/net/plug_http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fake_plugs.hpp"
#include "rig/core/fault.hpp"
#include "socket_client.hpp"

// A plug's web server in real time.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

class PlugHttpServerTest : public testing::Test {
 protected:
  PlugHttpServerTest() : server_(plugs_, *clock_, "127.0.0.1", 0) {
    thread_ = std::jthread([this](const std::stop_token& stop) { server_.run(stop); });
  }
  /// A client that got through; the server looks at the plug every 50 ms.
  SocketClient connect() {
    for (int i = 0; i < 400; ++i) {
      SocketClient client(*clock_, server_.port());
      if (client.connected()) return client;
      clock_->sleep_for(5ms, {});
    }
    ADD_FAILURE() << "nobody listens";
    return {*clock_, server_.port()};
  }
  bool refused_soon() {
    for (int i = 0; i < 400; ++i) {
      if (!SocketClient(*clock_, server_.port()).connected()) return true;
      clock_->sleep_for(5ms, {});
    }
    return false;
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  FakePlugs plugs_{20ms};
  PlugHttpServer server_;
  std::jthread thread_;
};

TEST_F(PlugHttpServerTest, HandsTheRequestToThePlugAndClosesAfterTheReply) {
  auto client = connect();
  client.send("GET /cm?cmnd=Power HTTP/1.1\r\nHost: plug\r\n\r\n");
  const auto text = client.receive_text();
  EXPECT_THAT(text, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\ne\r\n/cm?cmnd=Power\r\n0\r\n\r\n"));
  ASSERT_EQ(plugs_.requests().size(), 1U);
  EXPECT_EQ(plugs_.requests()[0].host, "plug");
}

TEST_F(PlugHttpServerTest, ServesSeveralClients) {
  auto one = connect();
  auto two = connect();
  one.send("GET /one HTTP/1.1\r\n");
  two.send("GET /two HTTP/1.1\r\n\r\n");
  EXPECT_THAT(two.receive_text(), HasSubstr("/two"));
  one.send("\r\n");
  EXPECT_THAT(one.receive_text(), HasSubstr("/one"));
}

TEST_F(PlugHttpServerTest, RefusesWhileThePlugIsNotOnTheNetwork) {
  connect();
  plugs_.set_joined(false);
  EXPECT_TRUE(refused_soon());
  plugs_.set_joined(true);
  auto client = connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.receive_text(), HasSubstr("HTTP/1.0 200 OK"));
}

TEST_F(PlugHttpServerTest, APlugThatLeavesTakesItsConnectionsAlong) {
  auto client = connect();
  plugs_.set_mute(true);
  client.send("GET / HTTP/1.1\r\n\r\n");
  plugs_.set_joined(false);
  EXPECT_EQ(client.receive_text(), "");
}

TEST_F(PlugHttpServerTest, ClosesOnNonsense) {
  auto client = connect();
  client.send("\x16\x03\x01 no text at all\r\n\r\n");
  EXPECT_EQ(client.receive_text(), "");
  EXPECT_TRUE(plugs_.requests().empty());
}

TEST_F(PlugHttpServerTest, IsServedToThisMachineOnly) {
  for (const char* address : {"0.0.0.0", "192.168.1.7", "plug", ""}) {
    try {
      const PlugHttpServer server(plugs_, *clock_, address, 0);
      ADD_FAILURE() << address;
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.id(), "twin.address");
      EXPECT_EQ(fault.blame(), Blame::config);
    }
  }
}

}  // namespace
}  // namespace plugrig::twin
