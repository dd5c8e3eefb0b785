#include "drivers/tasmota/lib_http.hpp"

#include <gmock/gmock.h>
#include <httplib.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "rig/core/fault.hpp"

namespace plugrig::tasmota {
namespace {

using namespace std::chrono_literals;

/// A web server on the loopback whose answers misbehave. Real time.
class Server {
 public:
  Server() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(4); };
    server_.Get("/cm", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.get_param_value("cmnd"), "application/json");
      response.set_header("X-Connection", request.get_header_value("Connection"));
    });
    server_.Get("/raw", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.target, "text/plain");
    });
    server_.Get("/401", [](const httplib::Request&, httplib::Response& response) {
      response.status = 401;
      response.set_content("no", "text/plain");
    });
    server_.Get("/moved", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("/cm?cmnd=followed");
    });
    server_.Get("/big", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(64 * 1024 + 1, 'x'), "text/plain");
    });
    server_.Get("/full", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(64 * 1024, 'x'), "text/plain");
    });
    server_.Get("/endless", [this](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider(
          "text/plain", [this](std::size_t, httplib::DataSink& sink) {
            return !closing_ && sink.write("xxxxxxxxxxxxxxxx", 16);
          });
    });
    server_.Get("/slow", [this](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("text/plain",
                                            [this](std::size_t, httplib::DataSink& sink) {
                                              std::this_thread::sleep_for(50ms);
                                              return !closing_ && sink.write("x", 1);
                                            });
    });
    server_.Get("/cut", [](const httplib::Request&, httplib::Response& response) {
      response.set_content_provider(1000, "text/plain",
                                    [](std::size_t, std::size_t, httplib::DataSink& sink) {
                                      sink.write("half", 4);
                                      return false;
                                    });
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(1ms);
  }
  ~Server() {
    closing_ = true;
    server_.stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] HttpRequest at(const std::string& target) const {
    return {.address = "127.0.0.1", .port = static_cast<std::uint16_t>(port_), .target = target};
  }

 private:
  httplib::Server server_;
  std::atomic<bool> closing_ = false;
  int port_ = 0;
  std::thread thread_;
};

/// Listens and never answers.
class Deaf {
 public:
  Deaf() {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(fd_, 4);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Deaf() { ::close(fd_); }
  Deaf(const Deaf&) = delete;
  Deaf& operator=(const Deaf&) = delete;
  std::uint16_t port = 0;

 private:
  int fd_ = -1;
};

class RealHttp : public testing::Test {
 protected:
  [[nodiscard]] Deadline within(Duration time) const { return {.at = clock_->now() + time}; }
  std::string fault_of(const HttpRequest& request, Duration time = 5s) {
    try {
      http_.get(request, within(time));
      return "none";
    } catch (const Fault& fault) {
      EXPECT_EQ(fault.blame(), Blame::contact);
      return fault.id();
    }
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  LibHttp http_{*clock_};
  Server server_;
};

TEST_F(RealHttp, Gets) {
  const HttpReply reply = http_.get(server_.at("/cm?cmnd=Status%2010"), within(5s));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "Status 10");
}

TEST_F(RealHttp, SendsTheTargetAsItIs) {
  EXPECT_EQ(http_.get(server_.at("/raw?a=%25%3B%20%C3%A4"), within(5s)).body,
            "/raw?a=%25%3B%20%C3%A4");
}

TEST_F(RealHttp, AnyStatusIsAReply) {
  EXPECT_EQ(http_.get(server_.at("/401"), within(5s)).status, 401);
  EXPECT_EQ(http_.get(server_.at("/nowhere"), within(5s)).status, 404);
}

TEST_F(RealHttp, FollowsNoRedirect) {
  const HttpReply reply = http_.get(server_.at("/moved"), within(5s));
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(reply.body.find("followed"), std::string::npos);
}

TEST_F(RealHttp, BodiesAreCapped) {
  EXPECT_EQ(http_.get(server_.at("/full"), within(5s)).body.size(), 64U * 1024U);
  EXPECT_EQ(fault_of(server_.at("/big")), "http.broken");
  EXPECT_EQ(fault_of(server_.at("/endless")), "http.broken");
}

TEST_F(RealHttp, ACutBodyIsNoReply) { EXPECT_EQ(fault_of(server_.at("/cut")), "http.broken"); }

TEST_F(RealHttp, ADrippingBodyEndsAtTheDeadline) {
  const Instant begin = clock_->now();
  EXPECT_EQ(fault_of(server_.at("/slow"), 400ms), "http.timeout");
  EXPECT_GE(clock_->now() - begin, 400ms);
  EXPECT_LT(clock_->now() - begin, 1s);
}

TEST_F(RealHttp, ASilentServerEndsAtTheDeadline) {
  const Deaf deaf;
  const Instant begin = clock_->now();
  EXPECT_EQ(fault_of({.address = "127.0.0.1", .port = deaf.port, .target = "/cm"}, 300ms),
            "http.timeout");
  EXPECT_LT(clock_->now() - begin, 1s);
}

TEST_F(RealHttp, NobodyListening) {
  std::uint16_t port = 0;
  {
    const Deaf gone;
    port = gone.port;
  }
  EXPECT_EQ(fault_of({.address = "127.0.0.1", .port = port, .target = "/cm"}), "http.unreachable");
}

TEST_F(RealHttp, StopEndsARequestWithin300ms) {
  const Deaf deaf;
  for (const HttpRequest& request :
       {HttpRequest{.address = "127.0.0.1", .port = deaf.port, .target = "/cm"},
        server_.at("/slow")}) {
    std::stop_source stop;
    Instant asked{};
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      asked = clock_->now();
      stop.request_stop();
    });
    EXPECT_THROW(http_.get(request, {.at = clock_->now() + 20s, .stop = stop.get_token()}),
                 Stopped);
    EXPECT_LT(clock_->now() - asked, 300ms) << request.target;
  }
}

TEST_F(RealHttp, SlotsAskAtTheSameTime) {
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> slots;
    for (int slot = 0; slot < 4; ++slot) {
      slots.emplace_back([&, slot] {
        for (int i = 0; i < 20; ++i) {
          const std::string wanted = std::to_string(slot * 100 + i);
          right += http_.get(server_.at("/cm?cmnd=" + wanted), within(10s)).body == wanted ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(right, 80);
}

TEST_F(RealHttp, ResolvesNamesAndAddresses) {
  EXPECT_EQ(http_.resolve("localhost", within(5s)), "127.0.0.1");
  EXPECT_EQ(http_.resolve("10.1.2.3", within(5s)), "10.1.2.3");
  EXPECT_FALSE(http_.resolve("", within(5s)));
  EXPECT_FALSE(http_.resolve("no such name", within(5s)));
}

TEST_F(RealHttp, ReadsTheNeighbourTable) {
  const auto path = std::filesystem::path(testing::TempDir()) / "plugrig_neighbours";
  std::ofstream(path) << "IP address HW type Flags HW address Mask Device\n"
                         "10.0.0.7 0x1 0x2 48:55:19:18:3c:31 * eth0\n";
  LibHttp http(*clock_, {.neighbour_table = path});
  EXPECT_EQ(http.neighbour("48:55:19:18:3C:31"), "10.0.0.7");
  std::filesystem::remove(path);
  EXPECT_FALSE(http.neighbour("48:55:19:18:3C:31")) << "no table, no neighbour";
}

}  // namespace
}  // namespace plugrig::tasmota
