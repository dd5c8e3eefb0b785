#include "tests/unit/mains/fake_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace plugrig::test {
namespace {

/// A guard that opens under power is seen within a cycle of the watch and a request or two.
constexpr Duration kGuardLimit = 500ms;
constexpr double kElement_W = 500;

class Switch final : public MainsSwitch {
 public:
  Switch(
      FakeBench& bench, std::function<void(bool)> set, std::function<bool()> reads,
      std::function<bool()> compares = [] { return true; })
      : bench_(bench),
        set_(std::move(set)),
        reads_(std::move(reads)),
        compares_(std::move(compares)) {}
  void set(bool on, const Deadline& deadline) override {
    bench_.call(deadline);
    set_(on);
    if (compares_() && reads_() != on)
      throw Fault("relay.stuck", Blame::instrument, "The relay reads back other than written.",
                  "Look at the board.");
  }
  bool reads_on(const Deadline& deadline) override {
    bench_.call(deadline);
    return reads_();
  }

 private:
  FakeBench& bench_;
  std::function<void(bool)> set_;
  std::function<bool()> reads_;
  std::function<bool()> compares_;
};

class Reading final : public SafetyInput {
 public:
  Reading(FakeBench& bench, std::string name, std::function<bool()> truth,
          std::function<InputIs()> mood)
      : bench_(bench), name_(std::move(name)), truth_(std::move(truth)), mood_(std::move(mood)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  bool closed(const Deadline& deadline) override {
    const bool seen = truth_();
    bench_.call(deadline);
    if (mood_() == InputIs::unreadable)
      throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
    if (mood_() == InputIs::nonsense) throw std::runtime_error("half a frame");
    // An answer that comes late is an answer about the past.
    if (mood_() == InputIs::slow) bench_.clock().sleep_for(bench_.slow_input_time, {});
    return seen;
  }

 private:
  FakeBench& bench_;
  std::string name_;
  std::function<bool()> truth_;
  std::function<InputIs()> mood_;
};

class Bank final : public LoadBank {
 public:
  Bank(FakeBench& bench, std::function<void(double)> set) : bench_(bench), set_(std::move(set)) {}
  [[nodiscard]] LoadSetting choose(double watts, double volts) const override {
    LoadSetting setting;
    const int count = static_cast<int>(std::lround(watts / kElement_W));
    for (int i = 0; i < count; ++i) setting.elements.push_back(i);
    setting.nominal_W = kElement_W * count;
    setting.nominal_A = setting.nominal_W / volts;
    setting.at_V = volts;
    return setting;
  }
  void apply(const LoadSetting& setting, const Deadline& deadline) override {
    bench_.call(deadline);
    set_(setting.nominal_W);
  }
  void off(const Deadline& deadline) override {
    bench_.call(deadline);
    set_(0);
  }
  [[nodiscard]] double rating_A() const override { return bench_.bank_rating_A; }
  [[nodiscard]] std::optional<Instant> off_due() const override { return bench_.load_due; }

 private:
  FakeBench& bench_;
  std::function<void(double)> set_;
};

class Meter final : public PowerMeter {
 public:
  /// Reads what it sees: volts and watts.
  Meter(FakeBench& bench, std::string name, std::function<std::pair<double, double>()> sees)
      : bench_(bench), sees_(std::move(sees)) {
    info_.name = std::move(name);
  }
  [[nodiscard]] const MeterInfo& info() const override { return info_; }
  PowerReading read(const Deadline& deadline) override {
    bench_.call(deadline);
    const auto [volts, watts] = sees_();
    PowerReading reading;
    reading.at = bench_.clock().now();
    reading.voltage_V = bench_.meter_V ? *bench_.meter_V : volts;
    if (bench_.has_selectors || bench_.own_loads) reading.power_W = watts;
    return reading;
  }
  [[nodiscard]] MeterRange range_at(double, double) const override { return {300, 20}; }

