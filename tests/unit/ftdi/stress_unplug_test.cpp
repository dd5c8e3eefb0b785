#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "drivers/serial/ftdi/uart.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"

namespace plugrig::ftdi::test {
namespace {

class StressUnplug : public UsbTest {
 protected:
  /// What a slot does all day: opens the adapter whenever it is there, and echoes bytes until it is
  /// lost. No other fault than that of a lost or absent adapter may come, and no wrong byte.
  void work(const std::string& serial, const std::stop_token& stop) {
    for (unsigned round = 0; !stop.stop_requested(); ++round) {
      try {
        FtdiUart uart(open(serial), *clock_);
        uart.set_baud(921600);
        while (!stop.stop_requested()) echo(uart, pattern(100 + round % 400, round));
      } catch (const Fault& fault) {
        const std::lock_guard lock(mutex_);
        ++faults_[fault.id()];
      }
    }
  }

  void echo(FtdiUart& uart, const Bytes& sent) {
    uart.write(sent, within(5s));
    Bytes got(sent.size());
    for (std::size_t n = 0; n < got.size();) {
      const std::size_t more = uart.read(std::span(got).subspan(n), within(5s));
      if (more == 0) {
        ADD_FAILURE() << "bytes are missing, and nobody said that the adapter was lost";
        return;
      }
      n += more;
    }
    EXPECT_TRUE(got == sent);
    ++echoes_;
  }

  std::mutex mutex_;
  std::map<std::string, int> faults_;
  std::atomic<int> echoes_{0};
};

TEST_F(StressUnplug, TwoHundredRandomUnpluggingsAndNothingButLoss) {
  Plugged adapters[] = {{ChipKind::ft232r, "S1", "1-1"},
                        {ChipKind::ft_x, "S2", "1-2"},
                        {ChipKind::ft2232h, "S3", "1-3.1"},
                        {ChipKind::ft4232h, "S4", "1-3.2"}};
  for (const Plugged& adapter : adapters) loop_back(adapter.chip(), 0);
  std::mt19937_64 random(20261125);
  {
    std::vector<std::jthread> slots;
    for (const Plugged& adapter : adapters) {
      slots.emplace_back(
          [this, serial = adapter.serial()](const std::stop_token& stop) { work(serial, stop); });
    }
    for (int round = 0; round < 200; ++round) {
      Plugged& victim = adapters[random() % 4];
      clock_->sleep_for(std::chrono::microseconds(random() % 12'000), {});
      victim.unplug();
      clock_->sleep_for(std::chrono::microseconds(random() % 4'000), {});
      victim.plug();
    }
    const int before = echoes_;
    EXPECT_TRUE(eventually([&] { return echoes_ > before + 40; }, 60s)) << "they all work again";
  }
  int lost = 0;
  for (const auto& [id, count] : faults_) {
    EXPECT_THAT(id, testing::AnyOf("ftdi.lost", "ftdi.missing", "ftdi.open", "ftdi.permission"))
        << count << " times";
    if (id == "ftdi.lost") lost = count;
  }
  EXPECT_GT(lost, 0);
  EXPECT_EQ(usb_bus::open_handles(), 0);
}

}  // namespace
}  // namespace plugrig::ftdi::test
