#include "drivers/serial/ftdi/rack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ftdi/fake_channel.hpp"

namespace plugrig::ftdi {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Group = Pin::Group;

struct RackTest : testing::Test {
  std::unique_ptr<Clock> clock = make_virtual_clock();
  std::unique_ptr<Clock::Seat> seat = clock->reserve("test");
  std::shared_ptr<FakeAdapter> quad = std::make_shared<FakeAdapter>(ChipKind::ft4232h, "Q1");
  std::shared_ptr<FakeAdapter> single = std::make_shared<FakeAdapter>(ChipKind::ft232r, "S1");
  std::shared_ptr<FakeAdapter> engine = std::make_shared<FakeAdapter>(ChipKind::ft232h, "E1");
  int searches = 0;
  std::unique_ptr<Rack> rack;

  RackTest() {
    seat->enter();
    single->eeprom[0x14 / 2] = 0x1AAA;  // CBUS3 is no I/O
    single->seal();
    make({});
  }
  void make(std::vector<int> pin_channels, bool quad_mpsse = false) {
    RackUsb usb = fake_usb({quad, single, engine}, *clock);
    usb.list = [this, list = usb.list] {
      ++searches;
      return list();
    };
    rack.reset();
    std::vector<RackAdapter> adapters{in_bench("quad", "Q1"), in_bench("single", "S1"),
                                      in_bench("engine", "E1")};
    adapters[0].mpsse = quad_mpsse;
    adapters[0].pin_channels = std::move(pin_channels);
    adapters[2].mpsse = true;
    rack = std::make_unique<Rack>(std::move(adapters), *clock, std::move(usb));
  }
  std::string bank_fault(const Pin& pin) {
    return fault_id([&] { rack->bank(pin); });
  }
};

TEST_F(RackTest, ABankIsOpenedOnceAndShared) {
  const auto first = rack->bank({"quad", 3, Group::pins, 0});
  const auto second = rack->bank({"quad", 3, Group::pins, 7});
  EXPECT_EQ(first, second);
  EXPECT_EQ(quad->ports[3].opened, 1);
  EXPECT_NE(rack->bank({"quad", 2, Group::pins, 0}), first);
}

TEST_F(RackTest, ABankStaysWhenItsUsersGo) {
  rack->bank({"quad", 3, Group::pins, 0})->set(1, 1, 0);
  EXPECT_EQ(quad->ports[3].directions, 1U) << "a lamp stays lit";
  EXPECT_EQ(quad->ports[3].opened, 1);
}

TEST_F(RackTest, AUartIsForOneUserAtATime) {
  auto uart = rack->open_uart("quad", 0);
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 0); }), "ftdi.in_use");
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 1); }), "none");
  uart.reset();
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 0); }), "none");
  EXPECT_EQ(quad->ports[0].opened, 2);
}

TEST_F(RackTest, AChannelIsUartOrPins) {
  const auto uart = rack->open_uart("quad", 0);
  EXPECT_EQ(bank_fault({"quad", 0, Group::pins, 0}), "ftdi.in_use");
  rack->bank({"quad", 1, Group::pins, 0});
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 1); }), "ftdi.in_use");
  EXPECT_EQ(fault_id([&] { rack->modem_status("quad", 1); }), "ftdi.in_use");
  EXPECT_EQ(bank_fault({"quad", 1, Group::modem, 0}), "ftdi.in_use");
}

TEST_F(RackTest, CbusPinsShareTheChannelWithItsUart) {
  const auto uart = rack->open_uart("single", 0);
  const auto bank = rack->bank({"single", 0, Group::cbus, 0});
  EXPECT_EQ(bank->channel(), uart->channel());
  EXPECT_EQ(rack->bank({"single", 0, Group::cbus, 2}), bank);
  EXPECT_EQ(single->ports[0].opened, 1);
}

TEST_F(RackTest, CbusPinsMayComeBeforeTheUart) {
  const auto bank = rack->bank({"single", 0, Group::cbus, 0});
  bank->set(1, 1, 0);
  auto uart = rack->open_uart("single", 0);
  EXPECT_EQ(bank->channel(), uart->channel());
  EXPECT_EQ(single->ports[0].cbus_directions, 1U) << "a UART does not take CBUS pins away";
  uart.reset();
  EXPECT_EQ(single->ports[0].cbus_directions, 1U);
  EXPECT_EQ(fault_id([&] { rack->open_uart("single", 0); }), "none");
}

