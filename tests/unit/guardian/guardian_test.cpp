// Rig and guardian at the two ends of real connections, in one process and in real time. What must
// not happen is waited for as long as it takes; nothing here depends on how fast the machine is.
#include "drivers/guardian/guardian.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "drivers/guardian/guarded_port.hpp"
#include "tests/unit/guardian/relay_line.hpp"

namespace plugrig::guardian {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class GuardianTest : public ::testing::Test {
 protected:
  /// The lease is longer than any hold-up of a busy machine unless a test is about its end.
  void start(Duration lease = seconds{60}) {
    auto [rig_lease, guardian_lease] = make_channel_ends();
    auto [rig_bus, guardian_bus] = make_channel_ends();
    lease_fd_ = rig_lease.get();
    bus_fd_ = rig_bus.get();
    thread_ = std::jthread([this, lease, fd = std::move(guardian_lease),
                            bus = std::move(guardian_bus)](const std::stop_token& stop) mutable {
      std::vector<GuardedBus> buses;
      buses.push_back({.plan = plan_of_line(),
                       .open = [this] { return std::make_unique<LinePort>(*clock_, line_); },
                       .channel = std::move(bus)});
      const GuardianOptions options{.lease = lease, .give_up = give_up_, .say = {}};
      proven_ = guard(*clock_, std::move(fd), std::move(buses), options, stop);
      ended_ = true;
      clock_->notify();
    });
    Started started;
    started.lease = std::move(rig_lease);
    started.buses.push_back(std::move(rig_bus));
    link_.emplace(*clock_, std::move(started), std::vector<BusPlan>{plan_of_line()});
    port_ = link_->port(0, [this] { return std::make_unique<LinePort>(*clock_, line_); });
  }

  Duration give_up_ = milliseconds{300};

  [[nodiscard]] Deadline soon() const { return {clock_->now() + seconds{10}, {}}; }
  bool comes(const std::function<bool()>& condition) {
    const Instant limit = clock_->now() + seconds{20};
    while (!condition() && clock_->now() < limit)
      clock_->wait({}, {clock_->now() + milliseconds{5}});
    return condition();
  }
  std::optional<ModbusFrame> exchange(const ModbusFrame& request) {
    port_->send(request, soon());
    return port_->receive(soon());
  }
  std::string fault_of_sending(const ModbusFrame& request) {
    try {
      port_->send(request, soon());
      return "";
    } catch (const Fault& fault) {
      return fault.id();
    }
  }
  void go_live() {
    link_->all_is_well(soon());
    for (const int relay : {8, 1, 3}) exchange(switch_frame(relay, true));
    ASSERT_TRUE(line_.on(8) && line_.on(1) && line_.on(3));
  }

  std::unique_ptr<Clock> clock_ = make_real_clock();
  RelayLine line_;
  std::atomic<bool> proven_{false}, ended_{false};
  int lease_fd_ = -1, bus_fd_ = -1;
  std::jthread thread_;
  std::optional<GuardianLink> link_;
  std::unique_ptr<ModbusPort> port_;
};

TEST_F(GuardianTest, ForwardsWhatTheRigAsks) {
  start();
  EXPECT_EQ(port_->wire_time(5), std::chrono::microseconds{80});
  EXPECT_FALSE(port_->answers_name_requests());
  link_->all_is_well(soon());
  EXPECT_EQ(exchange(switch_frame(1, true)), switch_frame(1, true));
  EXPECT_TRUE(line_.on(1));
  EXPECT_EQ(exchange(read_frame(1))->pdu.back(), 1);
  port_->flush();
  EXPECT_EQ(port_->receive({clock_->now() + milliseconds{20}, {}}), std::nullopt);
}

TEST_F(GuardianTest, FaultsOfTheBusComeThrough) {
  start();
  line_.cut = true;
  EXPECT_EQ(fault_of_sending(read_frame(1)), "modbus.lost");
  EXPECT_THROW(port_->reopen(soon()), Fault);
  line_.cut = false;
  port_->reopen(soon());
  EXPECT_TRUE(exchange(read_frame(1)));
}

TEST_F(GuardianTest, ABusThatCannotBeOpenedIsToldAtTheStart) {
  line_.taken = true;
  try {
    start();
    FAIL() << "opened";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "modbus.busy");
  }
}

TEST_F(GuardianTest, WithoutALeaseNothingIsSwitchedOn) {
  start();
  EXPECT_EQ(fault_of_sending(switch_frame(8, true)), "guardian.lease_lost");
  EXPECT_FALSE(line_.any_on());
}

TEST_F(GuardianTest, SwitchesOffWhenTheRigReportsNoMore) {
  start(milliseconds{300});
  go_live();
  EXPECT_TRUE(comes([&] { return !line_.any_on(); }));
  // Nothing goes on again, but off can be shown.
  EXPECT_EQ(fault_of_sending(switch_frame(8, true)), "guardian.lease_lost");
  EXPECT_EQ(exchange(read_frame(8))->pdu.back(), 0);
  EXPECT_TRUE(exchange(switch_frame(8, false)));
  EXPECT_THROW(link_->all_is_well(soon()), Fault);
  EXPECT_EQ(link_->broken()->id(), "guardian.lease_lost");
  EXPECT_FALSE(line_.any_on());
}

