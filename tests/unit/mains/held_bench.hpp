#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/mains/mains_fixture.hpp"

namespace plugrig::test {

/// What a board's timers do when they are told again.
enum class Timers : std::uint8_t { restart, ignore_renewals, never_end };

/// The fake bench with relays on boards whose timers switch off by themselves, an emergency stop, a
/// thermostat and a dead man, each of which may be broken.
class HeldBench {
 public:
  /// A thread of the clock stands for the boards.
  HeldBench(FakeBench& bench, Clock& clock);
  ~HeldBench();
  HeldBench(const HeldBench&) = delete;
  HeldBench& operator=(const HeldBench&) = delete;

  // What the test sets before `hardware`.
  Duration pulse = 2s;
  bool has_stop = true, has_thermostat = false, has_dead_man = false;
  bool timed_contactor = true, timed_relays = true, timed_load = true;

  // What the test sets at any time.
  Timers timers = Timers::restart;
  Timers contactor_timers = Timers::restart;
  bool renewals_fail = false;
  bool stop_pressed = false, stop_unreadable = false;
  bool load_is_cool = true;
  bool dead_man_lost = false;
  double meter_W = 0;       ///< beyond what the load draws
  bool meter_slow = false;  ///< takes as long as it may

  MainsHardware hardware();

  /// "contactor off", "relay F1 on", "load off", in the order in which they were carried out.
  [[nodiscard]] const std::vector<std::string>& commands() const { return commands_; }
  void forget_commands() { commands_.clear(); }
  [[nodiscard]] int renewals() const { return renewals_; }
  [[nodiscard]] const std::vector<Instant>& told() const { return told_; }
  [[nodiscard]] int meter_reads() const { return meter_reads_; }

  /// One timer of a board.
  struct Timer {
    Instant ends = Instant::max();
    std::function<void()> drop;
  };
  void begin(const std::string& what, Timers kind, Duration time, std::function<void()> drop);
  void end(const std::string& what);
  void command(const std::string& text) { commands_.push_back(text); }
  void renewed() { ++renewals_; }
  void told_now() { told_.push_back(clock_.now()); }
  void read_now() { ++meter_reads_; }
  FakeBench& bench() { return bench_; }
  Clock& clock() { return clock_; }

 private:
  void run();
  [[nodiscard]] Instant next() const;

  FakeBench& bench_;
  Clock& clock_;
  std::map<std::string, Timer> timers_;
  std::vector<std::string> commands_;
  std::vector<Instant> told_;
  int renewals_ = 0, meter_reads_ = 0;
  std::uint64_t changes_ = 0;
  bool ending_ = false, ended_ = false;
  std::unique_ptr<PowerMeter> meter_;
  std::unique_ptr<Clock::Seat> seat_;
  std::jthread thread_;
};

/// A gate in front of it.
class HeldTest : public MainsTest {
 protected:
  explicit HeldTest(int slots = 1) : MainsTest(slots), held(bench, *clock) {}
  ~HeldTest() override {
    session.reset();
    stop_gate();
  }
  void start_held(MainsGateOptions options = {}) {
    gate = std::make_unique<MainsGate>(held.hardware(), *clock, options);
    watch = gate->watch();
  }
  void go_live(double load_W = 1000) {
    if (!gate) start_held();
    session = enter();
    session->access().energise(soon());
    if (load_W > 0) session->access().load(load_W, soon());
    ASSERT_TRUE(bench.live());
  }
  [[nodiscard]] std::string tripped() const {
    const auto fault = session->tripped();
    return fault ? fault->id() : "none";
  }

  HeldBench held;
  std::unique_ptr<MainsSession> session;
};

}  // namespace plugrig::test
