#include "reports/unit_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "reports/certificate_rules.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig {
namespace {

bool is_calibration(const Attachment& attachment) {
  return attachment.name.starts_with("calibration-") && attachment.name.ends_with(".json");
}

metrology::CalibrationRecord read_calibration(const Attachment& attachment,
                                              const AttachmentReader& read) {
  const auto bytes = read(attachment);
  if (sha256_hex(bytes) != attachment.sha256)
    throw Fault("report.digest", Blame::host,
                fmt::format("The file {} is not the one that was recorded.", attachment.path),
                "Restore it from a backup; a report from changed data would be worth nothing.",
                {{"recorded SHA-256", attachment.sha256}, {"SHA-256 now", sha256_hex(bytes)}});
  try {
    return metrology::calibration_from_json({reinterpret_cast<const char*>(bytes.data()),  // NOLINT
                                             bytes.size()});
  } catch (const std::runtime_error& error) {
    throw Fault("report.calibration", Blame::software,
                fmt::format("The file {} cannot be understood: {}.", attachment.path, error.what()),
                "Use the version of plugrig that wrote it.");
  }
}

/// Of several series with one name the last one counts.
void mark_superseded(std::vector<ReportSeries>& all) {
  for (auto it = all.begin(); it != all.end(); ++it)
    it->superseded = std::any_of(it + 1, all.end(), [&](const ReportSeries& later) {
      return later.calibration.series.name == it->calibration.series.name;
    });
}

}  // namespace

const metrology::CalibrationRecord* UnitReport::find(std::string_view name) const {
  for (const auto& item : series)
    if (!item.superseded && item.calibration.series.name == name) return &item.calibration;
  return nullptr;
}

std::vector<std::uint8_t> read_attachment(const Attachment& attachment) {
  return read_bytes(attachment.path);
}

UnitReport build_unit_report(const UnitRecord& unit, const AttachmentReader& read,
                             const ReportInfo& info) {
  UnitReport report{.info = info, .unit = unit, .series = {}, .refusals = {}};
  for (const auto& attempt : unit.attempts)
    for (const auto& attachment : attempt.attachments)
      if (is_calibration(attachment))
        report.series.push_back({.step = attempt.step,
                                 .attempt = attempt.attempt,
                                 .superseded = false,
                                 .calibration = read_calibration(attachment, read)});
  mark_superseded(report.series);
  report.refusals = certificate_refusals(report);
  return report;
}

}  // namespace plugrig