TEST_F(GuardianTest, SwitchesOffWhenTheRigIsGone) {
  start();
  go_live();
  ::shutdown(lease_fd_, SHUT_RDWR);
  EXPECT_TRUE(comes([&] { return !line_.any_on(); }));
  port_.reset();
  EXPECT_TRUE(comes([&] { return ended_.load(); }));
  EXPECT_TRUE(proven_);
}

TEST_F(GuardianTest, SwitchesOffWhenOnlyTheBusConnectionIsGone) {
  start();
  go_live();
  ::shutdown(bus_fd_, SHUT_RDWR);
  EXPECT_TRUE(comes([&] { return !line_.any_on(); }));
}

TEST_F(GuardianTest, SwitchesOffWhenItHearsNonsense) {
  for (const bool on_lease : {true, false}) {
    SCOPED_TRACE(on_lease);
    start();
    go_live();
    const std::string nonsense = "PG?";
    ASSERT_GT(::send(on_lease ? lease_fd_ : bus_fd_, nonsense.data(), nonsense.size(), 0), 0);
    EXPECT_TRUE(comes([&] { return !line_.any_on(); }));
    port_.reset();
    link_.reset();
    thread_.join();
  }
}

TEST_F(GuardianTest, SwitchesOffWhenToldToEnd) {
  start();
  go_live();
  thread_.request_stop();
  EXPECT_TRUE(comes([&] { return ended_.load(); }));
  EXPECT_FALSE(line_.any_on());
  EXPECT_TRUE(proven_);
}

TEST_F(GuardianTest, AGoodByeSwitchesOffForGood) {
  start();
  go_live();
  link_->good_bye();
  EXPECT_TRUE(comes([&] { return !line_.any_on(); }));
  EXPECT_NE(fault_of_sending(switch_frame(1, true)), "");
  EXPECT_EQ(exchange(read_frame(1))->pdu.back(), 0);
}

TEST_F(GuardianTest, TriesUntilTheRelayIsReallyOff) {
  give_up_ = seconds{60};  // longer than any hold-up of a busy machine
  start();
  go_live();
  line_.stuck = true;
  thread_.request_stop();
  const int before = line_.requests;
  EXPECT_TRUE(comes([&] { return line_.requests > before + 12; })) << "one round is six";
  line_.stuck = false;
  EXPECT_TRUE(comes([&] { return ended_.load(); }));
  EXPECT_FALSE(line_.any_on());
  EXPECT_TRUE(proven_);
}

TEST_F(GuardianTest, GivesUpOnABusThatStaysCut) {
  start();
  go_live();
  line_.cut = true;
  port_.reset();
  link_.reset();
  EXPECT_TRUE(comes([&] { return ended_.load(); }));
  EXPECT_FALSE(proven_);
}

TEST_F(GuardianTest, WhenItIsLostTheRigSwitchesOffByItself) {
  start();
  go_live();
  // As if it had been killed: it does nothing more, and its ports are free.
  line_.cut = true;
  ::shutdown(bus_fd_, SHUT_RDWR);
  ::shutdown(lease_fd_, SHUT_RDWR);
  ASSERT_TRUE(comes([&] { return ended_.load(); }));
  line_.cut = false;
  ASSERT_TRUE(line_.any_on());
  EXPECT_THROW(link_->all_is_well(soon()), Fault);
  EXPECT_EQ(link_->broken()->id(), "guardian.lost");
  EXPECT_EQ(fault_of_sending(switch_frame(8, false)), "modbus.lost");
  port_->reopen(soon());
  for (const int relay : {8, 1, 3}) EXPECT_TRUE(exchange(switch_frame(relay, false)));
  EXPECT_FALSE(line_.any_on());
  EXPECT_EQ(exchange(read_frame(8))->pdu.back(), 0);
  EXPECT_EQ(fault_of_sending(switch_frame(8, true)), "guardian.lost");
  EXPECT_FALSE(line_.any_on());
}

TEST_F(GuardianTest, AnotherBenchFileIsRefused) {
  auto [rig_lease, guardian_lease] = make_channel_ends();
  std::jthread other([this, fd = std::move(guardian_lease)](const std::stop_token& stop) mutable {
    guard(*clock_, std::move(fd), {}, {}, stop);
  });
  Started started;
  started.lease = std::move(rig_lease);
  try {
    const GuardianLink link(*clock_, std::move(started), {plan_of_line()});
    FAIL() << "accepted";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "guardian.plan");
  }
}

TEST(StartProcess, AProgramThatIsNoGuardianIsTold) {
  const auto clock = make_real_clock();
  auto started = start_process("/bin/true", {}, 1);
  EXPECT_GT(started.process, 0);
  try {
    const GuardianLink link(*clock, std::move(started), {plan_of_line()});
    FAIL() << "accepted";
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.id(), "guardian.start");
  }
  EXPECT_THROW(start_process("/does/not/exist", {}, 1), Fault);
}

}  // namespace
}  // namespace plugrig::guardian
