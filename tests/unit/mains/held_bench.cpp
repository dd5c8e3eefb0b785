#include "tests/unit/mains/held_bench.hpp"

#include <algorithm>
#include <utility>

namespace plugrig::test {
namespace {

/// A relay of a board with timers, in front of the plain one. Written anew, as a driver would be.
class HeldSwitch final : public MainsSwitch {
 public:
  /// `drop`: what the board does when the time is over.
  HeldSwitch(HeldBench& held, std::string name, std::unique_ptr<MainsSwitch> relay, bool timed,
             const Timers& kind, std::function<void()> drop)
      : held_(held),
        name_(std::move(name)),
        relay_(std::move(relay)),
        timed_(timed),
        kind_(kind),
        drop_(std::move(drop)) {}

  void set(bool on, const Deadline& deadline) override {
    if (!on) {
      ends_.reset();
      held_.end(name_);
    } else if (timed_) {
      ends_ = held_.clock().now() + held_.pulse;
    }
    relay_->set(on, deadline);
    held_.command(name_ + (on ? " on" : " off"));
    if (on && timed_) start(held_.pulse);
  }
  bool reads_on(const Deadline& deadline) override { return relay_->reads_on(deadline); }
  [[nodiscard]] Duration renew_within() const override { return timed_ ? held_.pulse : 0s; }
  [[nodiscard]] std::optional<Instant> ends() const override { return ends_; }
  void renew(const Deadline& deadline) override {
    if (!ends_) return;
    const Instant asked = held_.clock().now();
    held_.bench().call(deadline);
    if (held_.renewals_fail)
      throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
    start(held_.pulse);
    held_.renewed();
    if (ends_) ends_ = asked + held_.pulse;
  }
  void on_for(Duration time, const Deadline& deadline) override {
    relay_->set(true, deadline);
    held_.command(name_ + " tried");
    start(time);
  }

 private:
  void start(Duration time) { held_.begin(name_, kind_, time, drop_); }

  HeldBench& held_;
  const std::string name_;
  const std::unique_ptr<MainsSwitch> relay_;
  const bool timed_;
  const Timers& kind_;
  const std::function<void()> drop_;
  std::optional<Instant> ends_;
};

class HeldLoad final : public LoadBank {
 public:
  HeldLoad(HeldBench& held, std::unique_ptr<LoadBank> bank, bool timed)
      : held_(held), bank_(std::move(bank)), timed_(timed) {}
  [[nodiscard]] LoadSetting choose(double watts, double volts) const override {
    return bank_->choose(watts, volts);
  }
  void apply(const LoadSetting& setting, const Deadline& deadline) override {
    ends_ = held_.clock().now() + held_.pulse;
    bank_->apply(setting, deadline);
    held_.command("load on");
    start();
  }
  void off(const Deadline& deadline) override {
    ends_.reset();
    held_.end("load");
    bank_->off(deadline);
    held_.command("load off");
  }
  [[nodiscard]] double rating_A() const override { return bank_->rating_A(); }
  [[nodiscard]] std::optional<Instant> off_due() const override { return bank_->off_due(); }
  [[nodiscard]] Duration renew_within() const override { return timed_ ? held_.pulse : 0s; }
  [[nodiscard]] std::optional<Instant> ends() const override {
    return timed_ ? ends_ : std::nullopt;
  }
  void renew(const Deadline& deadline) override {
    if (!ends_) return;
    const Instant asked = held_.clock().now();
    held_.bench().call(deadline);
    if (held_.renewals_fail)
      throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
    start();
    if (ends_) ends_ = asked + held_.pulse;
  }

 private:
  void start() {
    if (!timed_) return;
    held_.begin("load", held_.timers, held_.pulse, [this] {
      bank_->off({held_.clock().now() + 10s, {}});
    });
  }

  HeldBench& held_;
  const std::unique_ptr<LoadBank> bank_;
  const bool timed_;
  std::optional<Instant> ends_;
};

class HeldInput final : public SafetyInput {
 public:
  HeldInput(HeldBench& held, std::string name, std::function<bool()> closed,
            std::function<bool()> unreadable)
      : held_(held),
        name_(std::move(name)),
        closed_(std::move(closed)),
        unreadable_(std::move(unreadable)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  bool closed(const Deadline& deadline) override {
    const bool seen = closed_();
    held_.bench().call(deadline);
    if (unreadable_())
      throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
    return seen;
  }

 private:
  HeldBench& held_;
  const std::string name_;
  const std::function<bool()> closed_, unreadable_;
};

class Listener final : public DeadMan {
 public:
  explicit Listener(HeldBench& held) : held_(held) {}
  [[nodiscard]] Duration within() const override { return 1s; }
  void all_is_well(const Deadline& deadline) override {
    held_.bench().call(deadline);
    if (held_.dead_man_lost)
      throw Fault("guardian.lost", Blame::host, "The guardian is gone.", "Start it again.");
    held_.told_now();
  }

