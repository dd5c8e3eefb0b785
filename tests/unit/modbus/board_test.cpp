#include "drivers/modbus/board.hpp"

#include <gtest/gtest.h>

#include "drivers/modbus/board_switch.hpp"
#include "tests/unit/modbus/fault_of.hpp"
#include "tests/unit/modbus/image_port.hpp"
#include "tests/unit/modbus/participants.hpp"

namespace plugrig::modbus::test {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

struct BoardBench {
  VirtualTime time;
  DeviceImage device;
  FakePort* line = nullptr;
  std::unique_ptr<ModbusBus> bus;
  std::unique_ptr<RelayBoard> board;

  explicit BoardBench(const std::string& name) {
    Problems problems;
    BoardProfile profile = load_board_profile(
        std::filesystem::path(PLUGRIG_SOURCE_DIR) / "fixtures/instruments" / (name + ".yaml"),
        problems);
    EXPECT_FALSE(problems.any_error()) << problems.render();
    auto port = std::make_unique<FakePort>(
        *time.clock, [this](const ModbusFrame& request) { return device(request); });
    line = port.get();
    bus = std::make_unique<ModbusBus>(
        *time.clock, std::move(port),
        BusOptions{.name = "rs485", .response_limit = relay_bus_response_limit});
    board = make_relay_board(std::move(profile), "board1", 1, *bus, *time.clock);
  }
  BoardBench(const BoardBench&) = delete;

