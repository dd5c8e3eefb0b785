#include "fixtures/twin/net/memory_files.hpp"

#include <gtest/gtest.h>

#include "joined_bench.hpp"

// Files that the rig offers in the simulated network, as a simulated plug fetches them.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLength = 50'000;

std::vector<std::uint8_t> some_bytes() {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < kLength; ++i) bytes.push_back(static_cast<std::uint8_t>(i % 251));
  return bytes;
}

TEST(MemoryFiles, ComeWithTime) {
  MemoryFiles files;
  const auto url = files.offer({.name = "S1.bin", .bytes = some_bytes()});
  const auto download = files.begin(url, 10s);
  ASSERT_NE(download, 0U);
  const auto at_once = files.take(download, 10s);
  EXPECT_EQ(at_once.status, 200);
  EXPECT_EQ(at_once.announced_bytes, kLength);
  EXPECT_TRUE(at_once.bytes.empty());
  EXPECT_FALSE(at_once.over);
  auto all = files.take(download, 10s + 100ms).bytes;
  EXPECT_EQ(all.size(), 10'000U);
  EXPECT_EQ(files.fetches(url), (FileFetches{1, 10'000}));
  const auto rest = files.take(download, 20s);
  EXPECT_TRUE(rest.over);
  all.insert(all.end(), rest.bytes.begin(), rest.bytes.end());
  EXPECT_EQ(all, some_bytes());
  EXPECT_EQ(files.fetches(url), (FileFetches{1, kLength}));
}

TEST(MemoryFiles, HaveAMinimalBuildBesideThem) {
  MemoryFiles files;
  const auto url = files.offer({.name = "S1.bin", .bytes = some_bytes(), .minimal = {1, 2, 3}});
  const auto beside = url.substr(0, url.size() - 4) + "-minimal.bin";
  const auto download = files.begin(beside, 0s);
  EXPECT_EQ(files.take(download, 1s).bytes, (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(files.fetches(beside), (FileFetches{1, 3}));
  files.withdraw(url);
  EXPECT_EQ(files.take(files.begin(beside, 1s), 2s).status, 404);
}

TEST(MemoryFiles, BreakOffEveryTime) {
  MemoryFiles files;
  const auto url = files.offer({.name = "S1.bin", .bytes = some_bytes(), .cut_after = 300});
  for (int time = 1; time <= 2; ++time) {
    const auto download = files.begin(url, 0s);
    const auto arrived = files.take(download, 10s);
    EXPECT_EQ(arrived.announced_bytes, kLength);
    EXPECT_EQ(arrived.bytes.size(), 300U);
    EXPECT_TRUE(arrived.over);
    files.drop(download);
    EXPECT_EQ(files.fetches(url).requests, time);
  }
}

TEST(MemoryFiles, AreNotThereWhenNobodyOffersThem) {
  MemoryFiles files;
  const auto url = files.offer({.name = "S1.bin", .bytes = some_bytes()});
  EXPECT_EQ(files.begin("http://127.0.0.1:8000/S1.bin", 0s), 0U) << "another computer";
  const auto begun = files.begin(url, 0s);
  files.withdraw(url);
  EXPECT_EQ(files.take(begun, 100ms).bytes.size(), 10'000U) << "what runs may end";
  const auto late = files.begin(url, 0s);
  ASSERT_NE(late, 0U);
  EXPECT_EQ(files.take(late, 0s).status, 404);
  EXPECT_EQ(files.fetches(url), FileFetches{});
}

TEST(MemoryFiles, TwoOffersOfOneNameAreTwo) {
  MemoryFiles files;
  EXPECT_NE(files.offer({.name = "x", .bytes = {1}}), files.offer({.name = "x", .bytes = {2}}));
}

class MemoryFilesOnABench : public testing::TestWithParam<bool> {};

TEST_P(MemoryFilesOnABench, AreFetchedByThePlugThatIsThereAndByOneThatComesLater) {
  MemoryFiles files;
  TwinBench bench(two_position_bench(1), 0);
  bench.connect_files(&files);
  if (GetParam()) bench.new_plug("F1", 1);
  auto now = join_network(bench);
  const auto url =
      files.offer({.name = "F1.bin", .bytes = make_image({.size_bytes = kSmallImage})});
  for (const auto& command : {"OtaUrl%20" + url, std::string("Upgrade%201")}) {
    PlugHttpRequest request;
    request.target = "/cm?cmnd=" + command;
    request.host = "127.0.0.1";
    ASSERT_NE(bench.slot("F1").http_begin(request), 0U);
    now += 500ms;
    bench.advance(now);
  }
  bench.advance(now + 5s);
  EXPECT_EQ(files.fetches(url), (FileFetches{1, kSmallImage}));
}

INSTANTIATE_TEST_SUITE_P(Exchanged, MemoryFilesOnABench, testing::Bool());

}  // namespace
}  // namespace plugrig::twin