 private:
  HeldBench& held_;
};

/// Sees what the first slot draws.
class HeldMeter final : public PowerMeter {
 public:
  explicit HeldMeter(HeldBench& held) : held_(held) {
    info_.name = "reference";
    info_.refresh = 500ms;
  }
  [[nodiscard]] const MeterInfo& info() const override { return info_; }
  PowerReading read(const Deadline& deadline) override {
    held_.read_now();
    held_.bench().call(deadline);
    if (held_.meter_slow) {
      held_.clock().wait({}, deadline);
      throw Fault("meter.timeout", Blame::instrument, "No answer.", "Look at it.");
    }
    PowerReading reading;
    reading.at = held_.clock().now();
    const bool live = held_.bench().live();
    reading.voltage_V = 230;
    reading.power_W = (live ? held_.bench().load_W() + 1 : 0) + held_.meter_W;
    reading.current_A = *reading.power_W / 230;
    return reading;
  }
  [[nodiscard]] MeterRange range_at(double, double) const override { return {300, 20}; }

 private:
  HeldBench& held_;
  MeterInfo info_;
};

}  // namespace

HeldBench::HeldBench(FakeBench& bench, Clock& clock) : bench_(bench), clock_(clock) {
  seat_ = clock_.reserve("boards");
  thread_ = std::jthread([this] {
    seat_->enter();
    run();
    ended_ = true;
    clock_.notify();
    seat_->leave();
  });
}

HeldBench::~HeldBench() {
  ending_ = true;
  clock_.notify();
  clock_.wait([this] { return ended_; }, {});
}

Instant HeldBench::next() const {
  Instant first = Instant::max();
  for (const auto& [what, timer] : timers_) first = std::min(first, timer.ends);
  return first;
}

void HeldBench::run() {
  while (!ending_) {
    const std::uint64_t seen = changes_;
    clock_.wait([&] { return ending_ || changes_ != seen; }, {next(), {}});
    for (auto& [what, timer] : timers_) {
      if (timer.ends > clock_.now()) continue;
      timer.ends = Instant::max();
      timer.drop();
      break;  // dropping takes time, in which others may change
    }
  }
}

void HeldBench::begin(const std::string& what, Timers kind, Duration time,
                      std::function<void()> drop) {
  Timer& timer = timers_[what];
  const bool runs = timer.ends != Instant::max();
  if (kind == Timers::never_end || (kind == Timers::ignore_renewals && runs)) return;
  timer = {clock_.now() + time, std::move(drop)};
  ++changes_;
  clock_.notify();
}

void HeldBench::end(const std::string& what) {
  timers_[what].ends = Instant::max();
  ++changes_;
  clock_.notify();
}

MainsHardware HeldBench::hardware() {
  MainsHardware made = bench_.hardware();
  if (made.contactor)
    made.contactor =
        std::make_unique<HeldSwitch>(*this, "contactor", std::move(made.contactor), timed_contactor,
                                     contactor_timers, [this] { bench_.set_contactor(false); });
  if (made.load) made.load = std::make_unique<HeldLoad>(*this, std::move(made.load), timed_load);
  meter_ = std::make_unique<HeldMeter>(*this);
  for (std::size_t i = 0; i < made.slots.size(); ++i) {
    SlotMains& slot = made.slots[i];
    slot.mains = std::make_unique<HeldSwitch>(*this, "relay " + slot.slot, std::move(slot.mains),
                                              timed_relays, timers,
                                              [this, i] { bench_.set_relay(i, false); });
    slot.reference = meter_.get();
  }
  if (has_stop)
    made.emergency_stop = std::make_unique<HeldInput>(
        *this, "emergency stop", [this] { return !stop_pressed; },
        [this] { return stop_unreadable; });
  if (has_thermostat)
    made.load_cool = std::make_unique<HeldInput>(
        *this, "load cool", [this] { return load_is_cool; }, [] { return false; });
  if (has_dead_man) made.dead_man = std::make_unique<Listener>(*this);
  return made;
}

}  // namespace plugrig::test
