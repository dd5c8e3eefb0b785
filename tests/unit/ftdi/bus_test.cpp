#include <ftdi.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libusb.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "tests/usb_bus/usb_bus.hpp"

// Unmodified libftdi1 and libusb over the emulated bus.

namespace plugrig::usb_bus {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using twin::ftdi::Bytes;
using twin::ftdi::Chip;
using twin::ftdi::Model;
using twin::ftdi::SetupPacket;
using twin::ftdi::View;
using twin::ftdi::Wiring;

struct FreeFtdi {
  void operator()(ftdi_context* context) const { ftdi_free(context); }
};
using Ftdi = std::unique_ptr<ftdi_context, FreeFtdi>;

constexpr int kCannotOpen = -4, kCannotClaim = -5;  // of ftdi_usb_open

struct Plugged {
  explicit Plugged(std::shared_ptr<Chip> chip, std::string at = "1-1", PlugOptions options = {})
      : port(std::move(at)) {
    plug(std::move(chip), port, options);
  }
  ~Plugged() { unplug(port); }
  Plugged(const Plugged&) = delete;
  Plugged& operator=(const Plugged&) = delete;
  std::string port;
};

int try_open(ftdi_context* context, int product, ftdi_interface channel = INTERFACE_A) {
  ftdi_set_interface(context, channel);
  return ftdi_usb_open(context, 0x0403, product);
}

Ftdi open(int product, ftdi_interface channel = INTERFACE_A) {
  Ftdi context(ftdi_new());
  EXPECT_EQ(try_open(context.get(), product, channel), 0) << ftdi_get_error_string(context.get());
  return context;
}

Bytes read_up_to(ftdi_context* context, std::size_t count, Duration within = 2s) {
  Bytes bytes(count);
  std::size_t got = 0;
  for (const auto end = now() + within; got < count && now() < end;) {
    const int result = ftdi_read_data(context, bytes.data() + got, static_cast<int>(count - got));
    if (result < 0) break;
    got += static_cast<std::size_t>(result);
  }
  bytes.resize(got);
  return bytes;
}

void loop_back(Chip& chip, unsigned channel) {
  Wiring wiring;
  wiring.serial = [&chip, channel](View bytes, double bit_per_s) {
    chip.feed(channel, bytes, now(), bit_per_s);
  };
  chip.wire(channel, wiring);
}

struct Listed {
  std::string serial, product;
  int bus = 0;
  std::vector<int> ports;
};

std::vector<Listed> list_all() {
  Ftdi context(ftdi_new());
  ftdi_device_list* list = nullptr;
  EXPECT_GE(ftdi_usb_find_all(context.get(), &list, 0, 0), 0);
  std::vector<Listed> found;
  for (auto* entry = list; entry != nullptr; entry = entry->next) {
    char product[64] = "", serial[64] = "";
    std::uint8_t path[8];
    EXPECT_EQ(ftdi_usb_get_strings2(context.get(), entry->dev, nullptr, 0, product, sizeof product,
                                    serial, sizeof serial),
              0);
    const int depth = libusb_get_port_numbers(entry->dev, path, sizeof path);
    found.push_back(
        {serial, product, libusb_get_bus_number(entry->dev), {path, path + std::max(0, depth)}});
  }
  ftdi_list_free(&list);
  return found;
}

TEST(UsbBus, ListsSerialsAndPathsThroughHubs) {
  const Plugged first(std::make_shared<Chip>(Model::ft232r, "A1", "Cable"));
  const Plugged second(std::make_shared<Chip>(Model::ft4232h, "B2"), "2-3.4");
  const auto found = list_all();
  ASSERT_THAT(found, SizeIs(2));
  const auto& quad = found[0].serial == "B2" ? found[0] : found[1];
  const auto& cable = found[0].serial == "B2" ? found[1] : found[0];
  EXPECT_EQ(quad.serial, "B2");
  EXPECT_EQ(quad.bus, 2);
  EXPECT_THAT(quad.ports, ElementsAre(3, 4));
  EXPECT_EQ(cable.product, "Cable");
  EXPECT_THAT(cable.ports, ElementsAre(1));
}

TEST(UsbBus, HidesWhatIsNotPluggedIn) { EXPECT_THAT(list_all(), IsEmpty()); }

TEST(UsbBus, RefusesAPortThatIsNoneOrTaken) {
  const Plugged taken(std::make_shared<Chip>(Model::ft232r, "A1"));
  const auto chip = std::make_shared<Chip>(Model::ft232r, "A2");
  for (const auto* port : {"1-1", "usb1", "", "1", "1-", "0-1", "1-1.", "1-1..2", "x-1"})
    EXPECT_THROW(plug(chip, port), std::invalid_argument) << port;
}

TEST(UsbBus, SaysNoWithoutPermission) {
  const auto chip = std::make_shared<Chip>(Model::ft232r, "A1");
  const Plugged plugged(chip, "1-1", {.permitted = false});
  const Ftdi context(ftdi_new());
  EXPECT_EQ(try_open(context.get(), 0x6001), kCannotOpen);
  set_permitted("1-1", true);
  EXPECT_EQ(try_open(context.get(), 0x6001), 0);
}

TEST(UsbBus, TheKernelDriverIsDetachedPerChannelAndGivenBack) {
  const Plugged plugged(std::make_shared<Chip>(Model::ft2232h, "A1"), "1-1",
                        {.kernel_driver = true});
  const Ftdi context(ftdi_new());
  context->module_detach_mode = AUTO_DETACH_REATACH_SIO_MODULE;
  EXPECT_EQ(try_open(context.get(), 0x6010), 0);
  EXPECT_FALSE(kernel_driver_bound("1-1", 0));
  EXPECT_TRUE(kernel_driver_bound("1-1", 1));
  EXPECT_EQ(ftdi_usb_close(context.get()), 0);
  EXPECT_TRUE(kernel_driver_bound("1-1", 0));
}

TEST(UsbBus, AKernelDriverThatIsLeftAloneIsInTheWay) {
  const Plugged plugged(std::make_shared<Chip>(Model::ft232r, "A1"), "1-1",
                        {.kernel_driver = true});
  const Ftdi context(ftdi_new());
  context->module_detach_mode = DONT_DETACH_SIO_MODULE;
  EXPECT_EQ(try_open(context.get(), 0x6001), kCannotClaim);
  EXPECT_TRUE(kernel_driver_bound("1-1", 0));
}

TEST(UsbBus, AChannelIsHeldOnce) {
  const Plugged plugged(std::make_shared<Chip>(Model::ft2232h, "A1"));
  const auto holder = open(0x6010, INTERFACE_A);
  const Ftdi again(ftdi_new());
  EXPECT_EQ(try_open(again.get(), 0x6010, INTERFACE_A), kCannotClaim);
  EXPECT_EQ(try_open(again.get(), 0x6010, INTERFACE_B), 0);
}

TEST(UsbBus, BytesGoRoundAndRequestsAreRecorded) {
  const auto chip = std::make_shared<Chip>(Model::ft232r, "A1");
  loop_back(*chip, 0);
  const Plugged plugged(chip);
  const auto context = open(0x6001);
  ASSERT_EQ(ftdi_set_baudrate(context.get(), 921600), 0);
  ASSERT_EQ(ftdi_set_latency_timer(context.get(), 1), 0);
  Bytes sent(250);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::uint8_t>(i);
  ASSERT_EQ(ftdi_write_data(context.get(), sent.data(), static_cast<int>(sent.size())), 250);
  EXPECT_EQ(read_up_to(context.get(), sent.size()), sent);
  EXPECT_EQ(chip->requests().back().request, 0x09);
}

TEST(UsbBus, AFaultyRequestFails) {
  const auto chip = std::make_shared<Chip>(Model::ft232r, "A1");
  const Plugged plugged(chip);
  const auto context = open(0x6001);
  chip->set_fault([](const SetupPacket& setup) { return setup.request == 0x09 ? EPIPE : 0; });
  EXPECT_LT(ftdi_set_latency_timer(context.get(), 2), 0);
  chip->set_fault(nullptr);
  EXPECT_EQ(ftdi_set_latency_timer(context.get(), 2), 0);
}

TEST(UsbBus, PulledOutWhileReading) {
  const auto chip = std::make_shared<Chip>(Model::ft232r, "A1");
  plug(chip, "1-1");
  const auto first_address = address_of("1-1");
  {
    const auto context = open(0x6001);
    ftdi_set_latency_timer(context.get(), 255);
    std::thread hand([] {
      std::this_thread::sleep_for(30ms);
      unplug("1-1");
    });
    unsigned char byte = 0;
    int result = 0;
    while (result == 0) result = ftdi_read_data(context.get(), &byte, 1);
    hand.join();
    EXPECT_EQ(result, LIBUSB_ERROR_NO_DEVICE);
    EXPECT_LT(ftdi_setrts(context.get(), 1), 0);
  }
  EXPECT_EQ(open_handles(), 0);
  const Plugged back(chip);
  EXPECT_NE(address_of("1-1"), first_address);
  EXPECT_EQ(ftdi_setrts(open(0x6001).get(), 1), 0);
}

TEST(UsbBus, OpenedAndPulledOutManyTimesNothingIsLeft) {
  const auto chip = std::make_shared<Chip>(Model::ft2232h, "A1");
  for (int round = 0; round < 100; ++round) {
    const Plugged plugged(chip);
    const auto first = open(0x6010, INTERFACE_A), second = open(0x6010, INTERFACE_B);
  }
  EXPECT_EQ(open_handles(), 0);
}

}  // namespace
}  // namespace plugrig::usb_bus
