#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plugrig::tasmota {

/// One line of the console (Tasmota notes §2), as far as it could be understood.
struct ConsoleLine {
  std::string text;      ///< the whole line, without its end
  bool stamped = false;  ///< had time stamp and tag
  std::optional<int> heap_kB;
  std::string tag;      ///< "RSL", "CMD", …; empty when unstamped
  std::string body;     ///< behind the tag
  std::string message;  ///< last path element before " = ": "RESULT", "STATUS5"; or empty
  std::string payload;  ///< behind " = ", without " (retained)"
  bool banner = false;  ///< the "Project … Version …" line of a boot
};

/// Takes one line apart. Never throws on any input. Garbage in front of a stamp is cut off, so the
/// result begins at the first stamp; a line without stamp is kept as text.
ConsoleLine parse_console_line(std::string_view text);

/// Where a further stamped line begins inside `text` (its line end was lost), from 1 on; npos when
/// there is none.
std::size_t next_stamp(std::string_view text, std::size_t from);

/// Makes lines of received bytes, however they are cut.
///
/// LF and CR both end a line, empty lines are dropped, two lines whose end was lost are parted at
/// the second stamp. While `booting` everything is dropped up to the first line that can be
/// understood: the ROM speaks at another rate. A line beyond 8 KiB is cut.
class LineAssembler {
 public:
  static constexpr std::size_t longest_line = 8192;

  /// Adds bytes; complete lines are appended to `lines`.
  template <typename Lines>
  void feed(std::span<const std::uint8_t> bytes, Lines& lines) {
    for (const std::uint8_t byte : bytes) {
      if (byte != '\n' && byte != '\r' && partial_.size() < longest_line) {
        partial_ += static_cast<char>(byte);
        continue;
      }
      for (ConsoleLine& line : take()) lines.push_back(std::move(line));
      if (byte != '\n' && byte != '\r') partial_ += static_cast<char>(byte);
    }
  }

  /// Forgets a half line and expects garbage again.
  void reset() {
    partial_.clear();
    booting_ = true;
  }
  /// From now on every line counts.
  void expect_lines() { booting_ = false; }
  /// Bytes dropped as boot garbage since construction.
  [[nodiscard]] std::size_t dropped() const { return dropped_; }

 private:
  std::vector<ConsoleLine> take();

  std::string partial_;
  std::size_t dropped_ = 0;
  bool booting_ = true;
};

}  // namespace plugrig::tasmota
