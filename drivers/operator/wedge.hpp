#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "drivers/api/scan.hpp"
#include "rig/core/clock.hpp"

namespace plugrig::person {

/// How a keyboard wedge is told from a person. Scanners that act as keyboards send a character
/// every 1 to 20 ms and end with Enter or Tab; a person needs 60 ms and more.
struct WedgeOptions {
  /// Longest pause inside a burst, and how long a key waits until it is known to be one.
  Duration gap = std::chrono::milliseconds{30};
  std::size_t min_length = 4;    ///< shorter bursts are no scan
  std::size_t max_length = 128;  ///< longer ones neither
  /// A burst that begins so soon after a key, or after a burst that was cut, may be the rest of
  /// something: it is not believed.
  Duration distrust = std::chrono::milliseconds{300};
};

/// One key that a person pressed: an ASCII character; Enter is '\n' whatever the keyboard sends.
struct Key {
  char character = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

/// Characters that came too fast for a person and are no scan: cut, too short, too long, with
/// characters that no label has. The person is to scan again; nothing else may follow from it.
struct BrokenScan {
  std::string text;  ///< what came, printable
  std::string why;   ///< one sentence
  friend bool operator==(const BrokenScan&, const BrokenScan&) = default;
};

using WedgeEvent = std::variant<Scan, Key, BrokenScan>;

/// Tells the bursts of a scanner that acts as a keyboard from the keys of a person. Pure:
/// characters and the time in, events out; no thread, no wait. A burst never becomes keys, whatever
/// happens to it: the label of a unit must not stop a bench. Sequences of cursor keys are dropped.
///
/// A person who has no scanner types a serial between `begin_entry` and Enter; Backspace takes a
/// character back, Escape gives up. A scan that comes meanwhile counts, and ends the entry.
class Wedge {
 public:
  explicit Wedge(const WedgeOptions& options = {});

  /// Characters that were read at `at`, which never goes back.
  std::vector<WedgeEvent> take(std::string_view characters, Instant at);
  /// Nothing more came until `now`.
  std::vector<WedgeEvent> pass(Instant now);
  /// When `pass` has something to say, if nothing comes before; empty: not before the next `take`.
  [[nodiscard]] std::optional<Instant> due() const;

  void begin_entry();
  void cancel_entry();
  [[nodiscard]] bool entering() const { return entering_; }
  /// What was typed so far, to be shown.
  [[nodiscard]] const std::string& entry() const { return entry_; }

 private:
  using Events = std::vector<WedgeEvent>;
  void take_one(char character, Instant at, Events& events);
  void end_burst(Instant at, Events& events);
  void settle(Events& events);
  void edit(char character, Events& events);
  void broken(std::string why, Instant at, Events& events);
  void forget();

  WedgeOptions options_;
  std::string burst_;     ///< came within `gap` of each other, not yet known to be what
  bool junk_ = false;     ///< `burst_` held what no label holds
  bool doubted_ = false;  ///< `burst_` began too soon after something else
  Instant last_{};        ///< of the newest character
  std::optional<Instant> trusted_from_;
  bool after_return_ = false;  ///< the '\r' before ended something: its '\n' means nothing
  bool entering_ = false;
  std::string entry_;
};

}  // namespace plugrig::person
