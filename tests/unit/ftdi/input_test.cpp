#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/serial/ftdi/lines.hpp"
#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using std::chrono::milliseconds;

/// The rack's clock with somebody who changes the contact while it is being waited for.
class BusyClock final : public Clock {
 public:
  explicit BusyClock(Clock& inner) : inner_(inner) {}
  std::function<void(Instant)> at_wait = [](Instant) {};

  [[nodiscard]] Instant now() const override { return inner_.now(); }
  [[nodiscard]] UtcTime utc() const override { return inner_.utc(); }
  WaitResult wait(const std::function<bool()>& ready, const Deadline& deadline) override {
    const WaitResult result = inner_.wait(ready, deadline);
    at_wait(inner_.now());
    return result;
  }
  void notify() override { inner_.notify(); }
  [[nodiscard]] std::unique_ptr<Seat> reserve(std::string name) override {
    return inner_.reserve(std::move(name));
  }

 private:
  Clock& inner_;
};

struct InputTest : testing::Test {
  std::unique_ptr<Clock> inner = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = inner->reserve("test");
  BusyClock clock{*inner};
  std::shared_ptr<FakeAdapter> adapter = std::make_shared<FakeAdapter>(ChipKind::ft4232h);
  FakePort& port = adapter->ports[3];
  Rack rack{{in_bench("quad")}, clock, fake_usb({adapter}, clock)};

  InputTest() {
    seat->enter();
    clock.sleep_for(std::chrono::seconds{1}, {});
  }
  std::unique_ptr<SafetyInput> input(InputLine line) {
    return make_input(std::move(line), rack, clock);
  }
  std::unique_ptr<SafetyInput> guard() {
    return input({"F1 guard closed", {"quad", 3, Pin::Group::pins, 5}, true, milliseconds{10}});
  }
  [[nodiscard]] Deadline in(Duration time) const { return {clock.now() + time}; }
  void close() { port.outside &= ~0x20U; }
  void open() { port.outside |= 0x20U; }
};

TEST_F(InputTest, AnOpenWireReadsOpenAtOnce) {
  const auto in_question = guard();
  EXPECT_EQ(in_question->name(), "F1 guard closed");
  in_question->closed(in(milliseconds{150}));  // opens the bank
  const Instant before = clock.now();
  EXPECT_FALSE(in_question->closed(in(milliseconds{150})));
  EXPECT_EQ(clock.now(), before);
}

TEST_F(InputTest, ClosedOnlyAfterTheDebounceTime) {
  const auto in_question = guard();
  in_question->closed(in(milliseconds{150}));
  close();
  const Instant before = clock.now();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  EXPECT_GE(clock.now() - before, milliseconds{10});
  EXPECT_LE(clock.now() - before, milliseconds{14});
}

TEST_F(InputTest, AContactThatBouncesReadsOpen) {
  const auto in_question = guard();
  in_question->closed(in(milliseconds{150}));
  close();
  clock.at_wait = [&, start = clock.now()](Instant now) {
    if (now - start >= milliseconds{7}) open();
  };
  EXPECT_FALSE(in_question->closed(in(milliseconds{150})));
}

TEST_F(InputTest, WhatIsKnownToBeClosedIsReadOnce) {
  const auto in_question = guard();
  close();
  in_question->closed(in(milliseconds{150}));
  const std::size_t before = adapter->requests();
  clock.sleep_for(milliseconds{100}, {});
  const Instant then = clock.now();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  EXPECT_EQ(clock.now(), then);
  EXPECT_EQ(adapter->requests() - before, 1U);
  open();
  EXPECT_FALSE(in_question->closed(in(milliseconds{150}))) << "open acts at once";
  close();
  const Instant again = clock.now();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  EXPECT_GE(clock.now() - again, milliseconds{10}) << "and closed waits again";
}

TEST_F(InputTest, AReadingThatIsOldProvesNothing) {
  const auto in_question = guard();
  close();
  in_question->closed(in(milliseconds{150}));
  clock.sleep_for(milliseconds{201}, {});
  const Instant then = clock.now();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  EXPECT_GE(clock.now() - then, milliseconds{10});
}