 private:
  FakeBench& bench_;
  std::function<std::pair<double, double>()> sees_;
  MeterInfo info_;
};

bool reads_selector(const FakeSlot& slot) {
  if (slot.selector_unreadable)
    throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
  return slot.selector;
}

}  // namespace

FakeBench::FakeBench(Clock& clock, int count) : clock_(clock) {
  for (int i = 0; i < count; ++i) {
    slots.emplace_back();
    slots.back().name = fmt::format("F{}", i + 1);
  }
  was_live_.resize(slots.size());
  own_load_W_.resize(slots.size());
}

bool FakeBench::live(std::size_t slot) const {
  const FakeSlot& s = slots.at(slot);
  return s.contact && (contactor_ || !has_contactor) && !s.fuse_blown;
}

bool FakeBench::touching(std::size_t slot) const {
  const FakeSlot& s = slots.at(slot);
  return !s.withdrawn || clock_.now() < s.way_back_ends;
}

void FakeBench::call(const Deadline& deadline) {
  const int number = ++calls_;
  clock_.sleep_for(call_time, deadline);
  look();
  const bool fails = number == fail_at || (lost_from > 0 && number >= lost_from);
  if (!fails) return;
  if (fail_with) fail_with();
  throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
}

void FakeBench::set_relay(std::size_t slot, bool on) {
  change([&] {
    FakeSlot& s = slots.at(slot);
    if (s.stuck || s.unwilling) return;
    if (path == LoadPath::chained && s.coil != on && load_W_ > 0 && contactor_)
      deadly_.push_back(fmt::format("{}: switched in the chain under load", s.name));
    s.coil = on;
    s.contact = on || s.welded;
  });
}

void FakeBench::set_contactor(bool on) {
  change([&] { contactor_ = on || contactor_welded; });
}

void FakeBench::set_load(double watts) {
  change([&] { load_W_ = watts; });
}

void FakeBench::set_own_load(std::size_t slot, double watts) {
  change([&] { own_load_W_.at(slot) = watts; });
}

void FakeBench::set_selector(std::size_t slot, bool closed) {
  FakeSlot& s = slots.at(slot);
  if (s.selector_unreadable)
    throw Fault("relay.silent", Blame::instrument, "The board does not answer.", "Look at it.");
  if (s.selector_stuck || s.selector_unwilling || s.selector == closed) return;
  if (load_W_ > 0 && live(slot)) ++moved_under_load_;
  change([&] { s.selector = closed; });
}

double FakeBench::load_W(std::size_t slot) const {
  if (own_loads) return own_load_W_.at(slot);
  return on_load(slot) ? load_W_ : 0;
}

bool FakeBench::on_load(std::size_t slot) const {
  return live(slot) && (!has_selectors || slots.at(slot).selector);
}

void FakeBench::open_guard(std::size_t slot, bool open) {
  change([&] {
    FakeSlot& s = slots.at(slot);
    s.guard_closed = !open;
    if (open) {
      s.guard_open_since = clock_.now();
    } else {
      s.guard_open_since.reset();
    }
  });
}

void FakeBench::change(const std::function<void()>& change_it) {
  look();
  change_it();
  look();
}

void FakeBench::look() {
  const Instant now = clock_.now();
  int on_one_load = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const FakeSlot& s = slots[i];
    if (was_live_[i] && !live(i)) last_off_ = now;
    was_live_[i] = live(i);
    if (!live(i)) continue;
    on_one_load += static_cast<int>(on_load(i) && !own_loads);
    if (s.contacts == ContactsKind::two_position && touching(i))
      deadly_.push_back(fmt::format("{}: mains on the touching contacts", s.name));
    if (s.lines_driven) deadly_.push_back(fmt::format("{}: lines driven on a live slot", s.name));
    if (s.guard_open_since && now - *s.guard_open_since > kGuardLimit)
      deadly_.push_back(fmt::format("{}: live with the guard open", s.name));
    const double amperes = load_W(i) / 230;
    if (amperes > std::min({relay_rating_A, wiring_rating_A, bank_rating_A}))
      deadly_.push_back(fmt::format("{}: {} A", s.name, amperes));
  }
  if (on_one_load > 1 && path == LoadPath::multiplexed)
    deadly_.emplace_back("two slots on one load");
}

