#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <string>

#include "tests/usb_runs/usb_run.hpp"

namespace plugrig::test {
namespace {

using ::testing::IsEmpty;

/// The shipped sequence from factory plug to a plug that knows its network, over unmodified
/// libftdi1 and libusb, at 2 Mbaud, in real time.
TEST(EmulatedUsb, AnFt2232hFlashesAndConfiguresItsSlot) {
  UsbRun run("ft2232h");
  const auto result = run.run({"--slots", "D1", "--stages", "flash,configure"});
  EXPECT_EQ(result.code, 0) << result.told();
  EXPECT_EQ(result.verdict("D1"), "pass");
  EXPECT_TRUE(run.holds_image("D1"));
  EXPECT_THAT(run.bench().twin().accidents(), IsEmpty());
  EXPECT_THAT(run.bench().adapters().accidents(), IsEmpty());
  EXPECT_TRUE(run.bench().adapters().asserted("D1", "lamp_pass")) << "the lamp outlives the port";
  EXPECT_FALSE(run.bench().adapters().asserted("D1", "lamp_fail"));
  EXPECT_FALSE(run.bench().adapters().asserted("D1", "power_3v3"));
  EXPECT_TRUE(run.bench().adapters().asserted("D1", "uart_isolate")) << "contacts drawn back";
  std::cout << "D1 ran at " << run.bench().adapters().achieved_factor("D1") << " of real time\n";
}

TEST(EmulatedUsb, AnFt4232hFlashesAndConfiguresFourSlotsAtOnce) {
  UsbRun run("ft4232h");
  const auto result = run.run({"--slots", "Q1,Q2,Q3,Q4", "--stages", "flash,configure"});
  EXPECT_EQ(result.code, 0) << result.told();
  for (const auto* slot : {"Q1", "Q2", "Q3", "Q4"}) {
    EXPECT_EQ(result.verdict(slot), "pass") << slot;
    EXPECT_TRUE(run.holds_image(slot)) << slot;
    std::cout << slot << " ran at " << run.bench().adapters().achieved_factor(slot)
              << " of real time\n";
  }
  EXPECT_THAT(run.bench().twin().accidents(), IsEmpty());
}

TEST(EmulatedUsb, TheWholeSequenceEndsWithACertificate) {
  if (!long_tests()) GTEST_SKIP() << "takes about ten minutes; runs with tests/run --long";
  UsbRun run("whole");
  const auto result = run.run({"--slots", "D1"});
  EXPECT_EQ(result.code, 0) << result.told();
  EXPECT_EQ(result.verdict("D1"), "pass");
  EXPECT_THAT(run.bench().twin().accidents(), IsEmpty());
  EXPECT_THAT(run.bench().adapters().accidents(), IsEmpty());
}

}  // namespace
}  // namespace plugrig::test
