#include "drivers/operator/scanner.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "rig/core/fault.hpp"

namespace plugrig::person {
namespace {

/// Longer than any label; a line that has no end is noise.
constexpr std::size_t kLongestLine = 128;

/// What some scanners put in front of what they read: STX, and NUL while they wake up.
bool is_framing(std::uint8_t byte) { return byte == 0x00 || byte == 0x02 || byte == 0x03; }

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Fault junk(const BrokenScan& broken) {
  return {"scanner.junk",
          Blame::fixture,
          fmt::format("The scanner sent something that is no scan: {}", broken.why),
          "Scan again; if it stays so, compare the scanner's baud rate with 'scanner' in the bench "
          "file.",
          {{"received", broken.text}}};
}

}  // namespace

std::vector<ScanLines::Line> ScanLines::take(std::span<const std::uint8_t> bytes, Instant at) {
  std::vector<Line> lines;
  // Its rest may still come, so all up to the next line end is not believed.
  if (!line_.empty() && at - last_ > gap_) junk_ = true;
  last_ = at;
  for (const std::uint8_t byte : bytes) {
    if (byte == '\r' || byte == '\n') {
      end(lines);
    } else if (!is_framing(byte)) {
      const bool good = (byte >= ' ' && byte <= '~') || byte == '\t';
      junk_ = junk_ || !good || line_.size() >= kLongestLine;
      if (line_.size() < kLongestLine) line_ += good ? static_cast<char>(byte) : '?';
    }
  }
  return lines;
}

void ScanLines::end(std::vector<Line>& lines) {
  const std::string text = trimmed(std::exchange(line_, {}));
  if (std::exchange(junk_, false)) {
    lines.emplace_back(BrokenScan{text, "it was cut off, too long, or not printable."});
  } else if (!text.empty()) {
    lines.emplace_back(Scan{text});
  }
}

std::optional<Scan> SerialScanner::next(const Deadline& deadline) {
  std::array<std::uint8_t, 256> buffer{};
  while (ready_.empty()) {
    const std::size_t count = port_.read(buffer, deadline);
    if (count == 0) return std::nullopt;
    for (auto& line : lines_.take({buffer.data(), count}, clock_.now()))
      ready_.push_back(std::move(line));
  }
  const ScanLines::Line line = std::move(ready_.front());
  ready_.pop_front();
  if (const auto* broken = std::get_if<BrokenScan>(&line)) throw junk(*broken);
  return std::get<Scan>(line);
}

void ScanQueue::push(Scan scan) {
  {
    const std::scoped_lock guard(lock_);
    scans_.push_back(std::move(scan));
  }
  clock_.notify();
}

void ScanQueue::close() {
  {
    const std::scoped_lock guard(lock_);
    closed_ = true;
  }
  clock_.notify();
}

std::optional<Scan> ScanQueue::next(const Deadline& deadline) {
  const auto ready = [this] {
    const std::scoped_lock guard(lock_);
    return !scans_.empty() || closed_;
  };
  const WaitResult result = clock_.wait(ready, deadline);
  if (result == WaitResult::stopped) throw Stopped{};
  const std::scoped_lock guard(lock_);
  if (scans_.empty()) return std::nullopt;
  Scan scan = std::move(scans_.front());
  scans_.pop_front();
  return scan;
}

bool ScanQueue::over() const {
  const std::scoped_lock guard(lock_);
  return closed_ && scans_.empty();
}

}  // namespace plugrig::person
