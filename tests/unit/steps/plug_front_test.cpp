#include <deque>

#include "tests/unit/steps/plug_bench.hpp"

namespace plugrig::steps {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A plug with a button, a LED and a console, as the firmware's own settings make them.
class FrontPlug final : public PlugConsole, public ControlLines, public PlugLed {
 public:
  explicit FrontPlug(Clock& clock) : clock_(clock) {}

  // What it does wrong, or otherwise.
  Duration acts_after = milliseconds{500};  ///< from press to effect
  Duration led_after = milliseconds{120};   ///< from the relay's change
  int misses_every = 0, doubles_every = 0;  ///< presses; 0 = none
  bool holds = true;                        ///< tells a hold
  bool toggles_on_hold = false;
  bool inverted = false;
  std::optional<Duration> blinks_after;  ///< the LED goes out again so long after it was lit
  bool fails_after_press = false;        ///< the console is lost while the button is down
  std::string tenths = "40";

  // What was seen.
  bool down = false, detached = false;
  int presses = 0;
  Duration longest{};
  std::vector<std::string> received;

  json command(std::string_view name, std::string_view argument,
               const Deadline& deadline) override {
    clock_.sleep_for(milliseconds{30}, deadline);
    follow();
    lines_.clear();
    received.push_back(std::string(name) + " " + std::string(argument));
    if (name == "Status") return {{"StatusPRM", {{"UptimeSec", 60}, {"Uptime", "0T00:01:00"}}}};
    if (name == "SetOption73") {
      if (!argument.empty()) detached = argument == "1";
      return {{"SetOption73", detached ? "ON" : "OFF"}};
    }
    if (name == "SetOption32") return json::parse(R"({"SetOption32":)" + tenths + "}");
    if (!argument.empty()) switch_relay(argument == "ON", clock_.now());
    return {{"POWER", relay_ ? "ON" : "OFF"}};
  }
  [[nodiscard]] std::string_view transport() const override { return "serial"; }
  [[nodiscard]] std::string transcript() const override { return "< transcript"; }
  std::optional<std::string> wait_line(const std::vector<std::string>& parts,
                                       const Deadline& deadline) override {
    if (fails_after_press && down)
      throw Fault("ftdi.lost", Blame::host, "The adapter is gone.", "Plug it in.");
    for (;;) {
      follow();
      while (!lines_.empty()) {
        const auto line = lines_.front();
        lines_.pop_front();
        for (const auto& part : parts)
          if (line.find(part) != std::string::npos) return line;
      }
      if (clock_.now() >= deadline.at) return std::nullopt;
      clock_.sleep_until(deadline.no_later_than(clock_.now() + milliseconds{1}));
    }
  }
  void restart() override {}

  [[nodiscard]] bool offers(Signal signal) const override { return signal == Signal::button; }
  void set(std::span<const LineChange> changes) override {
    for (const auto& [signal, asserted] : changes) {
      EXPECT_EQ(signal, Signal::button);
      if (asserted && !down) press();
      if (!asserted && down) longest = std::max(longest, clock_.now() - pressed_);
      if (!asserted && down && hold_told_) events_.clear();
      down = asserted;
    }
  }
  bool lit(const Deadline& deadline) override {
    clock_.sleep_for(milliseconds{1}, deadline);
    follow();
    bool on = clock_.now() - changed_ >= led_after ? relay_ : !relay_;
    if (on && blinks_after && clock_.now() - changed_ > led_after + *blinks_after) on = false;
    return on != inverted;
  }

 private:
  struct Event {
    Instant at;
    std::string effect;
  };
  void press() {
    ++presses;
    pressed_ = clock_.now();
    hold_told_ = false;
    const auto every = [&](int n) { return n > 0 && presses % n == 0; };
    if (every(misses_every)) return;
    if (!detached) events_.push_back({pressed_ + acts_after, "toggle"});
    if (!detached && every(doubles_every))
      events_.push_back({pressed_ + acts_after + milliseconds{400}, "toggle"});
    if (detached && holds) events_.push_back({pressed_ + seconds{4}, "hold"});
    if (detached && toggles_on_hold) events_.push_back({pressed_ + seconds{4}, "toggle"});
  }
  void follow() {
    while (!events_.empty() && events_.front().at <= clock_.now()) {
      const Event event = events_.front();
      events_.pop_front();
      if (event.effect == "toggle") {
        switch_relay(!relay_, event.at);
        lines_.emplace_back(R"(00:00:09.000 RSL: RESULT = {"POWER":"?"})");
        lines_.emplace_back("00:00:09.000 RSL: POWER = ?");
      } else {
        lines_.emplace_back(R"(00:00:09.000 RSL: RESULT = {"Button1":{"Action":"HOLD"}})");
      }
    }
  }
  void switch_relay(bool on, Instant at) {
    if (on == relay_) return;
    relay_ = on;
    changed_ = at;
  }

  Clock& clock_;
  bool relay_ = false, hold_told_ = false;
  Instant changed_{}, pressed_{};
  std::deque<Event> events_;
  std::deque<std::string> lines_;
};

class PlugFront : public PlugBench {
 protected:
  std::string run_front(const std::string& step, const std::string& params = "",
                        bool with_lines = true) {
    last = context_for(step, params);
    last->devices().console = &front;
    if (with_lines) {
      last->devices().lines = &front;
      last->devices().led = &front;
    }
    try {
      registry_.find(step)->run(*last);
    } catch (const Fault& fault) {
      last_fault = fault;
      return fault.id() + "/" + std::string(to_string(fault.blame()));
    }
    return {};
  }
  double value(std::string_view id) {
    for (const auto& measurement : last->measurements)
      if (measurement.id == id) return measurement.value;
    ADD_FAILURE() << "no measurement " << id;
    return -1;
  }

