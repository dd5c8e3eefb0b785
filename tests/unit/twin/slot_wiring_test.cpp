#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures/twin/wiring_circuit.hpp"
#include "tests/unit/twin/chip_host.hpp"

namespace plugrig::twin::test {
namespace {

using bench::Circuit;
using testing::HasSubstr;

/// Two requests of the host, 1 ms apart, as the classic sequence makes them.
void classic_two_requests(TwinSlot& slot) {
  slot.set_lines(false, true);
  slot.advance(slot.now() + 100ms);
  slot.set_lines(true, true);
  slot.advance(slot.now() + 1ms);
  slot.set_lines(true, false);
  slot.advance(slot.now() + 50ms);
  slot.set_lines(false, false);
}

void single_request(TwinSlot& slot) {
  slot.set_lines(false, true);
  slot.advance(slot.now() + 100ms);
  slot.set_lines(true, false);
  slot.advance(slot.now() + 50ms);
  slot.set_lines(false, false);
}

bool enters(Circuit circuit, Duration capacitor, void (*sequence)(TwinSlot&)) {
  TwinSlotOptions given = options();
  given.wiring = wiring(circuit, capacitor);
  TwinSlot slot(given);
  Host host(slot);
  slot.advance(300ms);
  sequence(slot);
  return host.sync();
}

TEST(Wiring, WithoutCapacitorTheClassicSequenceFails) {
  EXPECT_FALSE(enters(Circuit::two_transistor, 0ms, classic_two_requests));
  EXPECT_TRUE(enters(Circuit::two_transistor, 0ms, single_request));
}

TEST(Wiring, TheCapacitorHidesTheGapBetweenTwoRequests) {
  EXPECT_TRUE(enters(Circuit::two_transistor, 2ms, classic_two_requests));
  EXPECT_TRUE(enters(Circuit::two_transistor, 2ms, single_request));
}

TEST(Wiring, BareWiresNeedNoCapacitor) {
  for (const Duration capacitor : {Duration{0ms}, Duration{2ms}}) {
    EXPECT_TRUE(enters(Circuit::direct, capacitor, classic_two_requests));
    EXPECT_TRUE(enters(Circuit::direct, capacitor, single_request));
  }
}

TEST(Wiring, PowerSwitchedJigLatchesTheStrapAtPowerOn) {
  TwinSlotOptions given = options();
  given.wiring = wiring(Circuit::power_switched);
  TwinSlot slot(given);
  Host host(slot);
  slot.advance(100ms);
  host.drain();
  slot.set_lines(true, true);
  EXPECT_EQ(host.text(1s, 74880), "");
  slot.set_lines(true, false);
  EXPECT_THAT(host.text(100ms, 74880), HasSubstr("rst cause:1, boot mode:(1,"));
  slot.set_lines(false, false);
  EXPECT_TRUE(host.sync());
}

TEST(Wiring, DirectJigHoldsTheChipWhileBothAreAsserted) {
  TwinSlotOptions given = options();
  given.wiring = wiring(Circuit::direct);
  TwinSlot slot(given);
  Host host(slot);
  slot.set_lines(true, true);
  slot.advance(slot.now() + 10ms);
  host.drain();
  EXPECT_EQ(host.text(1s, 74880), "");
}

TEST(Wiring, TwoTransistorJigIgnoresBothAsserted) {
  TwinSlot slot(options());
  Host host(slot);
  host.text(300ms, 74880);
  slot.set_lines(true, true);
  EXPECT_EQ(host.text(1s, 74880), "");  // the application went on, no reset
  host.enter_loader();
  EXPECT_TRUE(host.sync());
}

/// A plug whose button and LED are seen.
class SeenFace final : public PlugFace {
 public:
  bool pressed = false, lit = false;
  void press_button(bool down, Duration /*now*/) override { pressed = down; }
  [[nodiscard]] bool led(int number) const override { return number == 1 && lit; }
};

TEST(Wiring, ButtonAndLedLinesReachThePlugWhileTheContactsTouch) {
  TwinSlot slot(options());
  SeenFace plug;
  slot.set_button_line(true);
  EXPECT_FALSE(slot.led_line());
  slot.connect_face(&plug);
  EXPECT_TRUE(plug.pressed);
  plug.lit = true;
  EXPECT_TRUE(slot.led_line());
  slot.set_contacts(false);
  EXPECT_FALSE(plug.pressed);
  EXPECT_FALSE(slot.led_line());
  slot.set_contacts(true);
  EXPECT_TRUE(plug.pressed);
  slot.set_button_line(false);
  EXPECT_FALSE(plug.pressed);
  slot.connect_face(nullptr);
  slot.set_button_line(true);
  EXPECT_FALSE(plug.pressed);
}

TEST(WiringCircuit, ResetRisesAtThreeQuartersOfTheSupply) {
  WiringCircuit circuit(Circuit::two_transistor, 2ms);
  circuit.set(false, true, 10ms);
  EXPECT_TRUE(circuit.reset_low(10ms));
  EXPECT_EQ(circuit.next_event(10ms), Duration::max());
  circuit.set(false, false, 20ms);
  EXPECT_TRUE(circuit.reset_low(22ms));
  EXPECT_NEAR(static_cast<double>(circuit.next_event(20ms).count()), 20e6 + 2.7726e6, 1e3);
  EXPECT_FALSE(circuit.reset_low(23ms));
  circuit.set(false, true, 30ms);
  circuit.set(false, false, 40ms);
  EXPECT_TRUE(circuit.reset_low(42ms));
}

}  // namespace
}  // namespace plugrig::twin::test
