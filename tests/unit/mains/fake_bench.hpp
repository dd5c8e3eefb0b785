#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/engine/mains_gate.hpp"

namespace plugrig::test {

using namespace std::chrono_literals;

/// What an input does when it is read.
enum class InputIs : std::uint8_t { fine, unreadable, slow, not_fitted, nonsense };

/// The truth of one slot, which the gate never sees.
struct FakeSlot {
  std::string name;
  ContactsKind contacts = ContactsKind::two_position;
  bool withdrawn = true;
  Instant way_back_ends{};  ///< until then the contacts touch, withdrawn or not
  bool guard_closed = true;
  std::optional<Instant> guard_open_since;
  bool lines_driven = false;
  bool coil = false;                 ///< what the board reads back
  bool contact = false;              ///< what the mains sees
  bool welded = false;               ///< the contact never opens, and the board does not know
  bool stuck = false;                ///< the coil never changes, and the board reads that back
  bool unwilling = false;            ///< as stuck, and the driver believes that it worked
  bool fuse_blown = false;           ///< the relay closes and nothing comes
  bool selector = false;             ///< connects the shared load and meter; reads back as it is
  bool selector_stuck = false;       ///< never moves any more
  bool selector_unwilling = false;   ///< as stuck, and the driver believes that it worked
  bool selector_unreadable = false;  ///< its board answers no request
  InputIs guard_input = InputIs::fine;
  InputIs contacts_input = InputIs::fine;
  InputIs sense_input = InputIs::fine;
};

/// A bench of relays, inputs, meter and load that knows when something deadly has happened. Every
/// call of its hardware takes time on the clock, has a number, and may be made to fail.
class FakeBench {
 public:
  explicit FakeBench(Clock& clock, int slots = 1);

  // What the test sets before `hardware`.
  LoadPath path = LoadPath::multiplexed;
  bool hardwired = true;
  bool has_contactor = true;
  bool has_auxiliary = true;
  bool has_selectors = false;
  bool own_loads = false;  ///< each slot a load bank and a meter of its own
  double relay_rating_A = 16, wiring_rating_A = 16, bank_rating_A = 16;
  bool meter_shows_slot = false;
  std::vector<FakeSlot> slots;

  // What the test sets at any time.
  Duration call_time = 5ms;
  Duration slow_input_time = 300ms;
  int fail_at = 0;                  ///< this call throws
  int lost_from = 0;                ///< this call and all behind it throw
  std::function<void()> fail_with;  ///< throws
  bool contactor_welded = false;
  std::optional<Instant> load_due;  ///< for the duty of a resistor; empty = never
  std::optional<double> meter_V;    ///< what the meter shows instead of the truth

  /// The mains side of this bench; the bench outlives it.
  MainsHardware hardware();

  [[nodiscard]] bool live(std::size_t slot = 0) const;
  [[nodiscard]] bool touching(std::size_t slot = 0) const;
  /// Behind all slots, where it is shared.
  [[nodiscard]] double load_W() const { return load_W_; }
  /// That the slot feeds: what is on the shared load, by its selector, or its own.
  [[nodiscard]] double load_W(std::size_t slot) const;
  /// The slot is live and connected to the shared load.
  [[nodiscard]] bool on_load(std::size_t slot) const;
  /// How often a selector has moved with a load on and its slot live.
  [[nodiscard]] int moved_under_load() const { return moved_under_load_; }
  [[nodiscard]] int calls() const { return calls_; }
  /// Virtual time of the last change from live to dead.
  [[nodiscard]] Instant last_off() const { return last_off_; }
  /// What must never happen, one line each time that it did.
  [[nodiscard]] const std::vector<std::string>& deadly() const { return deadly_; }
  /// Changes the truth, and looks whether that is deadly.
  void change(const std::function<void()>& change_it);
  void open_guard(std::size_t slot, bool open);

  /// One call of the hardware: takes its time, has its number.
  void call(const Deadline& deadline);
  void set_relay(std::size_t slot, bool on);
  void set_contactor(bool on);
  void set_load(double watts);
  void set_own_load(std::size_t slot, double watts);
  void set_selector(std::size_t slot, bool closed);
  [[nodiscard]] bool contactor() const { return contactor_; }
  Clock& clock() { return clock_; }
  PowerMeter& meter();
  /// The meter of this slot, where each has its own.
  PowerMeter& meter(std::size_t slot);

 private:
  void look();

  Clock& clock_;
  int calls_ = 0;
  bool contactor_ = false;
  double load_W_ = 0;
  Instant last_off_{};
  std::vector<bool> was_live_;
  int moved_under_load_ = 0;
  std::vector<double> own_load_W_;
  std::shared_ptr<PowerMeter> meter_;
  std::map<std::size_t, std::shared_ptr<PowerMeter>> own_meters_;
  std::vector<std::string> deadly_;
};

/// A person who says yes or no at once.
class FakePerson final : public Operator {
 public:
  bool says_yes = true;
  int asked = 0;
  std::function<void()> does;  ///< before saying yes

  void confirm(const OperatorPrompt& prompt, const Deadline& deadline) override;
  double value(const OperatorPrompt&, const Deadline&) override { return 0; }
};

/// Id of the fault that `body` throws; "none", "stopped" or "other".
std::string fault_of(const std::function<void()>& body);

}  // namespace plugrig::test