TEST_F(RackTest, EachCbusPinIsChecked) {
  EXPECT_EQ(bank_fault({"single", 0, Group::cbus, 3}), "ftdi.cbus");
  EXPECT_EQ(bank_fault({"single", 0, Group::cbus, 0}), "none");
  EXPECT_EQ(bank_fault({"single", 0, Group::cbus, 3}), "ftdi.cbus") << "also in an open bank";
}

TEST_F(RackTest, PinsThatAreNoneAreNamed) {
  EXPECT_EQ(bank_fault({"quad", 2, Group::pins, 8}), "ftdi.no_pin");
  EXPECT_EQ(bank_fault({"quad", 2, Group::pins, -1}), "ftdi.no_pin");
  EXPECT_EQ(bank_fault({"quad", 0, Group::cbus, 0}), "ftdi.no_pin");
  EXPECT_EQ(bank_fault({"single", 0, Group::cbus, 4}), "ftdi.no_pin");
  EXPECT_EQ(bank_fault({"quad", 0, Group::modem, 2}), "ftdi.no_pin");
  EXPECT_EQ(bank_fault({"engine", 0, Group::pins, 16}), "ftdi.no_pin");
  EXPECT_EQ(bank_fault({"engine", 0, Group::pins, 15}), "none");
  EXPECT_EQ(bank_fault({"quad", 4, Group::pins, 0}), "ftdi.no_channel");
  EXPECT_EQ(bank_fault({"single", 1, Group::modem, 0}), "ftdi.no_channel");
  EXPECT_EQ(bank_fault({"qaud", 0, Group::pins, 0}), "ftdi.no_adapter");
  EXPECT_EQ(quad->ports[2].opened, 0) << "nothing was opened for it";
  EXPECT_EQ(bank_fault({"quad", 2, Group::pins, 7}), "none");
  EXPECT_EQ(bank_fault({"quad", 2, Group::pins, 8}), "ftdi.no_pin") << "also in an open bank";
}

TEST_F(RackTest, TheFaultSaysWhatThereIs) {
  try {
    rack->bank({"quad", 2, Group::pins, 8});
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.blame(), Blame::config);
    EXPECT_THAT(fault.happened(), HasSubstr("quad.C"));
    EXPECT_THAT(fault.next(), HasSubstr("0 … 7"));
  }
  try {
    rack->open_uart("quad", 4);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_THAT(fault.happened(), AllOf(HasSubstr("FT4232H"), HasSubstr("channel E")));
    EXPECT_THAT(fault.next(), HasSubstr("4"));
  }
}

TEST_F(RackTest, MpsseIsOnTheChannelsThatHaveIt) {
  make({}, true);
  EXPECT_EQ(rack->bank({"quad", 1, Group::pins, 0})->pins(), 8);
  EXPECT_EQ(quad->ports[1].mode, BitMode::mpsse);
  EXPECT_EQ(bank_fault({"quad", 2, Group::pins, 0}), "ftdi.no_pin");
  EXPECT_EQ(rack->bank({"engine", 0, Group::pins, 0})->pins(), 16);
}

TEST_F(RackTest, TheFirstOpeningReleasesTheBanksOfAllSlots) {
  quad->ports[3].mode = BitMode::async_bitbang;  // left by a crash
  quad->ports[3].latch = quad->ports[3].directions = 0x04;
  make({2, 3});
  const auto uart = rack->open_uart("quad", 0);
  EXPECT_EQ(quad->ports[3].directions, 0U);
  EXPECT_EQ(quad->ports[2].mode, BitMode::async_bitbang);
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 2); }), "ftdi.in_use");
}

TEST_F(RackTest, WhatIsDrivenStaysWhenAnotherChannelOpens) {
  make({3});
  rack->bank({"quad", 3, Group::pins, 0})->set(1, 1, 0);
  const auto uart = rack->open_uart("quad", 0);
  EXPECT_EQ(quad->ports[3].directions, 1U);
}

