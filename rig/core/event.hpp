#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rig/core/clock.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {

/// Severity order of design: the worst child wins, a fail is never overwritten.
enum class Verdict : std::uint8_t { not_run, pass, inconclusive, fail, aborted, error };

/// "not_run", "pass", …
std::string_view to_string(Verdict verdict);
/// What people see: PASS, FAIL, RIG FAULT, STOPPED, INCONCLUSIVE, NOT RUN.
std::string_view to_display(Verdict verdict);

namespace event {

struct RunStarted {
  std::string run_id;
  std::string sequence;
  std::string bench;
  std::string software;
  std::vector<std::string> slots = {};  ///< that take part, in their order; may be empty
  int units = 0;                        ///< that are to be run in all slots; 0 = not said
};
/// A slot is free and waits for a person.
struct SlotWaits {
  std::string next;  ///< "Load a unit and close the guard."
};
struct SlotStarted {
  std::string unit_id;  ///< record id of the unit's run, unique in the store
};
struct StageStarted {
  std::string stage;
};
struct StepStarted {
  std::string step;
  int attempt = 1;
  int attempts = 1;
};
struct StepProgress {
  std::string step;
  std::string phase;
  std::uint32_t address = 0;
  std::uint32_t done = 0;
  std::uint32_t total = 0;     ///< 0 = unknown
  std::string unit = "bytes";  ///< of done and total; other things than bytes have no address
};
struct StepSaid {
  std::string step;
  std::string text;
};
struct UnitFact {
  std::string name;  ///< "mac", "chip", …
  std::string value;
};
struct Measured {
  std::string id;
  double value = 0;
  std::string unit;
  Verdict verdict = Verdict::pass;
  std::optional<double> low = {};  ///< of the limits; empty = no limit on this side
  std::optional<double> high = {};
  std::string condition = {};  ///< "230 V, 1 kW", or empty
};
/// End of one attempt. `fault` parts are empty when it passed.
struct StepEnded {
  std::string step;
  int attempt = 1;
  Verdict verdict = Verdict::not_run;
  bool will_retry = false;
  std::string fault_id;
  std::string blame;
  std::string happened;
  std::string next;
  Duration took{};
};
struct UnitEnded {
  std::string unit_id;
  Verdict verdict = Verdict::not_run;
  bool first_pass = false;
  bool recorded = false;  ///< false: the screen must say NOT RECORDED
  std::string fault_id;
  std::string blame;
  std::string happened;
  std::string next;
};
/// A slot waits for something that another slot has.
struct LeaseWaits {
  std::string resource;  ///< "load path", "reference"
  std::string holder;    ///< slot that has it
  std::string purpose;   ///< what that slot does with it
};
struct LeaseTaken {
  std::string resource;
  std::string purpose;
  Duration waited{};
};
struct LeaseGiven {
  std::string resource;
  std::string purpose;
  Duration held{};
  Duration settling{};
  Duration sampling{};
};
struct RunEnded {
  int passed = 0;
  int failed = 0;
  int other = 0;
};

using Body = std::variant<RunStarted, SlotStarted, StageStarted, StepStarted, StepProgress,
                          StepSaid, UnitFact, Measured, StepEnded, UnitEnded, LeaseWaits,
                          LeaseTaken, LeaseGiven, SlotWaits, RunEnded>;

}  // namespace event

/// One thing that happened. The same events feed the screen, `--json` and the store.
struct Event {
  Instant at{};
  UtcTime utc{};
  std::string slot;  ///< empty for the run itself
  event::Body body;
};

/// One line of JSON without line feed, keys in a fixed order; `t` in seconds with six decimals.
std::string to_json(const Event& event);

/// Takes events from several slot threads; implementations lock for themselves and must not throw.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) noexcept = 0;
};

}  // namespace plugrig
