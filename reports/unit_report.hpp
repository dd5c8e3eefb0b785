#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rig/metrology/point_result.hpp"
#include "rig/record/unit_record.hpp"

namespace plugrig {

/// What a report says of itself. Nothing here depends on when or where it is built, so that the
/// same store gives the same bytes.
struct ReportInfo {
  std::string software;      ///< of the run: "plugrig 0.1.0"
  std::string organisation;  ///< printed above the title; may be empty
};

/// The bytes of an attachment.
using AttachmentReader = std::function<std::vector<std::uint8_t>(const Attachment&)>;

/// A series of calibration points, and the attempt that made it.
struct ReportSeries {
  std::string step;
  int attempt = 1;
  /// A later attempt made the same series again; this one is kept for the record.
  bool superseded = false;
  metrology::CalibrationRecord calibration;
};

/// Everything that the documents of one unit are made of. Plain data.
struct UnitReport {
  ReportInfo info;
  UnitRecord unit;
  std::vector<ReportSeries> series;  ///< in the order in which they were made
  /// Why this is no certificate, one sentence each; empty = it is one.
  std::vector<std::string> refusals;

  /// The newest series of this name, or null.
  [[nodiscard]] const metrology::CalibrationRecord* find(std::string_view name) const;
};

/// Reads the bytes of an attachment from its path. Fault `file.read` (config).
std::vector<std::uint8_t> read_attachment(const Attachment& attachment);

/// Collects a unit's report from its record. Faults: `report.digest` (host) when a calibration file
/// is not the one that was recorded, `report.calibration` (software) when it cannot be understood;
/// what `read` throws.
UnitReport build_unit_report(const UnitRecord& unit, const AttachmentReader& read,
                             const ReportInfo& info = {});

/// `unit.json`: the complete record as one JSON document (reports/schema/unit.schema.json).
std::string unit_json(const UnitReport& report);
/// `report.html`: one page that needs nothing else, without script; prints on A4.
std::string unit_html(const UnitReport& report);
/// `samples.csv`: every paired reading, a line each (RFC 4180, line feeds): series, attempt,
/// quantity, unit, load_W, t_s, plug, reference.
std::string samples_csv(const UnitReport& report);

}  // namespace plugrig
