#include "drivers/operator/scanner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <thread>

#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

using std::chrono::milliseconds;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};  // NOLINT
}

/// A port whose bytes arrive at their time.
class TimedPort final : public Uart {
 public:
  explicit TimedPort(Clock& clock) : clock_(clock) {}
  std::deque<std::pair<Instant, std::string>> coming;

  void write(std::span<const std::uint8_t> /*bytes*/, const Deadline& /*deadline*/) override {}
  void drain(const Deadline& /*deadline*/) override {}
  std::size_t read(std::span<std::uint8_t> into, const Deadline& deadline) override {
    const Instant due = coming.empty() ? Instant::max() : coming.front().first;
    const auto here = [&] { return clock_.now() >= due; };
    if (clock_.wait({}, deadline.no_later_than(due)) == WaitResult::stopped) throw Stopped{};
    if (!here()) return 0;
    auto& text = coming.front().second;
    const std::size_t count = std::min(into.size(), text.size());
    std::copy_n(text.begin(), count, into.begin());
    text.erase(0, count);
    if (text.empty()) coming.pop_front();
    return count;
  }
  void set_baud(std::uint32_t /*baud*/) override {}
  [[nodiscard]] std::uint32_t baud() const override { return 9600; }
  void discard_input() override {}

 private:
  Clock& clock_;
};

std::vector<std::string> lines_of(const std::string& text) {
  ScanLines lines;
  std::vector<std::string> seen;
  for (const auto& line : lines.take(bytes_of(text), Instant{})) {
    const auto* scan = std::get_if<Scan>(&line);
    seen.push_back(scan != nullptr ? scan->text : "broken " + std::get<BrokenScan>(line).text);
  }
  return seen;
}

using Lines = std::vector<std::string>;

TEST(ScanLines, EndWithCrOrLfOrBoth) {
  EXPECT_EQ(lines_of("EP2-1\rEP2-2\nEP2-3\r\nEP2-4"), (Lines{"EP2-1", "EP2-2", "EP2-3"}));
  EXPECT_EQ(lines_of("\r\n\r\n"), Lines{});
  EXPECT_EQ(lines_of(" EP2-1 \r"), Lines{"EP2-1"});
}

TEST(ScanLines, FramingIsNotPartOfAScan) {
  EXPECT_EQ(lines_of(std::string("\0\x02"
                                 "EP2-1\x03\r",
                                 9)),
            Lines{"EP2-1"});
}

TEST(ScanLines, JunkIsRefused) {
  EXPECT_EQ(lines_of("\xff\xfe"
                     "P2\r"),
            Lines{"broken ??P2"});
  EXPECT_EQ(lines_of(std::string(200, 'x') + "\rEP2-1\r"),
            (Lines{"broken " + std::string(128, 'x'), "EP2-1"}));
}

TEST(ScanLines, ALineThatWasCutIsNotBelievedNorIsItsRest) {
  ScanLines lines;
  EXPECT_TRUE(lines.take(bytes_of("EP2-0"), Instant{}).empty());
  const auto rest = lines.take(bytes_of("0042\r"), Instant{milliseconds{600}});
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<BrokenScan>(rest[0]));
  const auto next = lines.take(bytes_of("EP2-000042\r"), Instant{milliseconds{2000}});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(std::get<Scan>(next[0]).text, "EP2-000042");
}

TEST(SerialScanner, HandsOverWhatComesAndWaitsForIt) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  seat->enter();
  TimedPort port(*clock);
  SerialScanner scanner(port, *clock);
  port.coming = {{Instant{milliseconds{100}}, "EP2-"},
                 {Instant{milliseconds{110}}, "1\r\nEP2-2\r\n"}};
  EXPECT_EQ(scanner.next({Instant{milliseconds{50}}}), std::nullopt);
  EXPECT_EQ(scanner.next({})->text, "EP2-1");
  EXPECT_EQ(scanner.next({})->text, "EP2-2");
  EXPECT_EQ(scanner.next({Instant{milliseconds{500}}}), std::nullopt);
}

TEST(SerialScanner, TellsJunkAndGoesOn) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  seat->enter();
  TimedPort port(*clock);
  SerialScanner scanner(port, *clock);
  port.coming = {{Instant{}, "\xff\xff\rEP2-2\r"}};
  try {
    scanner.next({});
    FAIL() << "junk was taken for a scan";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "scanner.junk");
    EXPECT_EQ(fault.blame(), Blame::fixture);
  }
  EXPECT_EQ(scanner.next({})->text, "EP2-2");
}

TEST(ScanQueue, HandsScansToAnotherThread) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  auto other_seat = clock->reserve("scanner");
  ScanQueue queue(*clock);
  seat->enter();
  std::jthread other([&] {
    other_seat->enter();
    clock->sleep_for(std::chrono::seconds{1}, {});
    queue.push({"EP2-1"});
    queue.push({"EP2-2"});
    clock->sleep_for(std::chrono::seconds{1}, {});
    queue.close();
    other_seat.reset();
  });
  EXPECT_EQ(queue.next({Instant{milliseconds{10}}}), std::nullopt);
  EXPECT_EQ(queue.next({})->text, "EP2-1");
  EXPECT_EQ(clock->now(), Instant{std::chrono::seconds{1}});
  EXPECT_EQ(queue.next({})->text, "EP2-2");
  EXPECT_FALSE(queue.over());
  EXPECT_EQ(queue.next({}), std::nullopt);
  EXPECT_TRUE(queue.over());
}

TEST(ScanQueue, AStopEndsTheWait) {
  const auto clock = make_virtual_clock();
  const auto seat = clock->reserve("test");
  seat->enter();
  ScanQueue queue(*clock);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(queue.next({Instant::max(), stop.get_token()}), Stopped);
}

}  // namespace
}  // namespace plugrig::person
