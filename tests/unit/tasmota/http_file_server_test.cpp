#include "drivers/tasmota/http_file_server.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <optional>
#include <string>
#include <thread>

#include "rig/core/fault.hpp"

// Files for plugs over HTTP, fetched on the loopback in real time.

namespace plugrig::tasmota {
namespace {

constexpr std::size_t kLength = 50'000;

std::vector<std::uint8_t> some_bytes(std::size_t length = kLength) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  return bytes;
}

class HttpFileServerTest : public testing::Test {
 protected:
  struct Got {
    int status = 0;
    std::string announced;
    std::string body;  ///< what came, complete or not
    bool complete = false;
  };

  static Got fetch(const std::string& url) {
    const auto slash = url.find('/', std::string("http://").size());
    httplib::Client client(url.substr(0, slash));
    Got got;
    const auto result = client.Get(
        url.substr(slash),
        [&](const httplib::Response& response) {
          got.status = response.status;
          got.announced = response.get_header_value("Content-Length");
          return true;
        },
        [&](const char* data, std::size_t length) {
          got.body.append(data, length);
          return true;
        });
    got.complete = static_cast<bool>(result);
    return got;
  }

  std::unique_ptr<Clock> clock = make_real_clock();
  HttpFileServer server{*clock, {.address = "127.0.0.1"}};
};

TEST_F(HttpFileServerTest, AWholeFileWithItsLength) {
  const auto bytes = some_bytes();
  const auto url = server.offer({.name = "S1.bin", .bytes = bytes});
  EXPECT_TRUE(url.starts_with("http://127.0.0.1:")) << url;
  EXPECT_TRUE(url.ends_with("/S1.bin")) << url;
  EXPECT_EQ(server.fetches(url), FileFetches{});
  const auto got = fetch(url);
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.announced, std::to_string(kLength));
  EXPECT_EQ(got.body, std::string(bytes.begin(), bytes.end()));
  EXPECT_EQ(server.fetches(url), (FileFetches{1, kLength}));
}

TEST_F(HttpFileServerTest, AMinimalBuildStandsBesideItsFile) {
  const auto small = some_bytes(300);
  const auto url =
      server.offer({.name = "S-1.bin", .bytes = some_bytes(), .cut_after = 100, .minimal = small});
  EXPECT_TRUE(url.ends_with("/S_1.bin")) << url;
  const auto beside = url.substr(0, url.size() - 4) + "-minimal.bin";
  const auto got = fetch(beside);
  EXPECT_EQ(got.body, std::string(small.begin(), small.end()));
  EXPECT_EQ(server.fetches(beside), (FileFetches{1, 300}));
  EXPECT_EQ(server.fetches(url), FileFetches{});
  server.withdraw(url);
  EXPECT_EQ(fetch(url).status, 404);
  EXPECT_EQ(fetch(beside).status, 404);
}

TEST_F(HttpFileServerTest, ThereIsNoMinimalBuildUnlessOneIsGiven) {
  const auto url = server.offer({.name = "S1.bin", .bytes = some_bytes()});
  EXPECT_EQ(fetch(minimal_beside(url)).status, 404);
}

TEST(MinimalBeside, StandsBeforeTheExtension) {
  EXPECT_EQ(minimal_beside("http://10.0.0.1:8000/1/S1.bin"),
            "http://10.0.0.1:8000/1/S1-minimal.bin");
  EXPECT_EQ(minimal_beside("/1/S1.bin.gz"), "/1/S1.bin-minimal.gz");
  EXPECT_EQ(minimal_beside("http://10.0.0.1/S1"), "http://10.0.0.1/S1-minimal");
}

TEST_F(HttpFileServerTest, ATransferThatBreaksOffEveryTime) {
  const auto url = server.offer({.name = "S1.bin", .bytes = some_bytes(), .cut_after = 12'345});
  for (int time = 1; time <= 2; ++time) {
    const auto got = fetch(url);
    EXPECT_FALSE(got.complete);
    EXPECT_EQ(got.announced, std::to_string(kLength));
    EXPECT_EQ(got.body.size(), 12'345U);
    EXPECT_EQ(server.fetches(url), (FileFetches{time, 12'345U * static_cast<std::size_t>(time)}));
  }
}

TEST_F(HttpFileServerTest, WhatIsNotOfferedIsNotFound) {
  const auto url = server.offer({.name = "S1.bin", .bytes = some_bytes()});
  EXPECT_EQ(fetch(url + ".gz").status, 404);
  server.withdraw(url);
  EXPECT_EQ(fetch(url).status, 404);
  EXPECT_EQ(server.fetches(url), FileFetches{});
  server.withdraw(url);
  server.withdraw("http://elsewhere/x");
}

TEST_F(HttpFileServerTest, TwoOffersOfOneNameAreTwo) {
  const auto first = server.offer({.name = "a/b-c d.bin", .bytes = some_bytes(10)});
  const auto second = server.offer({.name = "a/b-c d.bin", .bytes = some_bytes(20)});
  EXPECT_TRUE(first.ends_with("/a_b_c_d.bin")) << first;
  EXPECT_NE(first, second);
  EXPECT_EQ(fetch(first).body.size(), 10U);
  EXPECT_EQ(fetch(second).body.size(), 20U);
  EXPECT_EQ(server.fetches(first), (FileFetches{1, 10}));
}

TEST_F(HttpFileServerTest, SeveralPlugsAtOnce) {
  const auto bytes = some_bytes(300'000);
  const auto url = server.offer({.name = "S1.bin", .bytes = bytes});
  std::vector<std::size_t> sizes(8);
  std::vector<std::thread> plugs;
  for (auto& size : sizes) plugs.emplace_back([&] { size = fetch(url).body.size(); });
  for (auto& plug : plugs) plug.join();
  for (const auto size : sizes) EXPECT_EQ(size, bytes.size());
  EXPECT_EQ(server.fetches(url), (FileFetches{8, 8 * bytes.size()}));
}

std::string fault_of(const HttpFileServerOptions& options) {
  const auto clock = make_real_clock();
  try {
    const HttpFileServer server(*clock, options);
  } catch (const Fault& fault) {
    return fault.id() + "/" + std::string(to_string(fault.blame()));
  }
  return "";
}

TEST_F(HttpFileServerTest, AnAddressThatIsNotOursOrAPortThatIsTaken) {
  EXPECT_EQ(fault_of({.address = "192.0.2.1"}), "files.address/config");
  const auto url = server.offer({.name = "x", .bytes = {}});
  const auto colon = url.find(':', 6);
  const auto port = std::stoi(url.substr(colon + 1, url.find('/', colon) - colon - 1));
  EXPECT_EQ(fault_of({.address = "127.0.0.1", .port = static_cast<std::uint16_t>(port)}),
            "files.address/config");
}

TEST_F(HttpFileServerTest, EndsAtOnceWhenNothingHappened) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fault_of({.address = "127.0.0.1"}), "");
}

}  // namespace
}  // namespace plugrig::tasmota