  [[nodiscard]] Deadline soon() const { return time.in(2s); }
};

struct Waveshare : BoardBench {
  Waveshare() : BoardBench("waveshare-relay-8") {
    for (std::uint16_t n = 0; n < 8; ++n) device.coils[n] = device.inputs[n] = false;
    device.command = [](DeviceImage& image, std::uint16_t address, std::uint16_t value) {
      if (address == 0x00FF && value == 0) {
        for (auto& [coil, on] : image.coils) on = on && image.stuck.contains(coil);
        return true;
      }
      if (address >= 0x0200 && address < 0x0208 && value > 0) {
        image.coils[static_cast<std::uint16_t>(address - 0x0200)] = true;
        return true;
      }
      return false;
    };
  }
};

struct R4d8 : BoardBench {
  R4d8() : BoardBench("r4d8-relay-8") {
    device.register_function = 3;
    for (std::uint16_t n = 1; n <= 8; ++n) device.registers[n] = 0;
    device.command = [](DeviceImage& image, std::uint16_t address, std::uint16_t value) {
      if (!image.registers.contains(address)) return false;
      const unsigned what = value >> 8U;
      if (what != 1 && what != 2 && what != 6) return false;
      image.registers[address] = what == 2 ? 0 : 1;
      return true;
    };
  }
};

// Modbus notes §6, reference frames.
TEST(Board, CoilsAsTheMakerWritesThem) {
  Waveshare bench;
  bench.board->set(1, true, bench.soon());
  EXPECT_TRUE(bench.board->reads_on(1, bench.soon()));
  bench.board->set(1, false, bench.soon());
  bench.board->timed_on(1, 700ms, bench.soon());
  bench.board->all_off(bench.soon());
  EXPECT_EQ(bench.device.writes, (std::vector<Bytes>{{0x05, 0x00, 0x00, 0xFF, 0x00},
                                                     {0x05, 0x00, 0x00, 0x00, 0x00},
                                                     {0x05, 0x02, 0x00, 0x00, 0x07},
                                                     {0x05, 0x00, 0xFF, 0x00, 0x00}}));
  EXPECT_FALSE(bench.board->reads_on(1, bench.soon()));
}

TEST(Board, CommandWordsInRegisters) {
  R4d8 bench;
  bench.board->set(1, true, bench.soon());
  bench.board->set(8, false, bench.soon());
  bench.board->timed_on(1, 4500ms, bench.soon());
  EXPECT_EQ(bench.device.writes, (std::vector<Bytes>{{0x06, 0x00, 0x01, 0x01, 0x00},
                                                     {0x06, 0x00, 0x08, 0x02, 0x00},
                                                     {0x06, 0x00, 0x01, 0x06, 0x05}}));
  bench.device.writes.clear();
  bench.board->all_off(bench.soon());
  EXPECT_EQ(bench.device.writes.size(), 8U);
  for (const auto& [address, value] : bench.device.registers) EXPECT_EQ(value, 0) << address;
}

TEST(Board, ARelayThatDoesNotMoveIsStuck) {
  Waveshare bench;
  bench.device.stuck = {2};
  const Fault on = fault_of([&] { bench.board->set(3, true, bench.soon()); });
  EXPECT_EQ(on.id(), "relay.stuck");
  EXPECT_EQ(on.blame(), Blame::instrument);
  bench.device.coils[2] = true;
  EXPECT_EQ(fault_of([&] { bench.board->set(3, false, bench.soon()); }).id(), "relay.stuck");
  const Fault all = fault_of([&] { bench.board->all_off(bench.soon()); });
  EXPECT_EQ(all.id(), "relay.stuck");
  EXPECT_NE(all.happened().find("Relay 3"), std::string::npos);
}

TEST(Board, OneStuckRelayDoesNotKeepTheOthersOn) {
  R4d8 bench;
  for (int relay = 1; relay <= 8; ++relay) bench.board->set(relay, true, bench.soon());
  bench.device.command = [](DeviceImage& image, std::uint16_t address, std::uint16_t /*value*/) {
    if (address != 2) image.registers[address] = 0;
    return true;
  };
  EXPECT_EQ(fault_of([&] { bench.board->all_off(bench.soon()); }).id(), "relay.stuck");
  for (const auto& [address, value] : bench.device.registers) EXPECT_EQ(value, address == 2);
}

TEST(Board, TimesAreRoundedUpAndBounded) {
  Waveshare bench;
  bench.board->timed_on(1, 701ms, bench.soon());
  bench.board->timed_on(1, 0ms, bench.soon());
  EXPECT_EQ(bench.device.writes[0][4], 8);
  EXPECT_EQ(bench.device.writes[1][4], 1);
  EXPECT_EQ(fault_of([&] { bench.board->timed_on(1, 3277s, bench.soon()); }).id(),
            "relay.too_long");
  EXPECT_EQ(bench.board->longest_timed_on(), 3276700ms);
}

TEST(Board, NumbersThatItDoesNotHave) {
  Waveshare bench;
  for (const int number : {-1, 0, 9}) {
    EXPECT_EQ(fault_of([&] { bench.board->set(number, false, bench.soon()); }).id(),
              "relay.number");
    EXPECT_EQ(fault_of([&] { bench.board->input_closed(number, bench.soon()); }).id(),
              "relay.number");
  }
  BoardBench plain("kmtronic-relay-8");
  EXPECT_EQ(fault_of([&] { plain.board->timed_on(1, 1s, plain.soon()); }).id(),
            "relay.no_timed_on");
  EXPECT_EQ(fault_of([&] { plain.board->input_closed(1, plain.soon()); }).id(), "relay.number");
}

TEST(Board, ASilentBoardIsAFaultOfTheRelays) {
  Waveshare bench;
  bench.device.latency = 10s;
  const Instant asked = bench.time.clock->now();
  const Fault fault = fault_of([&] { bench.board->set(1, false, bench.soon()); });
  EXPECT_EQ(fault.id(), "relay.timeout");
  EXPECT_LE(bench.time.clock->now() - asked, 2s);
}

TEST(Board, OffIgnoresAStopAndOnObeysIt) {
  Waveshare bench;
  std::stop_source stop;
  stop.request_stop();
  bench.device.coils[0] = true;
  bench.board->set(1, false, bench.time.in(1s, stop.get_token()));
  bench.board->all_off(bench.time.in(1s, stop.get_token()));
  EXPECT_FALSE(bench.device.coils[0]);
  EXPECT_THROW(bench.board->set(1, true, bench.time.in(1s, stop.get_token())), Stopped);
}

TEST(Board, StopToOffWithinASecondOnABusyBus) {
  Waveshare bench;
  bench.device.coils[0] = true;
  bench.device.latency = 250ms;
  std::vector<std::unique_ptr<Participant>> busy;
  for (int i = 0; i < 4; ++i) {
    busy.push_back(std::make_unique<Participant>(
        *bench.time.clock, "busy", [&] { bench.board->reads_on(1, bench.time.in(9s)); }));
  }
  bench.time.clock->sleep_for(10ms, {});
  const Instant asked = bench.time.clock->now();
  bench.board->set(1, false, bench.soon());
  EXPECT_LE(bench.time.clock->now() - asked, 1s);
}

TEST(BoardSwitch, PlainAndPulsed) {
  Waveshare bench;
  RelaySwitch plain(*bench.board, 1);
  EXPECT_EQ(plain.renew_within(), Duration::zero());
  plain.set(true, bench.soon());
  plain.renew(bench.soon());
  EXPECT_EQ(bench.device.writes.size(), 1U);

  RelaySwitch pulsed(*bench.board, 2, TimedHold{5s, bench.time.clock.get()});
  EXPECT_EQ(pulsed.renew_within(), 5s);
  pulsed.renew(bench.soon());
  EXPECT_EQ(bench.device.writes.size(), 1U) << "what is off must not be renewed";
  pulsed.set(true, bench.soon());
  EXPECT_TRUE(pulsed.reads_on(bench.soon()));
  pulsed.renew(bench.soon());
  EXPECT_EQ(bench.device.writes.back(), (Bytes{0x05, 0x02, 0x01, 0x00, 50}));
  EXPECT_EQ(bench.device.writes.size(), 3U);
  pulsed.set(false, bench.soon());
  pulsed.renew(bench.soon());
  EXPECT_EQ(bench.device.writes.back(), (Bytes{0x05, 0x00, 0x01, 0x00, 0x00}));
}

TEST(BoardSwitch, RefusesWhatTheBoardDoesNotHave) {
  BoardBench plain("kmtronic-relay-8");
  EXPECT_EQ(fault_of([&] {
              RelaySwitch(*plain.board, 1, TimedHold{5s, plain.time.clock.get()});
            }).id(),
            "relay.no_timed_on");
  EXPECT_EQ(fault_of([&] { RelaySwitch(*plain.board, 9); }).id(), "relay.number");
  EXPECT_EQ(fault_of([&] { BoardInput(*plain.board, 1, "guard"); }).id(), "relay.number");
}

TEST(BoardSwitch, InputsFollowTheCurrent) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  EXPECT_EQ(guard.name(), "guard");
  EXPECT_FALSE(guard.closed(bench.soon()));
  bench.device.inputs[2] = true;
  EXPECT_TRUE(guard.closed(bench.soon()));
  bench.device.latency = 10s;
  EXPECT_EQ(fault_of([&] { guard.closed(bench.time.in(9s)); }).id(), "relay.timeout");
}

