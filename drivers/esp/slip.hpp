#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace plugrig::esp {

/// Longest frame the host takes; the longest real one is a 16 KiB block with its headers.
inline constexpr std::size_t slip_max_frame = std::size_t{32} * 1024;

/// 0xC0, the payload with 0xC0 as DB DC and 0xDB as DB DD, 0xC0.
std::vector<std::uint8_t> slip_encode(std::span<const std::uint8_t> payload);

/// What came between two 0xC0, unescaped.
struct SlipFrame {
  enum class Kind : std::uint8_t {
    good,
    bad_escape,  ///< DB followed by something else than DC or DD
    too_long,    ///< more than `slip_max_frame`; `bytes` holds the beginning
  };
  Kind kind = Kind::good;
  std::vector<std::uint8_t> bytes;
};

/// Incremental decoder of what a chip sends: frames, and whatever else comes between them (boot
/// text, noise), which is kept as evidence. Empty frames are ignored, so that a lost 0xC0 costs at
/// most the frames beside it. Never throws on any input. One thread.
class SlipDecoder {
 public:
  void feed(std::span<const std::uint8_t> bytes);

  /// The next complete frame, if any, oldest first.
  std::optional<SlipFrame> next();

  /// Bytes seen outside frames since the last call, at most the last 4 KiB.
  std::vector<std::uint8_t> take_stray();

  /// The unfinished frame, for a look at what arrived when an answer stays out.
  [[nodiscard]] std::span<const std::uint8_t> partial() const { return frame_.bytes; }

  /// Forgets unfinished and unread frames; stray bytes stay.
  void reset();

 private:
  void step(std::uint8_t byte);
  void finish();
  void store(std::uint8_t byte);

  bool inside_ = false;
  bool escaped_ = false;
  SlipFrame frame_;
  std::deque<SlipFrame> ready_;
  std::deque<std::uint8_t> stray_;
};

}  // namespace plugrig::esp
