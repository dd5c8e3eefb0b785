#include "rig/engine/scan_start.hpp"

#include <fmt/format.h>

#include <utility>

namespace plugrig {
namespace {

/// Longer than the unit in another slot takes to begin: only then is it known that it was the last.
constexpr Duration kLinger = std::chrono::minutes{2};

}  // namespace

ScanRouter::ScanRouter(Clock& clock, std::vector<std::string> slots, ScanDesk::Check check)
    : clock_(clock), desk_(std::move(slots), std::move(check)) {}

ScanAnswer ScanRouter::scan(const std::string& text) {
  const Instant now = clock_.now();
  ScanAnswer answer = [&] {
    const std::scoped_lock guard(lock_);
    return desk_.scan(text, now);
  }();
  clock_.notify();
  return answer;
}

void ScanRouter::label_given(LabelledUnit unit) {
  {
    const std::scoped_lock guard(lock_);
    desk_.label_given(std::move(unit));
  }
  clock_.notify();
}

void ScanRouter::close() {
  {
    const std::scoped_lock guard(lock_);
    closed_ = true;
  }
  clock_.notify();
}

std::optional<std::string> ScanRouter::wait(const std::string& slot, const Deadline& deadline) {
  {
    const std::scoped_lock guard(lock_);
    desk_.wants(slot);
  }
  clock_.notify();
  std::optional<std::string> text;
  const auto here = [&] {
    const std::scoped_lock guard(lock_);
    if (!text) text = desk_.take(slot);
    return text.has_value() || closed_;
  };
  const WaitResult result = clock_.wait(here, deadline);
  {
    const std::scoped_lock guard(lock_);
    desk_.wants_no_more(slot);
    // One that came in this very moment is not left for the next unit.
    if (!text) text = desk_.take(slot);
  }
  if (result == WaitResult::stopped) throw Stopped{};
  return text;
}

void ScanRouter::wait_expected(const Deadline& deadline) {
  const auto expected = [this] {
    const std::scoped_lock guard(lock_);
    return desk_.expects();
  };
  if (clock_.wait(expected, deadline) == WaitResult::stopped) throw Stopped{};
}

std::vector<LabelledUnit> ScanRouter::unconfirmed() const {
  const std::scoped_lock guard(lock_);
  return desk_.unconfirmed();
}

void ScanRouter::linger(const Deadline& deadline) {
  clock_.sleep_until(deadline.no_later_than(clock_.now() + kLinger));
}

std::string ScanRouter::who_waits() const {
  const std::scoped_lock guard(lock_);
  return desk_.waiting().empty() ? std::string() : *desk_.waiting().begin();
}

std::string ScanStart::asks(const std::string& slot) const {
  if (several_)
    return fmt::format("Slot {}: load a unit, scan the slot's label, then the unit's.", slot);
  return fmt::format("Slot {}: load a unit and scan its label.", slot);
}

ReadyUnit ScanStart::wait(const std::string& slot, const Deadline& deadline) {
  auto text = router_.wait(slot, deadline);
  if (!text) {
    router_.linger(deadline);
    throw Fault("scan.over", Blame::operator_,
                fmt::format("Slot {} waits for a scan, and none will come any more.", slot),
                "Connect the scanner, or write more lines into the file of scans.");
  }
  ReadyUnit ready;
  ready.facts["serial_scanned"] = std::move(*text);
  return ready;
}

std::optional<Scan> SlotScans::next(const Deadline& deadline) {
  auto text = router_.wait(slot_, deadline);
  if (!text) return std::nullopt;
  return Scan{std::move(*text)};
}

}  // namespace plugrig