TEST(BoardInputs, OneRequestServesAllInputsThatAreReadTogether) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  BoardInput contacts(*bench.board, 8, "contacts");
  bench.device.inputs[2] = true;
  const Instant since = bench.time.clock->now();
  const InputReading first = guard.read_since(since, bench.soon());
  const InputReading second = contacts.read_since(since, bench.soon());
  EXPECT_TRUE(first.closed);
  EXPECT_FALSE(second.closed);
  EXPECT_EQ(bench.line->sent.size(), 1U);
  ASSERT_TRUE(first.asked);
  EXPECT_GT(*first.asked, since);
  EXPECT_LT(*first.asked, bench.time.clock->now()) << "a reading is as old as its request";
  EXPECT_EQ(second.asked, first.asked);
}

TEST(BoardInputs, AReadingFromBeforeIsNotUsedAgain) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  bench.device.inputs[2] = true;
  EXPECT_TRUE(guard.read_since(bench.time.clock->now(), bench.soon()).closed);
  bench.device.inputs[2] = false;
  EXPECT_FALSE(guard.read_since(bench.time.clock->now(), bench.soon()).closed);
  EXPECT_EQ(bench.line->sent.size(), 2U);
}

TEST(BoardInputs, WhoAsksForNowGetsARequestOfItsOwn) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  const Instant since = bench.time.clock->now();
  bench.device.inputs[2] = true;
  EXPECT_TRUE(guard.read_since(since, bench.soon()).closed);
  bench.device.inputs[2] = false;
  EXPECT_FALSE(guard.closed(bench.soon()));
  // And others may use that.
  EXPECT_FALSE(guard.read_since(since, bench.soon()).closed);
  EXPECT_EQ(bench.line->sent.size(), 2U);
}

