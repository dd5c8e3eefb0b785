#include "drivers/serial/ftdi/adapters.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/ftdi/usb_bench.hpp"
#include "tests/unit/serial/expect_fault.hpp"

namespace plugrig::ftdi::test {
namespace {

using serial::test::fault_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Adapters : public UsbTest {
 protected:
  [[nodiscard]] std::vector<AdapterInfo> list() const {
    return list_adapters_with_locks_in(locks_.path());
  }
};

TEST_F(Adapters, NoneWhenNothingIsAttached) { EXPECT_THAT(list(), IsEmpty()); }

TEST_F(Adapters, EveryKindIsListedInTheOrderOfPaths) {
  const Plugged quad(ChipKind::ft4232h, "Q1", "2-1.4");
  const Plugged mini(ChipKind::ft2232h, "M1", "1-3");
  const Plugged cable(ChipKind::ft232r, "R1", "1-1.2.1");
  const Plugged x(ChipKind::ft_x, "X1", "1-2");
  const Plugged h(ChipKind::ft232h, "H1", "3-7");
  const auto found = list();
  ASSERT_THAT(found, SizeIs(5));
  std::vector<std::string> texts;
  for (const auto& a : found) {
    texts.push_back(fmt::format("{} {} {} {} {}", a.path, facts_of(*a.chip).name, a.serial,
                                a.channels.size(), a.permitted));
    EXPECT_EQ(a.product, facts_of(*a.chip).product);
    EXPECT_EQ(a.bcd_device, facts_of(*a.chip).bcd_device);
    EXPECT_FALSE(a.description.empty());
    EXPECT_EQ(a.manufacturer, "FTDI");
    EXPECT_EQ(a.why_not, "");
  }
  EXPECT_THAT(texts,
              ElementsAre("1-1.2.1 FT232R R1 1 true", "1-2 FT-X X1 1 true", "1-3 FT2232H M1 2 true",
                          "2-1.4 FT4232H Q1 4 true", "3-7 FT232H H1 1 true"));
}

TEST_F(Adapters, ListingClaimsNothingAndLeavesNothingOpen) {
  const Plugged quad(ChipKind::ft4232h, "Q1", "1-1", {.kernel_driver = true});
  for (int round = 0; round < 50; ++round) EXPECT_THAT(list(), SizeIs(1));
  EXPECT_TRUE(usb_bus::kernel_driver_bound("1-1", 0));
  EXPECT_EQ(usb_bus::open_handles(), 0);
  EXPECT_THAT(quad->requests(), IsEmpty()) << "the chip was asked nothing";
}

TEST_F(Adapters, TheNodeCarriesTheAddressOfNow) {
  Plugged cable(ChipKind::ft232r, "R1", "1-1");
  const auto expected = [] {
    return fmt::format("/dev/bus/usb/001/{:03}", usb_bus::address_of("1-1"));
  };
  EXPECT_EQ(find("R1").node, expected());
  cable.unplug();
  EXPECT_THAT(list(), IsEmpty());
  cable.plug();
  EXPECT_EQ(find("R1").node, expected());
}

TEST_F(Adapters, KernelDriversAreToldByChannel) {
  const Plugged mini(ChipKind::ft2232h, "M1", "1-1", {.kernel_driver = true});
  const auto channel = open("M1", 1);
  const AdapterInfo info = find("M1");
  EXPECT_EQ(info.channels[0].kernel_driver, "ftdi_sio");
  EXPECT_EQ(info.channels[1].kernel_driver, "");
}

TEST_F(Adapters, WhoHoldsAChannelIsTold) {
  const Plugged quad(ChipKind::ft4232h, "Q1");
  const auto channel = open("Q1", 2);
  const AdapterInfo info = find("Q1");
  ASSERT_TRUE(info.channels[2].holder);
  EXPECT_EQ(info.channels[2].holder->pid, ::getpid());
  EXPECT_FALSE(info.channels[0].holder);
  EXPECT_FALSE(info.channels[3].holder);
}

TEST_F(Adapters, OneThatMayNotBeOpenedIsListedAllTheSame) {
  const Plugged cable(ChipKind::ft232r, "R1", "1-1", {.permitted = false});
  const auto found = list();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_FALSE(found[0].permitted);
  EXPECT_THAT(found[0].why_not, HasSubstr("permission denied on /dev/bus/usb/001/"));
  EXPECT_EQ(found[0].chip, ChipKind::ft232r);
  EXPECT_EQ(found[0].path, "1-1");
  EXPECT_EQ(fault_of([&] { find("R1"); }).id(), "ftdi.permission");
  usb_bus::set_permitted("1-1", true);
  EXPECT_EQ(find("R1").path, "1-1");
}

TEST_F(Adapters, OneWithoutASerialNumberIsToldByItsPath) {
  const Plugged blank(ChipKind::ft232h, "", "1-4.2");
  const auto found = list();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].serial, "");
  const AdapterInfo chosen = select_adapter(found, {.name = "blank", .path = "1-4.2"});
  const auto channel = open_channel(chosen, *clock_, options(0));
  EXPECT_EQ(channel->name(), "quad.A (FT232H at 1-4.2)");
}

TEST_F(Adapters, AHundredAdaptersComingAndGoingLeaveNothing) {
  for (int round = 0; round < 100; ++round) {
    const Plugged cable(ChipKind::ft232r, "R" + std::to_string(round), "1-1");
    EXPECT_EQ(find("R" + std::to_string(round)).path, "1-1");
  }
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(usb_bus::open_handles(), 0);
}

}  // namespace
}  // namespace plugrig::ftdi::test
