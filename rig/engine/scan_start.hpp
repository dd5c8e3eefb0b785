#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/api/scan.hpp"
#include "rig/engine/scan_desk.hpp"
#include "rig/engine/start_signal.hpp"

namespace plugrig {

/// The scan desk for several threads: who reads the scanner brings scans, slots wait for theirs.
/// Every call from a thread with a seat of the clock.
class ScanRouter {
 public:
  /// `clock` outlives the router.
  ScanRouter(Clock& clock, std::vector<std::string> slots, ScanDesk::Check check);

  ScanAnswer scan(const std::string& text);
  void label_given(LabelledUnit unit);
  /// No scan will come any more: who waits, gives up.
  void close();

  /// The next scan for this slot; empty when the deadline came first or no scan will come. Throws
  /// Stopped.
  std::optional<std::string> wait(const std::string& slot, const Deadline& deadline);
  /// Blocks until a slot or a label waits for a scan. Throws Stopped.
  void wait_expected(const Deadline& deadline);

  /// Waits a while for the run to need no further unit, once no scan will come. Throws Stopped.
  void linger(const Deadline& deadline);

  [[nodiscard]] std::vector<LabelledUnit> unconfirmed() const;
  /// A slot that waits for a scan; empty = none.
  [[nodiscard]] std::string who_waits() const;

 private:
  Clock& clock_;
  mutable std::mutex lock_;
  ScanDesk desk_;
  bool closed_ = false;
};

/// A unit starts when its serial is scanned; it becomes the fact `serial_scanned`.
class ScanStart final : public StartSignal {
 public:
  /// `router` outlives this object. `several`: the run has more than one slot.
  ScanStart(ScanRouter& router, bool several) : router_(router), several_(several) {}

  [[nodiscard]] std::string asks(const std::string& slot) const override;
  /// Fault `scan.over` (operator) when no scan will come any more.
  ReadyUnit wait(const std::string& slot, const Deadline& deadline) override;

 private:
  ScanRouter& router_;
  const bool several_;
};

/// The scans of one slot, for its steps.
class SlotScans final : public ScanSource {
 public:
  /// `router` outlives this object.
  SlotScans(ScanRouter& router, std::string slot) : router_(router), slot_(std::move(slot)) {}

  std::optional<Scan> next(const Deadline& deadline) override;

 private:
  ScanRouter& router_;
  const std::string slot_;
};

}  // namespace plugrig