  FrontPlug front{clock()};

 private:
  StepRegistry registry_ = make_registry();
};

TEST_F(PlugFront, TimesShortPresses) {
  EXPECT_EQ(run_front("plug.button", "{count: 4}"), "");
  EXPECT_EQ(front.presses, 4);
  EXPECT_NEAR(value("button.latency"), 500, 2);
  EXPECT_NEAR(value("button.latency_worst"), 500, 2);
  EXPECT_EQ(value("button.missed"), 0);
  EXPECT_EQ(value("button.doubled"), 0);
  EXPECT_EQ(front.longest, milliseconds{150});
}

TEST_F(PlugFront, AnAnswerWhileTheButtonIsDownIsTimedAsWell) {
  front.acts_after = milliseconds{60};
  EXPECT_EQ(run_front("plug.button", "{count: 3, for: 400 ms}"), "");
  EXPECT_NEAR(value("button.latency"), 60, 2);
  EXPECT_EQ(front.longest, milliseconds{400}) << "the press is a whole one";
}

TEST_F(PlugFront, CountsMissedAndDoubledPresses) {
  front.misses_every = 5;
  front.doubles_every = 4;
  EXPECT_EQ(run_front("plug.button", "{count: 10}"), "");
  EXPECT_EQ(value("button.missed"), 2);
  EXPECT_EQ(value("button.doubled"), 2);
}

TEST_F(PlugFront, ADeadButtonIsTheUnits) {
  front.misses_every = 1;
  EXPECT_EQ(run_front("plug.button", "{count: 3}"), "plug.button/unit");
  EXPECT_EQ(value("button.missed"), 3);
  for (const auto& measurement : last->measurements)
    EXPECT_FALSE(measurement.id.starts_with("button.latency")) << "not measured is not 0";
}

TEST_F(PlugFront, LongPressesLastUntilTheyAreTold) {
  EXPECT_EQ(run_front("plug.button", "{press: long, count: 2}"), "");
  EXPECT_NEAR(value("button.hold_time"), 4000, 2);
  EXPECT_EQ(value("button.missed"), 0);
  EXPECT_EQ(value("button.doubled"), 0);
  EXPECT_LT(front.longest, milliseconds{4050});
  EXPECT_FALSE(front.detached) << "the setting is as it was";
}

TEST_F(PlugFront, AHoldThatIsNotToldNeverLastsUntilTheReset) {
  front.holds = false;
  EXPECT_EQ(run_front("plug.button", "{press: long, count: 2}"), "plug.button/unit");
  EXPECT_LE(front.longest, milliseconds{6100});
  front.tenths = "1";  // reset after one second
  front.longest = {};
  EXPECT_EQ(run_front("plug.button", "{press: long, count: 1}"), "plug.button/unit");
  EXPECT_LE(front.longest, milliseconds{510});
  EXPECT_FALSE(front.detached);
}

TEST_F(PlugFront, AHoldThatSwitchesAsWellIsCounted) {
  front.toggles_on_hold = true;
  EXPECT_EQ(run_front("plug.button", "{press: long, count: 2}"), "");
  EXPECT_EQ(value("button.doubled"), 2);
}

TEST_F(PlugFront, APlugWithoutHoldTimeIsNotHeld) {
  front.tenths = "0";
  EXPECT_EQ(run_front("plug.button", "{press: long, count: 1}"), "plug.button.hold/unit");
  EXPECT_EQ(front.presses, 0);
}

TEST_F(PlugFront, WhateverEndsThePressLetsGo) {
  front.fails_after_press = true;
  for (const auto* params : {"{count: 1}", "{press: long, count: 1}"}) {
    EXPECT_EQ(run_front("plug.button", params), "ftdi.lost/host");
    EXPECT_FALSE(front.down);
    EXPECT_FALSE(front.detached);
  }
  EXPECT_EQ(front.presses, 2);
}

TEST_F(PlugFront, TheLedIsTimedFromTheCommand) {
  EXPECT_EQ(run_front("plug.led", "{count: 6}"), "");
  EXPECT_NEAR(value("led.latency"), 150, 4);
  EXPECT_NEAR(value("led.latency_worst"), 150, 4);
  EXPECT_EQ(value("led.wrong"), 0);
}

TEST_F(PlugFront, ALedThatDoesNotStayIsWrong) {
  front.blinks_after = milliseconds{600};
  EXPECT_EQ(run_front("plug.led", "{count: 6}"), "");
  EXPECT_EQ(value("led.wrong"), 3) << "those that light it";
}

TEST_F(PlugFront, AnInvertedLedIsTheUnits) {
  front.inverted = true;
  EXPECT_EQ(run_front("plug.led", "{count: 4}"), "plug.led/unit");
  EXPECT_EQ(value("led.wrong"), 4);
}

TEST_F(PlugFront, WithoutTheLinesNothingIsTried) {
  EXPECT_EQ(run_front("plug.button", "", false), "slot.no_line/config");
  EXPECT_EQ(run_front("plug.led", "", false), "slot.no_line/config");
  for (const auto& command : front.received) EXPECT_TRUE(command.starts_with("Status")) << command;
}

}  // namespace
}  // namespace plugrig::steps
