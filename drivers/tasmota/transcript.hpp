#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "rig/core/clock.hpp"

namespace plugrig::tasmota {

/// What went over a link, line by line with its time; old lines fall out. Secrets are still in it.
class Transcript {
 public:
  explicit Transcript(std::size_t limit_bytes = std::size_t{256} * 1024) : limit_(limit_bytes) {}

  void sent(Instant at, std::string_view text) { add(at, "> ", text); }
  void received(Instant at, std::string_view text) { add(at, "< ", text); }

  [[nodiscard]] std::string text() const;
  /// The newest lines, at most `limit_bytes` of them.
  [[nodiscard]] std::string tail(std::size_t limit_bytes) const;

 private:
  void add(Instant at, std::string_view direction, std::string_view text);

  std::size_t limit_;
  std::size_t used_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace plugrig::tasmota
