#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "rig/core/event.hpp"
#include "rig/engine/scan_start.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

struct LabelOptions {
  std::filesystem::path folder;  ///< for ZPL, PDF and PNG of each label; empty = no files
  std::string printer;           ///< HOST:PORT or device; empty = none
  [[nodiscard]] bool any() const { return !folder.empty() || !printer.empty(); }
};

/// Between a run and its screen: each unit that is PASS and recorded gets its label, by the thread
/// of its slot. A label that cannot be made or printed changes no verdict; it is said on the
/// screen, and can be made again with `plugrig label`.
class RunLabels final : public EventSink {
 public:
  /// All of these outlive this object. `scans`: who waits for labels to be scanned; null = nobody.
  RunLabels(LabelOptions options, EventSink& screen, RecordStore& store, ScanRouter* scans)
      : options_(std::move(options)), screen_(screen), store_(store), scans_(scans) {}

  void on(const Event& event) noexcept override;

 private:
  void label(const Event& event, const std::string& unit_id);
  void say(const Event& event, std::string text);

  const LabelOptions options_;
  EventSink& screen_;
  RecordStore& store_;
  ScanRouter* scans_;
};

/// Units of the run that passed, whose product demands it, and whose label nobody scanned.
std::vector<std::string> unconfirmed_labels(const std::vector<UnitRecord>& units);

}  // namespace plugrig::cli
