#include "fixtures/twin/net/loopback_files.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

// Firmware from a web server of this machine, over real sockets.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A web server for one download, in this thread.
class LoopbackFilesTest : public testing::Test {
 protected:
  void SetUp() override { port.listen(); }
  [[nodiscard]] std::string url(const std::string& path = "/fw.bin") const {
    return fmt::format("http://127.0.0.1:{}{}", port.port(), path);
  }
  [[nodiscard]] Deadline soon() const { return {clock->now() + 20s, {}}; }

  /// What the plug has asked for.
  std::string asked() {
    EXPECT_TRUE(wait_readable(*clock, port.fd(), soon()));
    client = port.accept();
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos &&
           wait_readable(*clock, client.get(), soon())) {
      std::array<char, 1024> part{};
      const ssize_t got = ::recv(client.get(), part.data(), part.size(), 0);
      if (got <= 0) break;
      text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  void say(std::string_view text) const {
    ASSERT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// Looks until it is over, or `bytes` of the body have come.
  FileServers::Arrived wait_for(std::uint64_t download, std::size_t bytes = SIZE_MAX) {
    FileServers::Arrived all;
    const auto deadline = soon();
    while (!all.over && all.bytes.size() < bytes && clock->now() < deadline.at) {
      const auto part = files.take(download, {});
      all.status = part.status;
      all.announced_bytes = part.announced_bytes;
      all.over = part.over;
      all.bytes.insert(all.bytes.end(), part.bytes.begin(), part.bytes.end());
      clock->wait({}, {clock->now() + 1ms, {}});
    }
    return all;
  }

  std::unique_ptr<Clock> clock = make_real_clock();
  LoopbackPort port{"127.0.0.1", 0};
  UniqueFd client;
  LoopbackFiles files;
};

TEST_F(LoopbackFilesTest, AWholeFile) {
  const auto download = files.begin(url("/images/fw.bin"), {});
  ASSERT_NE(download, 0U);
  EXPECT_THAT(asked(), AllOf(StartsWith("GET /images/fw.bin HTTP/1.0\r\n"),
                             HasSubstr(fmt::format("\r\nHost: 127.0.0.1:{}\r\n", port.port())),
                             EndsWith("\r\n\r\n")));
  EXPECT_EQ(files.take(download, {}).status, 0);
  say("HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length:  70000\r\n");
  EXPECT_EQ(files.take(download, {}).status, 0);
  const std::string body = std::string(35'000, '\r') + std::string(35'000, 'b');
  say("\r\n" + body);
  const auto all = wait_for(download);
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.announced_bytes, 70'000U);
  EXPECT_TRUE(all.over);
  EXPECT_EQ(std::string(all.bytes.begin(), all.bytes.end()), body);
  files.drop(download);
}

TEST_F(LoopbackFilesTest, AnotherStatus) {
  const auto download = files.begin(url(), {});
  asked();
  say("HTTP/1.0 404 Not Found\r\n\r\n");
  client.reset();
  const auto all = wait_for(download);
  EXPECT_EQ(all.status, 404);
  EXPECT_FALSE(all.announced_bytes);
}

TEST_F(LoopbackFilesTest, AServerThatBreaksOff) {
  const auto download = files.begin(url(), {});
  asked();
  say("HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(wait_for(download, 3).bytes.size(), 3U);
  client.reset();
  const auto rest = wait_for(download);
  EXPECT_TRUE(rest.over);
  EXPECT_EQ(rest.bytes.size(), 0U);
}

TEST_F(LoopbackFilesTest, NobodyThere) {
  const auto gone = url();
  port.refuse();
  const auto download = files.begin(gone, {});
  if (download != 0) {
    const auto all = wait_for(download);
    EXPECT_TRUE(all.over);
    EXPECT_EQ(all.status, 0);
  }
}

TEST_F(LoopbackFilesTest, OtherMachinesAreNeverAsked) {
  for (const char* elsewhere :
       {"http://192.0.2.1/fw.bin", "http://example.org/fw.bin", "https://127.0.0.1/fw.bin",
        "http://127.0.0.1:x/fw.bin", "http://127.0.0.1:70000/", "fw.bin", ""}) {
    EXPECT_EQ(files.begin(elsewhere, {}), 0U) << elsewhere;
  }
}

}  // namespace
}  // namespace plugrig::twin
