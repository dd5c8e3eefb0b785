#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/core/fault.hpp"
#include "rig/engine/check_digit.hpp"
#include "rig/record/recorder.hpp"

namespace plugrig {

/// What happens to a serial that was tested before.
enum class SeenBefore : std::uint8_t {
  allow_retest,  ///< on the same plug it may be tested again
  refuse,        ///< one test, one serial
};

/// What the serials of a product look like, and where they come from.
struct SerialRules {
  enum class Source : std::uint8_t {
    not_stated,  ///< any printable text is a serial
    scan,        ///< by the rules below
    mac,         ///< the MAC is the serial; nothing is scanned
  };
  Source source = Source::not_stated;
  /// See `serial_pattern.hpp`; the check digit guards its group, without one the whole serial.
  std::string pattern;
  CheckDigit check_digit = CheckDigit::none;
  /// First and last serial, without check characters; of one length, compared as text. Both empty:
  /// no range.
  std::string first, last;
  SeenBefore seen_before = SeenBefore::allow_retest;
  std::string example;  ///< shown to a person whose scan was refused; may be empty
};

/// "AA:BB:CC:DD:EE:FF" in any writing as the serial "AABBCCDDEEFF"; empty when `text` is no MAC.
std::optional<std::string> serial_of_mac(std::string_view text);

/// What is wrong with a serial, by itself; empty when it is right. Faults, all of them of the
/// operator: `serial.text`, `serial.pattern`, `serial.check_digit`, `serial.range`,
/// `serial.not_a_mac`.
std::optional<Fault> serial_fault(const SerialRules& rules, std::string_view serial);

/// The unit that is to be bound.
struct Binding {
  std::string serial;
  std::string mac;
  std::string sequence;
  std::string run_id;
};

/// What earlier records have against it; empty when nothing. `serial.bound_elsewhere` (operator):
/// the serial belongs to another MAC, or the MAC has another serial. `serial.seen_before`
/// (operator): the rules refuse a second test, and another run of the same sequence gave a PASS or
/// a FAIL; a rig fault or a stop is no test.
std::optional<Fault> binding_fault(const SerialRules& rules, const Binding& binding,
                                   const std::vector<SeenUnit>& seen);

}  // namespace plugrig
