#include "rig/core/clock.hpp"

#include <fmt/format.h>

#include <ctime>

namespace plugrig {

std::string to_iso8601(UtcTime time) {
  std::int64_t seconds = time.unix_ms / 1000;
  std::int64_t ms = time.unix_ms % 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  const auto raw = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&raw, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ms);
}

void Clock::sleep_until(const Deadline& deadline) {
  if (wait({}, deadline) == WaitResult::stopped) throw Stopped{};
}

void Clock::sleep_for(Duration duration, const Deadline& deadline) {
  sleep_until(deadline.no_later_than(now() + duration));
}

}  // namespace plugrig
