#include "drivers/tasmota/transcript.hpp"

#include <fmt/format.h>

namespace plugrig::tasmota {

void Transcript::add(Instant at, std::string_view direction, std::string_view text) {
  const std::chrono::duration<double> seconds = at.time_since_epoch();
  lines_.push_back(fmt::format("{:.3f} {}{}\n", seconds.count(), direction, text));
  used_ += lines_.back().size();
  while (used_ > limit_ && lines_.size() > 1) {
    used_ -= lines_.front().size();
    lines_.pop_front();
  }
}

std::string Transcript::text() const { return fmt::format("{}", fmt::join(lines_, "")); }

std::string Transcript::tail(std::size_t limit_bytes) const {
  auto first = lines_.end();
  std::size_t size = 0;
  while (first != lines_.begin() && size + std::prev(first)->size() <= limit_bytes) {
    --first;
    size += first->size();
  }
  return fmt::format("{}", fmt::join(first, lines_.end(), ""));
}

}  // namespace plugrig::tasmota
