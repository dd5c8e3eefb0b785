#include <ftdi.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/serial/ftdi/channel_lock.hpp"
#include "tests/unit/ftdi/usb_bench.hpp"
#include "tests/unit/serial/expect_fault.hpp"

namespace plugrig::ftdi::test {
namespace {

using serial::test::expect_fault;
using serial::test::fault_of;
using testing::HasSubstr;

class ChannelOpen : public UsbTest {};

TEST_F(ChannelOpen, OpensAClosedSetOfStates) {
  const Plugged quad(ChipKind::ft4232h, "Q1", "1-4.2");
  const auto channel = open("Q1", 1);
  EXPECT_EQ(channel->name(), "quad.B (FT4232H Q1 at 1-4.2)");
  EXPECT_EQ(channel->index(), 1);
  EXPECT_EQ(channel->adapter().serial, "Q1");
  EXPECT_FALSE(channel->lost());
  EXPECT_EQ(channel->bit_mode(), BitMode::uart);
  EXPECT_EQ(quad->bit_mode(1), 0x00);
  EXPECT_NEAR(quad->baud(1), 9600, 1);
}

TEST_F(ChannelOpen, AModeThatAnEarlierProgramLeftIsEnded) {
  const Plugged mini(ChipKind::ft2232h, "M1");
  {
    ftdi_context* context = ftdi_new();
    ftdi_set_interface(context, INTERFACE_A);
    ASSERT_EQ(ftdi_usb_open(context, 0x0403, 0x6010), 0);
    ASSERT_EQ(ftdi_set_bitmode(context, 0xFF, BITMODE_BITBANG), 0);
    ASSERT_EQ(ftdi_setdtr_rts(context, 1, 1), 0);
    ftdi_usb_close(context);
    ftdi_free(context);
  }
  ASSERT_EQ(mini->bit_mode(0), 0x01) << "a crash leaves the mode as it was";
  const auto channel = open("M1");
  EXPECT_EQ(mini->bit_mode(0), 0x00);
}

TEST_F(ChannelOpen, TheKernelDriverIsDetachedAndGivenBackByChannel) {
  const Plugged mini(ChipKind::ft2232h, "M1", "1-1", {.kernel_driver = true});
  {
    const auto channel = open("M1", 1);
    EXPECT_TRUE(usb_bus::kernel_driver_bound("1-1", 0));
    EXPECT_FALSE(usb_bus::kernel_driver_bound("1-1", 1));
  }
  EXPECT_TRUE(usb_bus::kernel_driver_bound("1-1", 1));
  EXPECT_EQ(usb_bus::open_handles(), 0);
}

TEST_F(ChannelOpen, ASecondOpenInThisProcessIsTold) {
  const Plugged quad(ChipKind::ft4232h, "Q1");
  const auto holder = open("Q1", 0);
  const Fault fault = fault_of([&] { static_cast<void>(open("Q1", 0)); });
  EXPECT_EQ(fault.id(), "ftdi.busy");
  EXPECT_EQ(fault.blame(), Blame::host);
  EXPECT_THAT(fault.happened(), HasSubstr("quad.A (FT4232H Q1 at 1-1)"));
  EXPECT_THAT(fault.happened(), HasSubstr("this program itself"));
  EXPECT_EQ(open("Q1", 1)->index(), 1) << "other channels are free";
  holder->set_modem_lines(true, true);  // and the holder noticed nothing
}

/// A process that holds a channel's lock file as another plugrig would, until it is destroyed.
class OtherProcess {
 public:
  OtherProcess(const std::filesystem::path& folder, const std::string& path, int index) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      const auto clock = make_real_clock();
      const ChannelLock lock(folder, path, index, *clock);
      const char answer = lock.taken() ? 'y' : 'n';
      if (::write(ready[1], &answer, 1) == 1) ::pause();
      ::_exit(0);
    }
    char answer = 0;
    if (::read(ready[0], &answer, 1) != 1 || answer != 'y') ADD_FAILURE() << "lock not taken";
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~OtherProcess() { die(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  void die() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

TEST_F(ChannelOpen, AnotherProcessIsNamed) {
  const Plugged quad(ChipKind::ft4232h, "Q1", "1-4");
  OtherProcess other(locks_.path(), "1-4", 0);
  const Fault fault = fault_of([&] { static_cast<void>(open("Q1", 0)); });
  EXPECT_EQ(fault.id(), "ftdi.busy");
  EXPECT_THAT(fault.happened(), HasSubstr("process " + std::to_string(other.pid())));
  EXPECT_THAT(fault.happened(), HasSubstr("test_ftdi"));
  ASSERT_TRUE(find("Q1").channels[0].holder);
  EXPECT_EQ(find("Q1").channels[0].holder->pid, other.pid());
  EXPECT_FALSE(quad->requests().size() > 0) << "a held channel is not touched";
  EXPECT_EQ(open("Q1", 1)->index(), 1);

  other.die();  // without any chance to clean up
  EXPECT_FALSE(find("Q1").channels[0].holder);
  EXPECT_EQ(open("Q1", 0)->index(), 0);
}

TEST_F(ChannelOpen, AForeignProgramThatClaimedTheChannelIsInTheWay) {
  const Plugged quad(ChipKind::ft4232h, "Q1");
  ftdi_context* context = ftdi_new();
  ftdi_set_interface(context, INTERFACE_A);
  ASSERT_EQ(ftdi_usb_open(context, 0x0403, 0x6011), 0);
  const Fault fault = fault_of([&] { static_cast<void>(open("Q1", 0)); });
  EXPECT_EQ(fault.id(), "ftdi.busy");
  EXPECT_THAT(fault.happened(), HasSubstr("another program"));
  ftdi_usb_close(context);
  ftdi_free(context);
  EXPECT_EQ(open("Q1", 0)->index(), 0);
}

TEST_F(ChannelOpen, WithoutALockFolderTheClaimStillProtects) {
  const Plugged quad(ChipKind::ft4232h, "Q1");
  const ChannelOptions nowhere{
      .adapter_name = "quad", .index = 0, .lock_folder = "/nowhere/at/all"};
  const auto holder = open_channel(find("Q1"), *clock_, nowhere);
  expect_fault([&] { open_channel(find("Q1"), *clock_, nowhere); }, "ftdi.busy", Blame::host);
}

TEST_F(ChannelOpen, WithoutPermission) {
  const Plugged cable(ChipKind::ft232r, "R1");
  const AdapterInfo info = find("R1");
  usb_bus::set_permitted("1-1", false);
  expect_fault([&] { open_channel(info, *clock_, options(0)); }, "ftdi.permission", Blame::host);
}

TEST_F(ChannelOpen, AChannelThatTheChipLacks) {
  const Plugged mini(ChipKind::ft2232h, "M1");
  for (const int index : {2, 3, -1, 100}) {
    expect_fault([&] { static_cast<void>(open("M1", index)); }, "ftdi.no_channel", Blame::config);
  }
}

TEST_F(ChannelOpen, AnAdapterThatLeftOrWasExchangedMeanwhile) {
  Plugged cable(ChipKind::ft232r, "R1");
  const AdapterInfo info = find("R1");
  cable.unplug();
  expect_fault([&] { open_channel(info, *clock_, options(0)); }, "ftdi.open", Blame::host);
  const Plugged other(ChipKind::ft232r, "R2", "1-1");
  expect_fault([&] { open_channel(info, *clock_, options(0)); }, "ftdi.open", Blame::host);
  EXPECT_EQ(usb_bus::open_handles(), 0);
}

TEST_F(ChannelOpen, ARequestThatFailsOnTheWayLeavesNothingBehind) {
  const Plugged cable(ChipKind::ft232r, "R1", "1-1", {.kernel_driver = true});
  for (const int refused : {0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x09, 0x0B}) {
    cable->set_fault(
        [refused](const twin::ftdi::SetupPacket& s) { return s.request == refused ? EPIPE : 0; });
    const Fault fault = fault_of([&] { static_cast<void>(open("R1")); });
    EXPECT_THAT(fault.id(), testing::AnyOf("ftdi.open", "ftdi.request")) << refused;
    EXPECT_EQ(fault.blame(), Blame::host);
    EXPECT_FALSE(fault.evidence().empty());
    EXPECT_EQ(usb_bus::open_handles(), 0) << refused;
  }
  cable->set_fault(nullptr);
  EXPECT_FALSE(open("R1")->lost());
}

TEST_F(ChannelOpen, ClosingReleasesTheLines) {
  const Plugged cable(ChipKind::ft232r, "R1");
  std::atomic<int> lines{-1};
  twin::ftdi::Wiring wiring;
  wiring.modem = [&](bool dtr, bool rts) { lines = (dtr ? 2 : 0) + (rts ? 1 : 0); };
  cable->wire(0, wiring);
  {
    const auto channel = open("R1");
    channel->set_modem_lines(true, true);
    ASSERT_EQ(lines, 3);
  }
  EXPECT_EQ(lines, 0);
  EXPECT_EQ(cable->bit_mode(0), 0x00);
}

TEST_F(ChannelOpen, ClosingAPinChannelLeavesItsPinsFloating) {
  const Plugged mini(ChipKind::ft2232h, "M1");
  std::atomic<int> driven{-1};
  twin::ftdi::Wiring wiring;
  wiring.pins = [&](std::uint16_t, std::uint16_t directions) { driven = directions; };
  mini->wire(1, wiring);
  for (const BitMode mode : {BitMode::async_bitbang, BitMode::mpsse}) {
    const auto channel = open("M1", 1);
    channel->set_bit_mode(BitMode::async_bitbang, 0x0F);
    ASSERT_EQ(driven, 0x0F);
    if (mode == BitMode::mpsse) channel->set_bit_mode(mode, 0);
  }
  EXPECT_EQ(driven, 0);
  EXPECT_EQ(mini->bit_mode(1), 0x01);
}

TEST_F(ChannelOpen, AFloatingChannelNeverDrivesAPinOnTheWay) {
  const Plugged mini(ChipKind::ft2232h, "M1");
  {
    const auto left_in_bitbang = open_channel(
        find("M1"), *clock_,
        {.adapter_name = "quad", .index = 1, .lock_folder = locks_.path(), .floating = true});
  }
  std::atomic<int> driven{0};
  twin::ftdi::Wiring wiring;
  wiring.pins = [&](std::uint16_t, std::uint16_t directions) { driven |= directions; };
  mini->wire(1, wiring);
  {
    auto wanted = options(1);
    wanted.floating = true;
    const auto channel = open_channel(find("M1"), *clock_, wanted);
    EXPECT_EQ(channel->bit_mode(), BitMode::async_bitbang);
  }
  EXPECT_EQ(driven, 0);
}

TEST_F(ChannelOpen, AThousandTimesWithoutALeak) {
  const Plugged quad(ChipKind::ft4232h, "Q1", "1-1", {.kernel_driver = true});
  const AdapterInfo info = find("Q1");
  for (int round = 0; round < 1000; ++round) {
    const auto channel = open_channel(info, *clock_, options(round % 4));
    ASSERT_FALSE(channel->lost());
  }
  EXPECT_EQ(usb_bus::open_handles(), 0);
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(usb_bus::kernel_driver_bound("1-1", i));
}

}  // namespace
}  // namespace plugrig::ftdi::test
