#include "fixtures/twin/serial/com_port_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fixtures/twin/image_maker.hpp"
#include "fixtures/twin/serial/chip_pace.hpp"

// The session without sockets and without a clock: bytes and chip time go in, bytes come out.

namespace plugrig::twin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t dtr_on = 8, dtr_off = 9, rts_on = 11, rts_off = 12;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes sub(const Bytes& content) { return Bytes{255, 250, 44} + content + Bytes{255, 240}; }
Bytes rate(std::uint32_t baud) {
  Bytes value{1};
  for (const int shift : {24, 16, 8, 0}) {
    value.push_back(static_cast<std::uint8_t>(baud >> shift));
    if (value.back() == 255) value.push_back(255);
  }
  return sub(value);
}

class ComPortSessionTest : public testing::Test {
 protected:
  ComPortSessionTest() {
    ImageOptions image;
    image.size_bytes = kSmallImage;
    slot_.load_flash(0, make_image(image));
    say({}, 4s);  // first boot, with all it prints and writes
  }
  static TwinSlotOptions options() {
    TwinSlotOptions given;
    given.wiring.circuit = bench::Circuit::two_transistor;
    given.wiring.reset_capacitor = 0ms;  // so that even the shortest pulse resets
    return given;
  }
  /// What the client sees after saying `bytes` and `time` on the chip's clock.
  Bytes say(const Bytes& bytes, Duration time = 0ms) {
    session_.receive(bytes);
    session_.work();
    const Duration end = slot_.now() + time;
    while (slot_.now() < end) {
      slot_.advance(std::min(end, slot_.now() + 1ms));
      session_.collect();
      session_.work();
    }
    Bytes out = session_.out();
    session_.out().clear();
    return out;
  }
  static std::string text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

  TwinSlot slot_{options()};
  ComPortSession session_{slot_};
};

TEST_F(ComPortSessionTest, OptionsAreAgreedOnceAndOthersRefused) {
  // Answers to what the session offered when it began are not answered again.
  EXPECT_EQ(say({255, 253, 0, 255, 251, 0, 255, 253, 3}), Bytes{});
  EXPECT_EQ(say({255, 251, 44}), (Bytes{255, 253, 44} + sub({107, 0})));
  EXPECT_EQ(say({255, 251, 44}), Bytes{});
  EXPECT_EQ(say({255, 253, 1}), (Bytes{255, 252, 1}));  // ECHO
  EXPECT_EQ(say({255, 251, 24}), (Bytes{255, 254, 24}));
  EXPECT_EQ(say({255, 254, 1}), Bytes{});
  EXPECT_EQ(say({255, 254, 0}), (Bytes{255, 252, 0}));  // it was on
}

TEST_F(ComPortSessionTest, SettingsAreAnsweredWithWhatIsInForce) {
  EXPECT_EQ(say(sub({2, 7}) + sub({3, 3}) + sub({4, 2}) + sub({5, 3})),
            sub({102, 8}) + sub({103, 1}) + sub({104, 1}) + sub({105, 1}));
  EXPECT_EQ(say(rate(74'880)), sub({101, 0, 1, 0x24, 0x80}));
  EXPECT_EQ(say(rate(0)), sub({101, 0, 1, 0x24, 0x80}));
  EXPECT_EQ(say(rate(0xFF)), (Bytes{255, 250, 44, 101, 0, 0, 0, 255, 255, 255, 240}));
  EXPECT_EQ(say(sub({5, 7}) + sub({5, 8}) + sub({5, 7})),
            sub({105, 9}) + sub({105, 8}) + sub({105, 8}));
}

TEST_F(ComPortSessionTest, MalformedRequestsAreIgnored) {
  EXPECT_EQ(say(sub({1, 0, 0}) + sub({5}) + sub({5, 8, 9}) + sub({99, 1}) + sub({12})), Bytes{});
}

TEST_F(ComPortSessionTest, AResetShowsBootTextAtTheRateOfTheBootRom) {
  say(rate(74'880));
  say(sub({5, rts_on}), 100ms);
  const std::string seen = text(say(sub({5, rts_off}), 200ms));
  EXPECT_THAT(seen, HasSubstr("rst cause:2, boot mode:(3,"));
}

TEST_F(ComPortSessionTest, LinesSideBySideMoveTogether) {
  // Both asserted do nothing on a two-transistor jig. If DTR were released a moment before RTS, the
  // moment between would be a reset.
  say(rate(74'880));
  say(sub({5, dtr_on}) + sub({5, rts_on}), 100ms);
  const std::string seen = text(say(sub({5, dtr_off}) + sub({5, rts_off}), 200ms));
  EXPECT_THAT(seen, testing::Not(HasSubstr("rst cause")));
}

TEST_F(ComPortSessionTest, APulseInOnePacketStaysAPulse) {
  say(rate(74'880));
  EXPECT_EQ(say(sub({5, rts_on}) + sub({5, rts_off})), sub({105, 11}) + sub({105, 12}));
}

TEST_F(ComPortSessionTest, ARequestWaitsForTheBytesBeforeIt) {
  say(rate(9600));
  const Bytes hundred(100, 'x');  // 104 ms on the wire
  EXPECT_EQ(say(hundred + rate(0), 90ms), Bytes{});
  EXPECT_TRUE(session_.busy());
  EXPECT_EQ(say({}, 20ms), sub({101, 0, 0, 0x25, 0x80}));
  EXPECT_FALSE(session_.busy());
}

TEST_F(ComPortSessionTest, TheWireSetsThePace) {
  say(rate(9600));
  say(Bytes(20'000, 'x'), 100ms);
  EXPECT_FALSE(session_.wants_input());
  say({}, 20s);
  EXPECT_TRUE(session_.wants_input());
}

TEST_F(ComPortSessionTest, AnEmptyTransmitterIsToldWhenAskedFor) {
  EXPECT_EQ(say(sub({6})), sub({106, 0x60}));
  EXPECT_EQ(say(sub({10, 0x40})), sub({110, 0x40}));
  EXPECT_EQ(say({'x'}, 1ms), sub({106, 0x40}));
  say(sub({10, 0}));
  EXPECT_EQ(say({'x'}, 1ms), Bytes{});
}

TEST(ChipPace, FollowsTheWallWhileItCan) {
  ChipPace pace(Instant{10s}, 3s);
  EXPECT_EQ(pace.due(Instant{11s}), 4s);
  EXPECT_EQ(pace.wall_of(4s), Instant{11s});
  pace.reached(Instant{11s}, 4s);
  EXPECT_DOUBLE_EQ(pace.factor(), 1.0);
}

TEST(ChipPace, ForgivesADebtAndCountsIt) {
  ChipPace pace(Instant{}, 0s);
  pace.reached(Instant{10ms}, 0s);  // within its patience: still to be caught up
  EXPECT_EQ(pace.due(Instant{10ms}), 10ms);
  pace.reached(Instant{2s}, 1s);
  EXPECT_EQ(pace.due(Instant{2s}), 1s + ChipPace::patience);
  EXPECT_NEAR(pace.factor(), 0.51, 1e-9);
}

}  // namespace
}  // namespace plugrig::twin
