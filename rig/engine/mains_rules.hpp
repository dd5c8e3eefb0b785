#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/api/mains_hardware.hpp"
#include "rig/core/fault.hpp"

/// The rules of the mains gate (design §7.1, §7.3) as pure functions of what is known of the bench:
/// no hardware, no thread, no clock. Every rule is one named row of a table.
namespace plugrig::mains {

/// An input's reading counts for so long.
inline constexpr Duration kMaxInputAge = std::chrono::milliseconds{200};
/// That of a thermostat counts for longer: metal warms up over many seconds.
inline constexpr Duration kMaxCoolAge = std::chrono::seconds{2};
/// A meter that reads this or more shows voltage.
inline constexpr double kDead_V = 10;
/// A step that has not ended so long after its time is taken to hang.
inline constexpr Duration kOverrun = std::chrono::seconds{1};

/// What is known of one safety input.
struct Input {
  bool fitted = false;    ///< the slot has it
  bool watched = true;    ///< false: a person looks when asked, and the age does not count
  bool answered = false;  ///< the last reading gave a value
  bool closed = false;    ///< that value
  Instant at{};           ///< begin of the last reading that gave a value
};

/// What is known of the relay that connects a slot to the shared meter and load.
struct Selector {
  bool fitted = false;
  bool asked = false;          ///< to close, and not seen to be open since
  std::optional<bool> closed;  ///< as it read back last; empty = it could not be read

  [[nodiscard]] bool is_open() const { return !asked && closed == std::optional(false); }
};

/// What is known of one load bank.
struct Bank {
  bool by_hand = false;
  double load_W = 0;              ///< that may be on, by name plate
  Instant ends = Instant::max();  ///< when its relays go off by themselves unless they are renewed
};

/// What a meter showed when it was read last, behind the last change of what it sees.
struct Seen {
  std::string name;
  bool by_hand = false;
  std::optional<double> voltage_V, current_A, power_W;
};

/// What is known of one slot.
struct Slot {
  std::string name;
  bool has_switch = false;
  bool stage_allows = false;  ///< its stage says `mains: on`
  bool port_open = false;     ///< 3.3 V, UART or lines may be driven: a low-voltage lease is out
  ContactsKind contacts = ContactsKind::none;
  Input contacts_withdrawn, guard, sense;
  bool live = false;        ///< from before the relay is asked to close until off is proven
  bool off_proven = false;  ///< and nothing was switched since
  bool locked = false;      ///< off could not be confirmed; waits for a person
  bool shares_load =
      false;               ///< its load, or its meter, is that of other slots that may not be live
  bool by_turns = false;   ///< the same, and it has a turn at them while others may be live
  bool leased = false;     ///< a step has reference and load
  bool loaded = false;     ///< a load was asked for, and not switched off since
  bool together = false;   ///< in a round of the chain: others of it may be live
  bool measuring = false;  ///< the round is built: it has the load with others, by load points
  bool leaving = false;    ///< being switched off within a round, and not proven off since
  std::optional<std::uint64_t>
      point;  ///< has a load point; how often the chain had changed by then
  Selector selector;
  std::optional<std::size_t> bank, meter;  ///< of the state's; empty = it has none
  Input load_cool;                         ///< thermostat of its load
  Instant ends = Instant::max();  ///< when its relays go off by themselves unless they are renewed
  double relay_rating_A = 0, wiring_rating_A = 0;
  double plug_rated_A = 0, plug_rated_W = 0;  ///< 0 = not stated
  double bank_rating_A = 0;
  Instant step_ends = Instant::max();
  Instant load_due = Instant::max();   ///< a resistor of the load must be off again by then
  Instant lease_due = Instant::max();  ///< reference and load must be given back by then
};

/// What is known of the bench.
struct State {
  Instant now{};
  bool hardwired_interlock = false;
  bool attended = false;
  bool watched = false;  ///< a watch runs
  bool chained = false;  ///< one slot behind the other: a live one makes others show voltage
  double nominal_V = 230;
  Input emergency_stop;
  Instant contactor_ends = Instant::max();
  bool has_dead_man = false;
  Instant dead_man_ends{};        ///< it switches off then unless it is told before
  std::string timers_not_proven;  ///< what the proof of the timed ons found wrong; empty = nothing
  std::vector<Bank> banks;
  std::vector<Seen> meters;
  std::vector<Slot> slots;
};

enum class Ask : std::uint8_t {
  energise,     ///< mains on
  connect,      ///< shared meter and load to this slot
  load,         ///< a load behind the live plug
  stay_live,    ///< asked by the watch, again and again
  low_voltage,  ///< 3.3 V, UART, lines
};

struct Request {
  Ask ask = Ask::energise;
  std::size_t slot = 0;
  double load_A = 0, load_W = 0;  ///< for `load`, by name plate
};

/// One rule. `breaks` says what is wrong (a sentence), or nothing.
struct Check {
  std::string_view name;
  std::string_view fault_id;
  Blame blame = Blame::software;
  std::string_view next;
  std::vector<Ask> asked;  ///< of which requests
  std::function<std::optional<std::string>(const State&, const Slot&, const Request&)> breaks;
  /// A live slot that breaks it: the contactor opens first, for everybody.
  bool contactor_first = false;
};

/// All rules, in the order in which they are asked.
const std::vector<Check>& checks();

/// Whether a live slot with this fault is switched off at the contactor first.
bool contactor_first(std::string_view fault_id);

/// The first rule that the request would break, as the fault to throw.
std::optional<Fault> refusal(const State& state, const Request& request);

/// What was seen after switching off. Empty = could not be read, or is not there.
struct OffEvidence {
  std::string slot;
  bool has_switch = false;
  std::optional<bool> relay_on;    ///< read back
  bool unplugged_by_hand = false;  ///< a person confirmed it
  bool has_sense = false;
  std::optional<bool> sense_closed;
  bool contactor_off = false;            ///< it was asked to open
  std::optional<bool> auxiliary_closed;  ///< of the contactor
  std::optional<double> meter_V;         ///< of a meter that shows the slot's voltage
};

/// One way in which off can be not proven.
struct OffCheck {
  std::string_view name;
  std::function<std::optional<std::string>(const OffEvidence&)> doubt;
};
const std::vector<OffCheck>& off_checks();

/// `safety.relay_welded` where the relay reads open and there is voltage behind it; else
/// `safety.off_not_confirmed`.
std::string off_fault_id(const OffEvidence& evidence);

/// Why off is not proven, one sentence each; empty = proven.
std::vector<std::string> off_doubts(const OffEvidence& evidence);

}  // namespace plugrig::mains
