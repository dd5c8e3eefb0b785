#include "fixtures/twin/serial/rfc2217_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "drivers/serial/rfc2217_port.hpp"
#include "fixtures/twin/image_maker.hpp"
#include "rig/core/fault.hpp"

// Our client and the twin's server in real time, over loopback.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using serial::Rfc2217Port;
using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

class TwinServerTest : public testing::Test {
 protected:
  TwinServerTest() {
    ImageOptions image;
    image.size_bytes = kSmallImage;
    slot_.load_flash(0, make_image(image));
    thread_ = std::jthread([this](const std::stop_token& stop) { server_.run(stop); });
  }
  Deadline soon() { return {clock_->now() + 60s, {}}; }
  std::unique_ptr<Rfc2217Port> open(std::uint32_t baud = 115'200) {
    serial::Rfc2217Options options;
    options.address = "127.0.0.1:" + std::to_string(server_.port());
    options.baud = baud;
    options.answer_limit = 30s;
    return std::make_unique<Rfc2217Port>(*clock_, options, soon());
  }
  void hold(Duration time) { clock_->sleep_for(time, soon()); }  // part of a reset sequence
  void reset(Rfc2217Port& port, bool into_loader) {
    port.set(std::array{LineChange{Signal::dtr, false}, LineChange{Signal::rts, true}});
    hold(100ms);
    port.set(std::array{LineChange{Signal::dtr, into_loader}, LineChange{Signal::rts, false}});
    hold(50ms);
    port.set(std::array{LineChange{Signal::dtr, false}});
  }
  std::string read_until(Rfc2217Port& port, const std::string& wanted) {
    std::string seen;
    const Deadline deadline = soon();
    std::array<std::uint8_t, 256> part{};
    while (seen.find(wanted) == std::string::npos) {
      const std::size_t count = port.read(part, deadline);
      if (count == 0) return seen.append(" … and no ").append(wanted);
      seen.append(part.begin(), part.begin() + count);
    }
    return seen;
  }

  static TwinSlotOptions options() {
    TwinSlotOptions given;
    given.wiring.circuit = bench::Circuit::two_transistor;
    return given;
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  TwinSlot slot_{options()};
  Rfc2217Server server_{slot_, *clock_, 0};
  std::jthread thread_;
};

TEST_F(TwinServerTest, BootTextThenTheApplicationAtItsOwnRate) {
  const auto port = open(74'880);
  reset(*port, false);
  EXPECT_THAT(read_until(*port, "~ld"), HasSubstr("rst cause:2, boot mode:(3,"));
  port->set_baud(115'200);
  EXPECT_THAT(read_until(*port, "Project tasmota"), HasSubstr("Project tasmota"));
  EXPECT_GT(server_.achieved_factor(), 0.0);
}

TEST_F(TwinServerTest, TheLoaderAnswersASyncFrame) {
  const auto port = open(74'880);
  reset(*port, true);
  EXPECT_THAT(read_until(*port, ")\r\n"), HasSubstr("boot mode:(1,"));
  port->set_baud(115'200);
  Bytes sync{0xC0, 0, 8, 36, 0, 0, 0, 0, 0, 7, 7, 0x12, 0x20};
  sync.insert(sync.end(), 32, 0x55);
  sync.push_back(0xC0);
  std::array<std::uint8_t, 14> frame{};
  std::size_t have = 0;
  for (int attempt = 0; attempt < 20 && have < frame.size(); ++attempt) {
    have = 0;
    port->discard_input();
    port->write(sync, soon());  // the first one only trains the loader's rate
    while (have < frame.size()) {
      const std::size_t count =
          port->read(std::span(frame).subspan(have), {clock_->now() + 500ms, {}});
      if (count == 0) break;
      have += count;
    }
  }
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 12),
            (Bytes{0xC0, 1, 8, 2, 0, 7, 7, 0x12, 0x20, 0, 0, 0xC0}));
}

TEST_F(TwinServerTest, ASecondClientIsTurnedAwayAndMayComeLater) {
  auto first = open();
  try {
    open();
    ADD_FAILURE() << "two clients at once";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "rfc2217.busy");
  }
  first.reset();
  EXPECT_NO_THROW(open());
}

TEST_F(TwinServerTest, DrainWaitsForTheWire) {
  const auto port = open(9600);
  const Instant before = clock_->now();
  port->write(Bytes(96, 'x'), soon());  // 100 ms
  port->drain(soon());
  EXPECT_GE(clock_->now() - before, 100ms);
}

TEST(TwinServerPort, ATakenPortIsAFault) {
  const auto clock = make_real_clock();
  TwinSlot slot{TwinSlotOptions{}};
  const Rfc2217Server first(slot, *clock, 0);
  try {
    const Rfc2217Server second(slot, *clock, first.port());
    ADD_FAILURE() << "two servers on one port";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "twin.port");
    EXPECT_EQ(fault.blame(), Blame::host);
  }
}

}  // namespace
}  // namespace plugrig::twin