TEST(BoardInputs, TheFaultOfARequestIsThatOfAllInputs) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  BoardInput contacts(*bench.board, 8, "contacts");
  bench.device.inputs[2] = true;
  EXPECT_TRUE(guard.closed(bench.soon()));
  bench.device.latency = 10s;
  const Instant since = bench.time.clock->now();
  EXPECT_EQ(fault_of([&] { guard.read_since(since, bench.time.in(150ms)); }).id(), "relay.timeout");
  const auto requests = bench.line->sent.size();
  const Instant failed = bench.time.clock->now();
  EXPECT_EQ(fault_of([&] { contacts.read_since(since, bench.time.in(150ms)); }).id(),
            "relay.timeout");
  EXPECT_EQ(bench.time.clock->now(), failed) << "the board was asked again";
  EXPECT_EQ(bench.line->sent.size(), requests);
  bench.device.latency = 5ms;
  bench.time.clock->sleep_for(2s, {});
  EXPECT_TRUE(guard.read_since(bench.time.clock->now(), bench.soon()).closed)
      << "a fault is not kept for those who ask later";
}

TEST(BoardInputs, AnAnswerThatWasOvertakenDoesNotReplaceTheLaterOne) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  bench.device.latency = 40ms;
  bench.device.inputs[2] = true;
  const Instant since = bench.time.clock->now();
  {
    Participant other(*bench.time.clock, "other", [&] { EXPECT_TRUE(guard.closed(bench.soon())); });
    bench.time.clock->sleep_for(20ms, {});
    bench.device.inputs[2] = false;  // the first answer is on its way
    EXPECT_FALSE(guard.closed(bench.soon()));
  }
  EXPECT_FALSE(guard.read_since(since, bench.soon()).closed);
}

/// Answers of function 02 that do not come, counted from the next one.
struct LosingInputs : Waveshare {
  int lose = 0;
  LosingInputs() {
    line->devices([this](const ModbusFrame& request) {
      if (request.pdu[0] == function::read_inputs && lose-- > 0) return std::vector<Arrival>{};
      return device(request);
    });
  }
};

TEST(BoardInputs, OneLostAnswerIsMadeUpForWhileTheReadingBeforeStillCounts) {
  LosingInputs bench;
  BoardInput guard(*bench.board, 3, "guard");
  bench.device.inputs[2] = true;
  guard.closed(bench.soon());
  for (int round = 0; round < 5; ++round) {
    bench.time.clock->sleep_for(50ms, {});  // as the watch rests
    const auto before = guard.read_since(bench.time.clock->now(), bench.soon());
    bench.time.clock->sleep_for(50ms, {});
    bench.lose = 1;
    const auto after = guard.read_since(bench.time.clock->now(), bench.time.in(150ms));
    EXPECT_TRUE(after.closed);
    EXPECT_LE(bench.time.clock->now() - *before.asked, 200ms);
  }
}

TEST(BoardInputs, ABoardThatIsSlowerThanItsProfileIsStillRead) {
  Waveshare bench;
  BoardInput guard(*bench.board, 3, "guard");
  bench.device.inputs[2] = true;
  bench.device.latency = 90ms;
  for (int round = 0; round < 5; ++round) EXPECT_TRUE(guard.closed(bench.soon()));
}

TEST(BoardInputs, ABoardThatStaysSilentIsNotAskedForEver) {
  LosingInputs bench;
  BoardInput guard(*bench.board, 3, "guard");
  bench.lose = 1000;
  const Instant asked = bench.time.clock->now();
  EXPECT_EQ(fault_of([&] { guard.closed(bench.time.in(9s)); }).id(), "relay.timeout");
  EXPECT_LE(bench.time.clock->now() - asked, 1s);
  EXPECT_LE(bench.line->sent.size(), 6U);
}

TEST(Board, ReadBackElsewhere) {
  BoardBench bench("wago-750");
  for (std::uint16_t n = 0; n < 8; ++n) {
    bench.device.coils[n] = false;
    bench.device.coils[static_cast<std::uint16_t>(0x200 + n)] = false;
  }
  EXPECT_EQ(fault_of([&] { bench.board->set(1, true, bench.soon()); }).id(), "relay.stuck")
      << "the outputs themselves did not move";
  bench.device.coils[0x200] = true;
  bench.board->set(1, true, bench.soon());
  bench.device.coils[0x200] = false;
  bench.board->all_off(bench.soon());
  EXPECT_EQ(bench.device.writes.back(), (Bytes{0x0F, 0, 0, 0, 8, 1, 0}));
}

}  // namespace
}  // namespace plugrig::modbus::test