TEST_F(InputTest, ADeadlineBeforeTheDebounceTimeReadsOpen) {
  const auto in_question = guard();
  in_question->closed(in(milliseconds{150}));
  close();
  EXPECT_FALSE(in_question->closed(in(milliseconds{5})));
}

TEST_F(InputTest, AStopEndsTheWait) {
  const auto in_question = guard();
  in_question->closed(in(milliseconds{150}));
  close();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(in_question->closed({clock.now() + milliseconds{150}, stop.get_token()}), Stopped);
}

TEST_F(InputTest, ActiveHighIsTheOtherWayRound) {
  const auto in_question =
      input({"M1 mains", {"quad", 3, Pin::Group::pins, 5}, false, milliseconds{0}});
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  close();  // pin low
  EXPECT_FALSE(in_question->closed(in(milliseconds{150})));
}

TEST_F(InputTest, ALostAdapterIsAFaultAndClosedMustBeShownAnew) {
  const auto in_question = guard();
  close();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  adapter->unplug();
  EXPECT_EQ(fault_id([&] { in_question->closed(in(milliseconds{150})); }), "ftdi.missing");
  adapter->plug();
  clock.sleep_for(milliseconds{250}, {});
  const Instant then = clock.now();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  EXPECT_GE(clock.now() - then, milliseconds{10});
}

TEST_F(InputTest, ModemInputsComeWithThePackets) {
  const auto in_question =
      input({"F1 lid", {"quad", 0, Pin::Group::modem, 1}, true, milliseconds{0}});
  FakePort& uart = adapter->ports[0];
  uart.line.seen = clock.now() - milliseconds{1};
  uart.line.dsr = true;
  in_question->closed(in(milliseconds{150}));
  const std::size_t before = adapter->requests();
  EXPECT_TRUE(in_question->closed(in(milliseconds{150})));
  uart.line.dsr = false;
  EXPECT_FALSE(in_question->closed(in(milliseconds{150})));
  EXPECT_EQ(adapter->requests(), before);
}

TEST_F(InputTest, ModemInputsThatNoPacketShowedLatelyAreAskedFor) {
  for (const auto& [bit, pin] : {std::pair{0, 3U}, {1, 5U}, {2, 7U}, {3, 6U}}) {
    const auto in_question =
        input({"F1 lid", {"quad", 0, Pin::Group::modem, bit}, true, milliseconds{0}});
    FakePort& uart = adapter->ports[0];
    uart.line = {};
    uart.line.cts = uart.line.dsr = uart.line.ri = uart.line.dcd = true;  // long ago
    uart.line.seen = clock.now() - milliseconds{201};
    uart.outside = 0xFFFF;
    EXPECT_FALSE(in_question->closed(in(milliseconds{150}))) << bit;
    uart.outside = 0xFFFFU & ~(1U << pin);
    EXPECT_TRUE(in_question->closed(in(milliseconds{150}))) << bit;
  }
}

TEST_F(InputTest, AModemInputThatCannotBeAskedForIsStale) {
  auto single = std::make_shared<FakeAdapter>(ChipKind::ft232r);
  single->eeprom[0x14 / 2] = 0xAAAA;
  single->seal();
  Rack bench({in_bench("one")}, clock, fake_usb({single}, clock));
  bench.bank({"one", 0, Pin::Group::cbus, 0});
  const auto lid =
      make_input({"F1 lid", {"one", 0, Pin::Group::modem, 0}, true, milliseconds{0}}, bench, clock);
  single->ports[0].line.cts = true;
  single->ports[0].line.seen = clock.now();
  EXPECT_TRUE(lid->closed(in(milliseconds{150})));
  clock.sleep_for(milliseconds{201}, {});
  EXPECT_EQ(fault_id([&] { lid->closed(in(milliseconds{150})); }), "ftdi.stale");
}

TEST_F(InputTest, AnInputThatIsNoneIsRefusedAtOnce) {
  EXPECT_EQ(fault_id([&] { input({"x", {"quad", 0, Pin::Group::modem, 4}}); }), "ftdi.no_pin");
  EXPECT_EQ(fault_id([&] { input({"x", {"quad", 0, Pin::Group::pins, -1}}); }), "ftdi.no_pin");
}

}  // namespace
}  // namespace plugrig::ftdi
