#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "drivers/api/relay_board.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::load::test {

/// A board in memory: relays with timers of their own, some of them broken.
class FakeBoard final : public RelayBoard {
 public:
  explicit FakeBoard(Clock& clock, int relays = 12)
      : clock_(clock), until_(static_cast<std::size_t>(relays), Instant{}) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] int relays() const override { return static_cast<int>(until_.size()); }
  [[nodiscard]] int inputs() const override { return 0; }
  [[nodiscard]] bool mains_rated() const override { return rated; }
  [[nodiscard]] double contact_rating_A() const override { return contact; }
  [[nodiscard]] bool has_timed_on() const override { return longest > Duration::zero(); }
  [[nodiscard]] Duration longest_timed_on() const override { return longest; }

  void set(int relay, bool on, const Deadline& /*deadline*/) override {
    commands.emplace_back(on ? relay : -relay);
    if (before_command) before_command(relay, on);
    if (dead.contains(relay)) throw Fault("relay.timeout", Blame::instrument, "Silent.", "Check.");
    at(relay) = on ? Instant::max() : Instant{};
  }
  void timed_on(int relay, Duration time, const Deadline& /*deadline*/) override {
    commands.emplace_back(relay);
    if (dead.contains(relay)) throw Fault("relay.timeout", Blame::instrument, "Silent.", "Check.");
    at(relay) = clock_.now() + time;
  }
  bool reads_on(int relay, const Deadline& /*deadline*/) override { return is_on(relay); }
  void all_off(const Deadline& /*deadline*/) override {
    throw Fault("test", Blame::software, "A load bank must leave the board's other relays alone.",
                "");
  }
  bool input_closed(int /*input*/, const Deadline& /*deadline*/) override { return false; }

  [[nodiscard]] bool is_on(int relay) { return at(relay) > clock_.now(); }

  std::vector<int> commands;  ///< relay number, negative = off
  std::set<int> dead;
  bool rated = true;
  double contact = 10;
  Duration longest{};
  std::function<void(int relay, bool on)> before_command;

 private:
  Instant& at(int relay) { return until_.at(static_cast<std::size_t>(relay - 1)); }

  Clock& clock_;
  const std::string name_ = "board2";
  std::vector<Instant> until_;
};

}  // namespace plugrig::load::test
