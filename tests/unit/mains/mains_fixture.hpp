#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/unit/mains/fake_bench.hpp"

namespace plugrig::test {

/// A gate in front of a fake bench, in virtual time. Whatever a test does, nothing deadly may have
/// happened when it ends.
class MainsTest : public testing::Test {
 protected:
  explicit MainsTest(int slots = 1) : clock(make_virtual_clock()), bench(*clock, slots) {
    seat = clock->reserve("test");
    seat->enter();
  }
  ~MainsTest() override { stop_gate(); }

  void start(bool attended = false) {
    gate = std::make_unique<MainsGate>(bench.hardware(), *clock,
                                       MainsGateOptions{.attended = attended});
    watch = gate->watch();
  }
  void stop_gate() {
    watch.reset();
    gate.reset();
  }
  [[nodiscard]] Deadline soon(Duration within = 30s) const {
    return {clock->now() + within, run_stop.get_token()};
  }
  std::unique_ptr<MainsSession> enter(const std::string& slot = "F1", Duration within = 30s) {
    return gate->enter(slot, {.plug = plug, .say = {}, .deadline = soon(within)});
  }
  /// Fault of energising slot F1 in a session of its own.
  std::string energise() {
    const auto session = enter();
    return fault_of([&] { session->access().energise(soon()); });
  }
  void pass_time(Duration time) { clock->sleep_for(time, {}); }
  void TearDown() override { EXPECT_THAT(bench.deadly(), testing::IsEmpty()); }

  std::unique_ptr<Clock> clock;
  std::unique_ptr<Clock::Seat> seat;
  FakeBench bench;
  PlugInfo plug = make_plug();
  std::stop_source run_stop;
  std::unique_ptr<MainsGate> gate;
  std::unique_ptr<MainsGate::Watch> watch;

 private:
  static PlugInfo make_plug() {
    PlugInfo info;
    info.rated_A = 16;
    info.rated_W = 3680;
    return info;
  }
};

class TwoSlots : public MainsTest {
 protected:
  TwoSlots() : MainsTest(2) {}
};

}  // namespace plugrig::test
