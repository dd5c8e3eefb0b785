#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/serial/ftdi/adapter_faults.hpp"
#include "drivers/serial/ftdi/adapters.hpp"
#include "tests/unit/serial/expect_fault.hpp"

namespace plugrig::ftdi {
namespace {

using serial::test::fault_of;
using testing::HasSubstr;
using testing::Not;

AdapterInfo adapter(ChipKind kind, std::string serial, std::string path) {
  AdapterInfo info;
  info.chip = kind;
  info.product = facts_of(kind).product;
  info.bcd_device = facts_of(kind).bcd_device;
  info.serial = std::move(serial);
  info.path = std::move(path);
  info.description = std::string(facts_of(kind).name) + " bench";
  info.node = "/dev/bus/usb/001/005";
  info.permitted = true;
  info.channels.resize(static_cast<std::size_t>(facts_of(kind).channels));
  return info;
}

const std::vector<AdapterInfo> kBench{adapter(ChipKind::ft4232h, "FT7XK2A1", "1-4.2"),
                                      adapter(ChipKind::ft2232h, "FT7XK2A2", "1-4.3"),
                                      adapter(ChipKind::ft232r, "A50285BI", "2-1")};

Fault refused(const std::vector<AdapterInfo>& attached, const AdapterWanted& wanted) {
  return fault_of([&] { select_adapter(attached, wanted); });
}

TEST(SelectAdapter, BySerialPathOrDescription) {
  EXPECT_EQ(select_adapter(kBench, {.name = "a", .serial = "FT7XK2A2"}).path, "1-4.3");
  EXPECT_EQ(select_adapter(kBench, {.name = "a", .path = "2-1"}).serial, "A50285BI");
  EXPECT_EQ(select_adapter(kBench, {.name = "a", .description = "FT4232H bench"}).path, "1-4.2");
}

TEST(SelectAdapter, TheSerialNumberStaysRightWhenTheSocketChanged) {
  EXPECT_EQ(select_adapter(kBench, {.name = "a", .serial = "FT7XK2A1", .path = "9-9"}).path,
            "1-4.2");
}

TEST(SelectAdapter, TheOrderOfEnumerationDoesNotMatter) {
  std::vector<AdapterInfo> turned(kBench.rbegin(), kBench.rend());
  EXPECT_EQ(select_adapter(turned, {.name = "a", .serial = "FT7XK2A1"}).path, "1-4.2");
  EXPECT_EQ(refused(kBench, {.name = "a"}).id(), "ftdi.ambiguous");
  EXPECT_EQ(refused(turned, {.name = "a"}).id(), "ftdi.ambiguous");
}

TEST(SelectAdapter, ALoneAdapterNeedsNoName) {
  const std::vector<AdapterInfo> one{kBench[2]};
  EXPECT_EQ(select_adapter(one, {.name = "cable"}).serial, "A50285BI");
  EXPECT_EQ(select_adapter(kBench, {.name = "cable", .chip = ChipKind::ft232r}).path, "2-1");
}

TEST(SelectAdapter, AMistypedSerialGetsTheNearestOne) {
  const Fault fault = refused(kBench, {.name = "quad", .serial = "FT7XK2B1"});
  EXPECT_EQ(fault.id(), "ftdi.missing");
  EXPECT_EQ(fault.blame(), Blame::host);
  EXPECT_THAT(fault.happened(), HasSubstr("quad"));
  EXPECT_THAT(fault.happened(), HasSubstr("FT7XK2B1"));
  EXPECT_THAT(fault.next(), HasSubstr("Did you mean FT7XK2A1?"));
  EXPECT_THAT(fault.next(), HasSubstr("FT232R A50285BI at 2-1"));
}

TEST(SelectAdapter, WithNothingAttachedItSaysSo) {
  const Fault fault = refused({}, {.name = "quad", .serial = "FT7XK2A1"});
  EXPECT_EQ(fault.id(), "ftdi.missing");
  EXPECT_THAT(fault.next(), HasSubstr("No FTDI adapter is attached at all"));
}

TEST(SelectAdapter, AFarNameIsNotGuessedAt) {
  EXPECT_THAT(refused(kBench, {.name = "quad", .serial = "ZZ"}).next(), Not(HasSubstr("mean")));
}

TEST(SelectAdapter, EqualSerialsAreToldApartByPath) {
  const std::vector<AdapterInfo> twins{adapter(ChipKind::ft232r, "A5XK3RJT", "1-1"),
                                       adapter(ChipKind::ft232r, "A5XK3RJT", "1-2")};
  const Fault fault = refused(twins, {.name = "cable", .serial = "A5XK3RJT"});
  EXPECT_EQ(fault.id(), "ftdi.ambiguous");
  EXPECT_EQ(fault.blame(), Blame::config);
  EXPECT_THAT(fault.next(), HasSubstr("`path: 1-1`"));
  EXPECT_THAT(fault.next(), HasSubstr("`path: 1-2`"));
  EXPECT_EQ(select_adapter(twins, {.name = "cable", .serial = "A5XK3RJT", .path = "1-2"}).path,
            "1-2");
}

TEST(SelectAdapter, AmbiguityIsSolvedBySerialWhereThereAreSome) {
  const Fault fault = refused(kBench, {.name = "quad"});
  EXPECT_THAT(fault.next(), HasSubstr("`serial: FT7XK2A2`"));
  EXPECT_THAT(fault.next(), Not(HasSubstr("path:")));
}

TEST(SelectAdapter, TheWrongChip) {
  const Fault fault =
      refused(kBench, {.name = "quad", .chip = ChipKind::ft4232h, .serial = "FT7XK2A2"});
  EXPECT_EQ(fault.id(), "ftdi.wrong_chip");
  EXPECT_EQ(fault.blame(), Blame::config);
  EXPECT_THAT(fault.happened(), HasSubstr("no FT4232H"));
  EXPECT_THAT(fault.next(), HasSubstr("chip: FT2232H"));
}

TEST(SelectAdapter, PartsThatTheLibraryMistakesAreRefusedByName) {
  AdapterInfo newer = adapter(ChipKind::ft4232h, "FT9", "1-7");
  newer.chip.reset();
  newer.product = 0x6043;
  newer.bcd_device = 0x3100;
  const Fault fault = refused({newer}, {.name = "quad", .serial = "FT9"});
  EXPECT_EQ(fault.id(), "ftdi.unknown_chip");
  EXPECT_EQ(fault.blame(), Blame::host);
  EXPECT_THAT(fault.happened(), HasSubstr("FT4232HP"));
  EXPECT_THAT(fault.next(), HasSubstr("FT4232H"));
}

TEST(SelectAdapter, WithoutPermissionItNamesTheRule) {
  auto attached = kBench;
  attached[0].permitted = false;
  attached[0].product = 0x6fff;  // no rule on this computer covers it
  const Fault fault = refused(attached, {.name = "quad", .serial = "FT7XK2A1"});
  EXPECT_EQ(fault.id(), "ftdi.permission");
  EXPECT_EQ(fault.blame(), Blame::host);
  EXPECT_THAT(fault.happened(), HasSubstr("/dev/bus/usb/001/005"));
  EXPECT_THAT(fault.next(), HasSubstr("ATTR{idProduct}==\"6fff\""));
}

TEST(SelectAdapter, OneThatHidesItsNameForWantOfPermissionMayBeTheOne) {
  auto attached = kBench;
  attached[0].permitted = false;
  attached[0].serial.clear();
  EXPECT_EQ(refused(attached, {.name = "quad", .serial = "FT7XK2A1"}).id(), "ftdi.permission");
  // Not when its chip says that it cannot be.
  EXPECT_EQ(
      refused(attached, {.name = "quad", .chip = ChipKind::ft232h, .serial = "FT7XK2A1"}).id(),
      "ftdi.missing");
  EXPECT_EQ(refused(attached, {.name = "quad", .path = "7-7"}).id(), "ftdi.missing");
}

TEST(AdapterFaults, AChannelThatTheChipLacks) {
  const Fault fault = no_channel_fault("quad", kBench[1], 2);
  EXPECT_EQ(fault.id(), "ftdi.no_channel");
  EXPECT_THAT(fault.happened(), HasSubstr("channel C"));
  EXPECT_THAT(fault.next(), HasSubstr("A to B"));
  EXPECT_THAT(no_channel_fault("cable", kBench[2], 1).next(), HasSubstr("one channel, A"));
}

TEST(AdapterFaults, WhoHoldsAChannel) {
  const Fault known = busy_fault("quad.A", serial::PortHolder{4711, "openocd"});
  EXPECT_EQ(known.id(), "ftdi.busy");
  EXPECT_THAT(known.happened(), HasSubstr("openocd, process 4711"));
  EXPECT_THAT(busy_fault("quad.A", std::nullopt).happened(), HasSubstr("another program"));
}

}  // namespace
}  // namespace plugrig::ftdi
