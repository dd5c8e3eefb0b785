#include "drivers/serial/tty_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include <array>
#include <fstream>
#include <numeric>
#include <thread>

#include "drivers/serial/tty_line.hpp"
#include "drivers/serial/tty_open_faults.hpp"
#include "tests/unit/serial/expect_fault.hpp"
#include "tests/unit/serial/pty_pair.hpp"

namespace plugrig::serial {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_fault;
using test::fault_of;
using test::PtyPair;
using testing::HasSubstr;
namespace fs = std::filesystem;

class TtyPortTest : public testing::Test {
 protected:
  std::unique_ptr<Clock> clock_ = make_real_clock();
  PtyPair pty_;

  Deadline soon(Duration d = seconds{10}) { return {clock_->now() + d, {}}; }
  std::unique_ptr<TtyPort> open(std::uint32_t baud = 115'200) {
    return std::make_unique<TtyPort>(*clock_, TtyOptions{pty_.slave_name(), baud});
  }
  static std::vector<std::uint8_t> every_byte() {
    std::vector<std::uint8_t> bytes(256);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
  }
};

TEST_F(TtyPortTest, EveryByteValuePassesBothWays) {
  const auto port = open();
  port->write(every_byte(), soon());
  port->drain(soon());
  EXPECT_EQ(pty_.receive(*clock_, 256, soon()), every_byte());

  pty_.send(every_byte());
  std::vector<std::uint8_t> got;
  std::array<std::uint8_t, 100> part{};
  while (got.size() < 256) {
    const std::size_t count = port->read(part, soon());
    ASSERT_GT(count, 0U);
    got.insert(got.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
  }
  EXPECT_EQ(got, every_byte());
}

TEST_F(TtyPortTest, AnyIntegerRateReachesTheKernel) {
  const auto port = open(74'880);
  EXPECT_EQ(port->baud(), 74'880U);
  EXPECT_EQ(tty_line::output_baud(pty_.master()), 74'880U);
  for (const std::uint32_t baud : {1'234'567U, 115'200U, 3'250'000U}) {
    port->set_baud(baud);
    EXPECT_EQ(port->baud(), baud);
    EXPECT_EQ(tty_line::output_baud(pty_.master()), baud);
  }
}

TEST_F(TtyPortTest, SettingsAreRawAndCloseHangsNothingUp) {
  const auto port = open();
  termios settings{};
  ASSERT_EQ(::tcgetattr(pty_.master(), &settings), 0);
  EXPECT_EQ(settings.c_cflag & (HUPCL | CSIZE | PARENB | CSTOPB | CRTSCTS | CLOCAL),
            static_cast<tcflag_t>(CS8 | CLOCAL));
  EXPECT_EQ(settings.c_lflag, 0U);
  EXPECT_EQ(settings.c_oflag, 0U);
  EXPECT_EQ(settings.c_iflag, 0U);
}

TEST_F(TtyPortTest, RateZeroIsRefused) {
  const auto port = open();
  expect_fault([&] { port->set_baud(0); }, "serial.baud", Blame::config);
  EXPECT_EQ(port->baud(), 115'200U);
}

TEST_F(TtyPortTest, NoBytesMeansZeroAtTheDeadline) {
  const auto port = open();
  std::array<std::uint8_t, 4> into{};
  const Deadline deadline = soon(milliseconds{10});
  EXPECT_EQ(port->read(into, deadline), 0U);
  EXPECT_GE(clock_->now(), deadline.at);
}

TEST_F(TtyPortTest, DiscardInputForgetsWhatCame) {
  const auto port = open();
  pty_.send(every_byte());
  std::array<std::uint8_t, 1> first{};
  ASSERT_EQ(port->read(first, soon()), 1U);  // so all have arrived
  port->discard_input();
  pty_.send(std::array<std::uint8_t, 1>{0x5A});
  std::array<std::uint8_t, 16> into{};
  ASSERT_EQ(port->read(into, soon()), 1U);
  EXPECT_EQ(into[0], 0x5A);
}

TEST_F(TtyPortTest, APortWithoutLinesOpensAndSaysSoWhenTheyAreNeeded) {
  const auto port = open();
  EXPECT_FALSE(port->offers(Signal::dtr));
  EXPECT_FALSE(port->offers(Signal::rts));
  const std::array<LineChange, 2> both{LineChange{Signal::dtr, true},
                                       LineChange{Signal::rts, false}};
  expect_fault([&] { port->set(both); }, "lines.missing", Blame::fixture);
  EXPECT_NO_THROW(port->set({}));
}

TEST_F(TtyPortTest, AFullPortRunsIntoTheDeadline) {
  const auto port = open();
  const std::vector<std::uint8_t> much(1 << 20);
  expect_fault([&] { port->write(much, soon(milliseconds{20})); }, "serial.write.timeout",
               Blame::host);
}

TEST_F(TtyPortTest, StopEndsReadAndWrite) {
  const auto port = open();
  std::stop_source stop;
  std::array<std::uint8_t, 4> into{};
  {
    const std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_THROW(port->read(into, {Instant::max(), stop.get_token()}), Stopped);
  }
  EXPECT_THROW(port->write(into, {Instant::max(), stop.get_token()}), Stopped);
}

TEST_F(TtyPortTest, AnUnpluggedPortIsLost) {
  const auto port = open();
  pty_.close_master();
  std::array<std::uint8_t, 4> into{};
  expect_fault([&] { port->read(into, soon()); }, "serial.lost", Blame::host);
  expect_fault([&] { port->write(into, soon()); }, "serial.lost", Blame::host);
  expect_fault([&] { port->set_baud(9600); }, "serial.lost", Blame::host);
}

TEST_F(TtyPortTest, UnpluggingWakesAWaitingRead) {
  const auto port = open();
  std::array<std::uint8_t, 4> into{};
  const std::jthread unplug([&] { pty_.close_master(); });
  expect_fault([&] { port->read(into, soon()); }, "serial.lost", Blame::host);
}

TEST_F(TtyPortTest, TheSameProcessCannotOpenItTwice) {
  const auto port = open();
  expect_fault([&] { open(); }, "serial.open.busy", Blame::host);
}

TEST_F(TtyPortTest, CloseFreesThePort) {
  open().reset();
  EXPECT_NO_THROW(open());
}

TEST_F(TtyPortTest, ABusyPortNamesItsHolder) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t holder = ::fork();
  ASSERT_GE(holder, 0);
  if (holder == 0) {
    // Only calls that are safe after fork: the parent may have threads.
    const int fd = ::open(pty_.slave_name().c_str(), O_RDWR | O_NOCTTY);
    const char state = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? 'y' : 'n';
    [[maybe_unused]] const ssize_t told = ::write(ready[1], &state, 1);
    while (true) ::pause();
  }
  char state = 0;
  ASSERT_EQ(::read(ready[0], &state, 1), 1);
  ASSERT_EQ(state, 'y');
  const Fault fault = fault_of([&] { open(); });
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(fault.id(), "serial.open.busy");
  EXPECT_THAT(fault.happened(), HasSubstr("process " + std::to_string(holder)));
  EXPECT_NO_THROW(open());
}

class TempFolder {
 public:
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "plugrig-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST_F(TtyPortTest, ALockFileOfALivingProcessIsRespectedAndAStaleOneIsNot) {
  const TempFolder locks;
  const fs::path lock = locks.path() / ("LCK.." + fs::path(pty_.slave_name()).filename().string());
  const TtyOptions options{pty_.slave_name(), 115'200, locks.path()};
  std::ofstream(lock) << "         1\n";  // init lives
  const Fault fault = fault_of([&] { TtyPort(*clock_, options); });
  EXPECT_EQ(fault.id(), "serial.open.busy");
  EXPECT_THAT(fault.happened(), HasSubstr("process 1."));

  const pid_t dead = ::fork();
  ASSERT_GE(dead, 0);
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  std::ofstream(lock) << "  " << dead << "\n";
  EXPECT_NO_THROW(TtyPort(*clock_, options));
}

TEST_F(TtyPortTest, AMissingPortNamesTheNearestOne) {
  const TempFolder folder;
  std::ofstream(folder.path() / "ttyUSB0");
  std::ofstream(folder.path() / "ttyACM3");
  std::ofstream(folder.path() / "unrelated");
  const TtyOptions options{folder.path() / "ttyUSB1"};
  const Fault fault = fault_of([&] { TtyPort(*clock_, options); });
  EXPECT_EQ(fault.id(), "serial.open.missing");
  EXPECT_EQ(fault.blame(), Blame::host);
  EXPECT_THAT(fault.next(), HasSubstr("Did you mean " + (folder.path() / "ttyUSB0").string()));
  EXPECT_THAT(fault.next(), HasSubstr("ttyACM3"));
  EXPECT_THAT(fault.next(), testing::Not(HasSubstr("unrelated")));
}

TEST_F(TtyPortTest, AFileThatIsNoTtyIsToldApart) {
  expect_fault([&] { TtyPort(*clock_, TtyOptions{"/dev/null"}); }, "serial.open.not_a_tty",
               Blame::config);
}

TEST(OpenFault, NoPermissionNamesTheGroup) {
  const TempFolder folder;
  const fs::path file = folder.path() / "ttyUSB0";
  std::ofstream(file).close();
  ASSERT_EQ(::chmod(file.c_str(), 0660), 0);
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  const Fault fault = open_fault(file, EACCES);
  EXPECT_EQ(fault.id(), "serial.open.permission");
  EXPECT_EQ(fault.blame(), Blame::host);
  // A group of root's is no advice; then the rule for udev is the way.
  EXPECT_THAT(fault.next(), info.st_gid == 0 ? HasSubstr("udev rule") : HasSubstr("usermod -aG"));
  if (::chown(file.c_str(), 0, 20) == 0) {  // root only: the group that serial ports belong to
    EXPECT_THAT(open_fault(file, EACCES).next(), HasSubstr("usermod -aG dialout"));
  }
}

TEST(OpenFault, EveryErrorHasItsId) {
  EXPECT_EQ(open_fault("/dev/ttyUSB9", ENOENT).id(), "serial.open.missing");
  EXPECT_EQ(open_fault("/dev/ttyUSB9", ENXIO).id(), "serial.open.missing");
  EXPECT_EQ(open_fault("/dev/ttyUSB9", EPERM).id(), "serial.open.permission");
  EXPECT_EQ(open_fault("/dev/ttyUSB9", EBUSY).id(), "serial.open.busy");
  EXPECT_EQ(open_fault("/dev/ttyUSB9", ENOMEM).id(), "serial.open.failed");
}

}  // namespace
}  // namespace plugrig::serial
