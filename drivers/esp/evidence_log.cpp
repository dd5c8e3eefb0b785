#include "drivers/esp/evidence_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "drivers/esp/boot_text.hpp"

namespace plugrig::esp {
namespace {

constexpr std::size_t kShown = 24;

std::string head(std::span<const std::uint8_t> bytes) {
  const auto shown = bytes.first(std::min(bytes.size(), kShown));
  return fmt::format("{}{} [{}]", to_hex(shown), shown.size() < bytes.size() ? " …" : "",
                     bytes.size());
}

}  // namespace

void EvidenceLog::sent(Instant at, std::span<const std::uint8_t> payload) {
  add(at, "> " + head(payload));
}

void EvidenceLog::received(Instant at, std::span<const std::uint8_t> payload) {
  add(at, "< " + head(payload));
}

void EvidenceLog::stray(Instant at, std::span<const std::uint8_t> bytes) {
  if (!bytes.empty()) add(at, fmt::format("~ {} | {}", head(bytes), to_printable(bytes, 120)));
}

void EvidenceLog::note(Instant at, std::string text) { add(at, "# " + std::move(text)); }

void EvidenceLog::add(Instant at, std::string line) {
  const std::chrono::duration<double> seconds = at.time_since_epoch();
  lines_.push_back(fmt::format("{:.4f} {}", seconds.count(), line));
  used_ += lines_.back().size() + 1;
  while (used_ > limit_ && lines_.size() > 1) {
    used_ -= lines_.front().size() + 1;
    lines_.pop_front();
  }
}

std::vector<Evidence> EvidenceLog::evidence() const {
  if (lines_.empty()) return {};
  return {{"wire", fmt::format("{}", fmt::join(lines_, "\n"))}};
}

}  // namespace plugrig::esp
