#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "bus_fixture.hpp"
#include "fixtures/twin/modbus/register_words.hpp"

// What a bad line does, and what bytes from outside must not do.

namespace plugrig::twin {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

struct Tally {
  double answers = 0, silent = 0, corrupted = 0, cut = 0, wrong = 0, late = 0;
};

Tally exchange(const FieldValues& faults, int count) {
  Wires wires({230, 5, 1150, 50});
  OneMeter meter("eastron-sdm230", wires, true, 1, faults);
  Tally tally;
  for (int i = 0; i < count; ++i) {
    const auto answer = meter.bus->request(1, read_request(0x04, 0, 2), 10s + i * 100ms);
    if (!answer) {
      ++tally.silent;
      continue;
    }
    ++tally.answers;
    tally.corrupted += answer->corrupted ? 1 : 0;
    tally.cut += answer->cut > 0 ? 1 : 0;
    tally.wrong += answer->unit != 1 ? 1 : 0;
    tally.late += answer->latency > 250ms ? 1 : 0;
    EXPECT_LT(answer->cut, answer->pdu.size() + 3);
    EXPECT_LE(answer->latency, 1'580ms);
    if (answer->latency > 250ms) {
      EXPECT_GE(answer->latency, 300ms);
    }
  }
  return tally;
}

TEST(LineFaults, NoneIsClean) {
  const auto tally = exchange({}, 500);
  EXPECT_EQ(tally.answers, 500);
  EXPECT_EQ(tally.corrupted + tally.cut + tally.wrong + tally.late, 0);
}

TEST(LineFaults, EachStrikesAsOftenAsAsked) {
  constexpr int count = 2000;
  const auto near = [](double share) { return DoubleNear(count * share, count * 0.04); };
  EXPECT_THAT(exchange(number_fault("late", 0.2), count).late, near(0.2));
  EXPECT_THAT(exchange(number_fault("lost", 0.2), count).silent, near(0.2));
  EXPECT_THAT(exchange(number_fault("corrupted", 0.2), count).corrupted, near(0.2));
  EXPECT_THAT(exchange(number_fault("cut", 0.2), count).cut, near(0.2));
  EXPECT_THAT(exchange(number_fault("wrong_slave", 0.2), count).wrong, near(0.2));
  EXPECT_EQ(exchange(number_fault("late", 1), 100).late, 100);
}

TEST(LineFaults, ALostExchangeMayStillHaveSwitched) {
  OneBoard board("waveshare-relay-8", 1, number_fault("lost", 1));
  double switched = 0;
  for (int i = 0; i < 200; ++i) {
    const auto before = board.contacts.changes.size();
    EXPECT_TRUE(board.ask({0x05, 0x00, 0x00, 0x55, 0x00}, 1s * (i + 1)).empty());
    switched += board.contacts.changes.size() > before ? 1 : 0;
  }
  EXPECT_THAT(switched, DoubleNear(100, 30));
}

TEST(LineFaults, ADeadInstrumentDoesNothing) {
  FieldValues dead;
  add_flag(dead, "dead");
  OneBoard board("waveshare-relay-8", 1, dead);
  EXPECT_TRUE(board.ask({0x05, 0x00, 0x00, 0xFF, 0x00}, 1s).empty());
  EXPECT_FALSE(board.bus->request(0, {0x05, 0x00, 0xFF, 0xFF, 0x00}, 1s));
  EXPECT_TRUE(board.contacts.changes.empty());
}

TEST(Bus, TwoDevicesAtOneAddressSpeakOverEachOther) {
  Wires wires({230, 5, 1150, 50});
  OneMeter meter("eastron-sdm230", wires);
  meter.bus->add_meter(
      {.name = "other", .model = "eastron-sdm230", .unit = 1, .seed = 2, .faults = {}}, wires);
  const auto answer = meter.bus->request(1, read_request(0x04, 0, 2), 10s);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->corrupted);
}

TEST(Bus, NobodyAnswersForAnotherAddress) {
  Wires wires({230, 5, 1150, 50});
  OneMeter meter("eastron-sdm230", wires);
  for (const int unit : {0, 2, 247, 248, 255})
    EXPECT_FALSE(
        meter.bus->request(static_cast<std::uint8_t>(unit), read_request(0x04, 0, 2), 10s));
}

TEST(Bus, OneSeedGivesOneHistory) {
  const auto history = [] {
    Wires wires({230, 5, 1150, 50});
    auto faults = number_fault("late", 0.3);
    faults.set("cut", {.text = "", .number = 0.3, .items = {}, .place = {}});
    OneMeter meter("eastron-sdm230", wires, false, 5, faults);
    std::vector<std::pair<Duration, std::size_t>> seen;
    for (int i = 0; i < 200; ++i) {
      const auto answer = meter.bus->request(1, read_request(0x04, 0, 14), 10s + i * 1s);
      if (answer) seen.emplace_back(answer->latency, answer->cut);
    }
    return seen;
  };
  EXPECT_EQ(history(), history());
}

TEST(AnyBytes, GiveAnAnswerOfLegalLengthOrNone) {
  std::mt19937_64 random(20261125);
  const auto byte = [&] { return static_cast<std::uint8_t>(random() & 0xFFU); };
  Wires wires({230, 5, 1150, 50});
  Contacts contacts;
  const auto try_all = [&](InstrumentBus& bus, const std::string& model) {
    for (int i = 0; i < 3000; ++i) {
      Bytes pdu(random() % 12);
      for (auto& one : pdu) one = byte();
      // Mostly functions and addresses that mean something.
      if (!pdu.empty() && i % 4 != 0) pdu[0] = static_cast<std::uint8_t>(pdu[0] % 17);
      if (pdu.size() > 1 && i % 2 != 0) pdu[1] = static_cast<std::uint8_t>(pdu[1] % 3);
      const auto answer = bus.request(1, pdu, 1s * (i + 1));
      if (!answer) continue;
      ASSERT_GE(answer->pdu.size(), 1U) << model;
      ASSERT_LE(answer->pdu.size(), 253U) << model;
      ASSERT_EQ(answer->pdu[0] & 0x7F, pdu[0] & 0x7F) << model;
    }
  };
  for (const auto& model : meter_models()) try_all(*OneMeter(model, wires).bus, model);
  for (const auto& model : board_models()) try_all(*OneBoard(model).bus, model);
}

TEST(RegisterWords, RoundTripInBothOrders) {
  for (const auto order : {WordOrder::high_first, WordOrder::low_first}) {
    for (const double value : {0.0, 1.0, 230.0, 65535.0, 70000.0})
      EXPECT_EQ(decode(encode(value, Coding::u32, order), Coding::u32, order), value);
    EXPECT_EQ(decode(encode(-2300, Coding::s32, order), Coding::s32, order), -2300);
    EXPECT_EQ(decode(encode(230.25, Coding::f32, order), Coding::f32, order), 230.25);
    EXPECT_EQ(decode(encode(1e12 + 0.5, Coding::f64, order), Coding::f64, order), 1e12 + 0.5);
  }
  EXPECT_THAT(encode(230.2, Coding::f32, WordOrder::low_first), ElementsAre(0x3333, 0x4366));
}

TEST(RegisterWords, IntegersStopAtTheirLimits) {
  const auto high = WordOrder::high_first;
  EXPECT_THAT(encode(-1, Coding::u16, high), ElementsAre(0));
  EXPECT_THAT(encode(1e9, Coding::u16, high), ElementsAre(0xFFFF));
  EXPECT_THAT(encode(1e9, Coding::s16, high), ElementsAre(0x7FFF));
  EXPECT_THAT(encode(-1e9, Coding::s16, high), ElementsAre(0x8000));
  EXPECT_THAT(encode(1e30, Coding::u64, high), ElementsAre(0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF));
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(encode(nothing, Coding::u32, high), ElementsAre(0xFFFF, 0xFFFF));
  EXPECT_THAT(encode(nothing, Coding::s16, high), ElementsAre(0x7FFF));
}

}  // namespace
}  // namespace plugrig::twin
