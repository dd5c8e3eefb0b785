#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rig/metrology/capability.hpp"
#include "rig/metrology/group_bias.hpp"
#include "rig/record/unit_record.hpp"
#include "rig/record/yield.hpp"

namespace plugrig {

/// What a plan promised; shown beside what was.
struct PlannedBatch {
  double units_per_hour = 0;
  double duration_s = 0;
  std::string bottleneck;  ///< "load path, 93 % used"; may be empty
};

/// What the batch report is told besides the records.
struct BatchInfo {
  std::string title;  ///< run id, or what the records have in common
  std::string software;
  std::string organisation;                  ///< printed above the title; may be empty
  std::map<std::string, std::string> links;  ///< to the report of a unit, by unit id
  std::set<std::string> not_recorded;        ///< unit ids that the store does not hold
  std::optional<PlannedBatch> plan;
};

/// How often a fault decided a unit's verdict, most frequent first.
struct ParetoRow {
  std::string fault_id;
  std::string blame;
  int count = 0;
  double share = 0;       ///< of all decided by a fault, 0…1
  double cumulative = 0;  ///< with those above
  std::vector<std::string> slots;
};

/// One measurement over all units: of each unit's step the last attempt counts.
struct MeasurementSpread {
  std::string id;
  std::string condition;
  std::string unit;
  std::optional<double> low, high;
  metrology::Capability capability;
  metrology::Histogram histogram;
};

/// Insertions, contacts and bias of one slot in these records.
struct SlotRow {
  std::string slot;
  int units = 0;       ///< records begun there
  int opened = 0;      ///< of which the fixture was opened
  int first_sync = 0;  ///< the chip answered in the first attempt
  int identified = 0;  ///< units in which the chip was asked at all
  int retries = 0;     ///< attempts after the first, of all steps
  int faults = 0;      ///< attempts that blame contact or fixture
  /// Bytes a second of each transfer that was timed: what is left of the rate after retries and
  /// slower gears.
  std::vector<double> transfer_B_per_s;
};

/// Everything that the documents of a batch are made of. Plain data; nothing depends on when or
/// where it is made.
struct BatchSummary {
  BatchInfo info;
  std::vector<UnitRecord> units;  ///< as given
  YieldCount yield;
  std::map<std::string, std::map<std::string, int>> by_verdict;  ///< word → blame ("" = none) → n
  std::vector<ParetoRow> pareto;
  std::vector<MeasurementSpread> measurements;
  std::vector<SlotRow> slots;
  std::vector<metrology::GroupBias> bias;  ///< power error of passed units, slot by slot, in %
  std::optional<double> duration_s;        ///< first start to last end
  std::optional<double> units_per_hour;
};

/// "PASS", "RIG FAULT", …; "NOT RECORDED" for what the store does not hold (a FAIL stays FAIL).
std::string verdict_word(const UnitRecord& unit, const std::set<std::string>& not_recorded);

/// Pure. Records in the order in which they were begun.
BatchSummary summarise_batch(std::vector<UnitRecord> units, BatchInfo info = {});

/// One page that needs nothing else, without script; prints on A4.
std::string batch_html(const BatchSummary& summary);
/// One line a unit (RFC 4180, line feeds).
std::string batch_csv(const BatchSummary& summary);
/// JUnit XML: a test case a unit; FAIL is a failure, RIG FAULT and NOT RECORDED an error, STOPPED
/// and NOT RUN skipped.
std::string batch_junit(const BatchSummary& summary);

}  // namespace plugrig