TEST_F(RackTest, AfterReplugEverythingIsFoundAnew) {
  make({3});
  auto uart = rack->open_uart("quad", 0);
  const auto bank = rack->bank({"quad", 3, Group::pins, 0});
  const auto other = rack->bank({"single", 0, Group::cbus, 0});
  bank->set(1, 1, 0);
  quad->unplug();
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 0); }), "ftdi.missing");
  EXPECT_EQ(fault_id([&] { rack->modem_status("quad", 1); }), "ftdi.missing");
  quad->plug();
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 0); }), "none") << "the old UART is still held";
  const auto fresh = rack->bank({"quad", 3, Group::pins, 0});
  EXPECT_NE(fresh, bank);
  EXPECT_EQ(quad->ports[3].directions, 0U);
  EXPECT_EQ(fault_id([&] { fresh->set(1, 1, 0); }), "none");
  EXPECT_EQ(fault_id([&] { bank->set(1, 1, 0); }), "ftdi.lost") << "the old bank stays lost";
  EXPECT_EQ(rack->bank({"single", 0, Group::cbus, 0}), other) << "the other never noticed";
}

TEST_F(RackTest, PollingDoesNotSearchAMissingAdapterAllTheTime) {
  rack->bank({"quad", 3, Group::pins, 0});
  quad->unplug();
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "ftdi.missing");
  const int before = searches;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "ftdi.missing");
  EXPECT_EQ(searches, before);
  quad->plug();
  clock->sleep_for(milliseconds{250}, {});
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "none");
}

TEST_F(RackTest, PollingDoesNotTryABusyChannelAllTheTime) {
  make({2, 3});
  const auto uart = rack->open_uart("quad", 0);
  quad->unplug();
  quad->plug();
  quad->ports[2].busy = quad->ports[3].busy = true;
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "ftdi.busy");
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "ftdi.busy") << "C is tried once, too";
  const int before = searches;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "ftdi.busy");
  EXPECT_EQ(searches, before);
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 0); }), "none") << "others may work";
  quad->ports[3].busy = false;
  clock->sleep_for(milliseconds{250}, {});
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "none");
  quad->ports[2].busy = false;
  clock->sleep_for(milliseconds{250}, {});
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "none");
  EXPECT_EQ(quad->ports[2].mode, BitMode::async_bitbang) << "released as soon as it can be had";
}

TEST_F(RackTest, WhoOpensSearchesAtOnce) {
  quad->unplug();
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "ftdi.missing");
  quad->plug();
  const auto uart = rack->open_uart("quad", 0);
  EXPECT_EQ(bank_fault({"quad", 3, Group::pins, 0}), "none") << "its lines come right behind it";
}

TEST_F(RackTest, DtrAndRtsOfAUartAreABankOfTwoOutputs) {
  const auto bank = rack->bank({"quad", 1, Group::modem, 1});
  EXPECT_EQ(bank->pins(), 2);
  quad->ports[1].requests.clear();
  bank->set(0x3, 0x3, 0x1);  // DTR high, RTS low
  bank->set(0x2, 0x0, 0x0);
  EXPECT_THAT(quad->ports[1].requests, ElementsAre("01 dtr=0 rts=1", "01 dtr=- rts=0"));
  EXPECT_EQ(fault_id([&] { bank->read(); }), "ftdi.no_pin");
  EXPECT_EQ(fault_id([&] { rack->open_uart("quad", 1); }), "none");
}

TEST_F(RackTest, ModemInputsKeepTheirChannelOpen) {
  clock->sleep_for(milliseconds{1}, {});
  quad->ports[2].line.seen = clock->now();
  quad->ports[2].line.cts = true;
  EXPECT_TRUE(rack->modem_status("quad", 2).cts);
  EXPECT_TRUE(rack->modem_status("quad", 2).cts);
  EXPECT_EQ(quad->ports[2].opened, 1);
  const auto uart = rack->open_uart("quad", 2);
  EXPECT_EQ(quad->ports[2].opened, 1);
}

}  // namespace
}  // namespace plugrig::ftdi
