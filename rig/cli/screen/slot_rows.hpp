#pragma once

#include <map>
#include <string>
#include <vector>

#include "rig/core/event.hpp"

namespace plugrig::cli {

/// What one slot shows: kept up to date from events, printed as one line. A pure value.
struct SlotRow {
  std::string slot;
  std::string mac;
  std::string step;
  std::string phase;
  std::uint32_t address = 0;
  std::uint32_t done = 0;
  std::uint32_t total = 0;
  std::string unit = "bytes";
  Instant phase_started{};
  std::uint32_t done_at_start = 0;
  Instant now{};
  std::string verdict;  ///< PASS, FAIL, … once the unit has ended
  std::string last;     ///< last thing said, or what happened
};

/// The rows of all slots, in order of their first event.
class SlotRows {
 public:
  /// Takes one event in; true when a row changed.
  bool apply(const Event& event);
  [[nodiscard]] const std::vector<SlotRow>& rows() const { return rows_; }

 private:
  SlotRow& row(const std::string& slot);
  std::vector<SlotRow> rows_;
};

/// One line of at most `columns` characters: slot, MAC, step, phase, address, bar, rate, time left.
///
///     F1  A4:CF:12:34:56:78  flash.write   writing 0x03C000 [#######·····] 38 %  81.2 KiB/s  5 s
///     left
std::string row_text(const SlotRow& row, int columns);

/// "81.2 KiB/s"; empty when nothing is known yet.
std::string rate_text(const SlotRow& row);

/// `text` cut to `columns` characters in the middle, with `…` there.
std::string shortened(const std::string& text, int columns);

}  // namespace plugrig::cli
