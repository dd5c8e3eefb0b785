#pragma once

#include <string>
#include <vector>

#include "rig/core/clock.hpp"

namespace plugrig {

/// All digital inputs of a board at one moment.
struct BoardInputs {
  std::vector<bool> closed;  ///< from input 1 on; true = current flows
  Instant asked{};           ///< they are not older than this
};

/// Relays and digital inputs on one device. Relay and input numbers count from 1, as printed on
/// boards. Callable from several threads (its bus takes one request at a time; switching off goes
/// before everything queued). Fault `relay.*` (instrument) when the board does not answer or reads
/// back other than written.
class RelayBoard {
 public:
  virtual ~RelayBoard() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual int relays() const = 0;
  [[nodiscard]] virtual int inputs() const = 0;
  /// A relay of this board may switch mains itself (creepage, contact rating); else it may drive a
  /// contactor coil only.
  [[nodiscard]] virtual bool mains_rated() const = 0;
  /// Largest current of one contact, for resistive loads.
  [[nodiscard]] virtual double contact_rating_A() const = 0;
  /// The board ends a timed on by itself.
  [[nodiscard]] virtual bool has_timed_on() const = 0;
  /// The longest that `timed_on` takes; zero on a board without.
  [[nodiscard]] virtual Duration longest_timed_on() const { return Duration::zero(); }
  /// The least time by which a timed on counts.
  [[nodiscard]] virtual Duration timed_on_step() const { return std::chrono::milliseconds{100}; }
  /// A timed on of a relay that is on already begins its time anew; else the board takes no notice
  /// of it. What a data sheet says, which start-up proves.
  [[nodiscard]] virtual bool timed_on_restarts() const { return has_timed_on(); }

  /// Writes, reads back and compares; Fault `relay.stuck` when they differ.
  virtual void set(int relay, bool on, const Deadline& deadline) = 0;
  /// On for `time` (steps of the board, rounded up), then off by the board itself. Fault
  /// `relay.no_timed_on` (config) on a board without.
  virtual void timed_on(int relay, Duration time, const Deadline& deadline) = 0;
  /// The same for a relay that is on, in as few requests as show that the board has heard it. As it
  /// stands here: `timed_on`.
  virtual void renew(int relay, Duration time, const Deadline& deadline) {
    timed_on(relay, time, deadline);
  }
  virtual bool reads_on(int relay, const Deadline& deadline) = 0;
  virtual void all_off(const Deadline& deadline) = 0;
  /// A digital input, asked for now; true = closed (current flows).
  virtual bool input_closed(int input, const Deadline& deadline) = 0;
  /// All digital inputs. Where somebody asked the board at `since` or later, what that showed, or
  /// its fault. As it stands here: one after the other, now.
  virtual BoardInputs inputs_since(Instant since, const Deadline& deadline) {
    BoardInputs all{.closed = {}, .asked = since};
    for (int input = 1; input <= inputs(); ++input)
      all.closed.push_back(input_closed(input, deadline));
    return all;
  }
};

}  // namespace plugrig