MainsHardware FakeBench::hardware() {
  MainsHardware made;
  made.path = path;
  made.hardwired_interlock = hardwired;
  if (has_contactor) {
    made.contactor = std::make_unique<Switch>(
        *this, [this](bool on) { set_contactor(on); }, [this] { return contactor_; });
  }
  if (has_contactor && has_auxiliary) {
    made.contactor_auxiliary = std::make_unique<Reading>(
        *this, "contactor auxiliary", [this] { return contactor_; }, [] { return InputIs::fine; });
  }
  if (!own_loads) made.load = std::make_unique<Bank>(*this, [this](double w) { set_load(w); });
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const FakeSlot& truth = slots[i];
    const auto input = [&](const char* name, InputIs FakeSlot::*mood,
                           std::function<bool()> seen) -> std::unique_ptr<SafetyInput> {
      if (truth.*mood == InputIs::not_fitted) return nullptr;
      return std::make_unique<Reading>(*this, name, std::move(seen),
                                       [this, i, mood] { return slots[i].*mood; });
    };
    SlotMains part;
    part.slot = truth.name;
    part.contacts = truth.contacts;
    part.mains = std::make_unique<Switch>(
        *this, [this, i](bool on) { set_relay(i, on); }, [this, i] { return slots[i].coil; },
        [this, i] { return !slots[i].unwilling; });
    part.sense = input("mains sense", &FakeSlot::sense_input, [this, i] { return live(i); });
    part.guard =
        input("guard", &FakeSlot::guard_input, [this, i] { return slots[i].guard_closed; });
    part.contacts_withdrawn =
        input("contacts withdrawn", &FakeSlot::contacts_input, [this, i] { return !touching(i); });
    part.relay_rating_A = relay_rating_A;
    part.wiring_rating_A = wiring_rating_A;
    part.reference_shows_slot_voltage = meter_shows_slot;
    part.reference = own_loads ? &meter(i) : &meter();
    if (own_loads) {
      part.load = std::make_unique<Bank>(*this, [this, i](double w) { set_own_load(i, w); });
    }
    if (has_selectors) {
      part.selector = std::make_unique<Switch>(
          *this, [this, i](bool on) { set_selector(i, on); },
          [this, i] { return reads_selector(slots[i]); },
          [this, i] { return !slots[i].selector_unwilling; });
    }
    made.slots.push_back(std::move(part));
  }
  return made;
}

PowerMeter& FakeBench::meter() {
  if (meter_) return *meter_;
  meter_ = std::make_shared<Meter>(*this, "reference", [this] {
    std::pair<double, double> seen{0.4, 0};
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (has_selectors ? on_load(i) : live(0)) seen = {230.0, load_W(i)};
    }
    return seen;
  });
  return *meter_;
}

PowerMeter& FakeBench::meter(std::size_t slot) {
  auto& meter = own_meters_[slot];
  if (!meter) {
    meter = std::make_shared<Meter>(*this, "meter of " + slots.at(slot).name, [this, slot] {
      return std::pair{live(slot) ? 230.0 : 0.4, live(slot) ? load_W(slot) : 0.0};
    });
  }
  return *meter;
}

void FakePerson::confirm(const OperatorPrompt& prompt, const Deadline& deadline) {
  (void)prompt;
  (void)deadline;
  ++asked;
  if (!says_yes) throw Fault("operator.refused", Blame::operator_, "The person said no.", "Ask.");
  if (does) does();
}

std::string fault_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Fault& fault) {
    return fault.id();
  } catch (const Stopped&) {
    return "stopped";
  } catch (...) {
    return "other";
  }
  return "none";
}

}  // namespace plugrig::test
