#pragma once

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "reports/unit_report.hpp"
#include "rig/core/digest.hpp"
#include "rig/metrology/point_evaluation.hpp"

namespace plugrig::test {

/// Files of a record, in memory.
class SampleFiles {
 public:
  Attachment keep(const std::string& name, const std::string& text) {
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    Attachment attachment{.name = name,
                          .media_type = "application/json",
                          .path = "/somewhere/" + std::to_string(files_.size()) + "-" + name,
                          .sha256 = sha256_hex(bytes),
                          .bytes = bytes.size(),
                          .sensitive = false};
    files_[attachment.path] = std::move(bytes);
    return attachment;
  }
  void change(const Attachment& attachment) { files_[attachment.path].push_back(' '); }
  [[nodiscard]] AttachmentReader reader() const {
    return [this](const Attachment& attachment) { return files_.at(attachment.path); };
  }

 private:
  std::map<std::string, std::vector<std::uint8_t>> files_;
};

/// A point as the metrology makes it: a plug that reads `error` (a fraction) too much.
inline metrology::PointResult sample_point(const std::string& quantity, double nominal_W,
                                           double value, double error, bool judged) {
  std::mt19937_64 chance(static_cast<std::uint64_t>(nominal_W) + quantity.size());
  metrology::PointInput input;
  input.quantity = quantity;
  input.unit = quantity == "power" ? "W" : quantity == "voltage" ? "V" : "A";
  input.nominal_W = nominal_W;
  for (int i = 0; i < 12; ++i) {
    const double noise = (static_cast<double>(chance() % 2001) - 1000.0) / 1e6;  // ± 0.1 %
    const double reference = value * (1 + noise);
    input.samples.push_back({1.7 * i, reference * (1 + error) * (1 + noise / 5), reference});
  }
  input.plug_step = value * 4e-4;
  input.reference_half_width = value * 1.5e-3;
  input.reference_step = value * 1e-5;
  input.certificate_U = value * 4e-4;
  input.timing_s = 0.05;
  auto point = metrology::evaluate_point(input);
  if (judged) metrology::decide_point(point, 1.0, metrology::DecisionRule::guard_band);
  return point;
}

inline metrology::CalibrationRecord sample_series(const std::string& name, double error,
                                                  metrology::Constants constants) {
  metrology::CalibrationRecord record;
  record.reference = {.name = "reference",
                      .model = "Yokogawa WT310E",
                      .serial = "C2QH01234",
                      .profile = "yokogawa-wt310e",
                      .certificate_number = "K-2026-0815",
                      .certificate_laboratory = "A laboratory",
                      .calibrated = "2025-11-03",
                      .due = "2026-11",
                      .certificate_sha256 = std::string(64, 'c')};
  record.series.name = name;
  record.series.started = "2026-01-01T00:03:00.000Z";
  record.series.constants = constants;
  record.series.tare_W = 0.93;
  const bool judged = name == "as_left";
  for (const double load : {60.0, 500.0, 2000.0}) {
    record.series.points.push_back(sample_point("power", load, load * 0.97, error, judged));
    record.series.points.push_back(sample_point("voltage", load, 229.4, error / 2, false));
    record.series.points.push_back(sample_point("current", load, load / 230, error / 3, false));
  }
  return record;
}

inline AttemptRecord passed_attempt(int index, const std::string& stage, const std::string& step) {
  AttemptRecord attempt;
  attempt.stage = stage;
  attempt.step = step;
  attempt.step_index = index;
  attempt.verdict = Verdict::pass;
  attempt.started = {1'767'225'601'000 + index * 10'000};
  attempt.ended = {1'767'225'603'500 + index * 10'000};
  attempt.took_s = 2.5;
  attempt.said = {"done"};
  return attempt;
}

/// A unit that went through the whole job.
inline UnitRecord sample_unit(SampleFiles& files) {
  UnitRecord unit;
  unit.unit_id = "R1-M1-1";
  unit.run_id = "R1";
  unit.slot = "M1";
  unit.sequence = "gosund-ep2";
  unit.bench = "demo";
  unit.verdict = Verdict::pass;
  unit.first_pass = true;
  unit.started = {1'767'225'600'000};
  unit.ended = UtcTime{1'767'225'900'000};
  unit.facts = {{"mac", "A4:CF:12:00:00:01"},
                {"chip", "ESP8285"},
                {"flash_id", "0x144051"},
                {"image_sha256", std::string(64, 'a')},
                {"binding", "shown"},
                {"operator", "Ada"},
                {"attended", "no"}};
  unit.attempts.push_back(passed_attempt(0, "flash", "flash.write"));
  auto found = passed_attempt(1, "calibrate", "power.as_found");
  found.attachments.push_back(
      files.keep(metrology::calibration_file("as_found"),
                 metrology::to_json(sample_series("as_found", 0.24, {1950, 3500, 12530}))));
  unit.attempts.push_back(found);
  unit.attempts.push_back(passed_attempt(-2, "calibrate", "mains.enter"));
  auto left = passed_attempt(2, "certify", "power.as_left");
  auto series = sample_series("as_left", 0.001, {1580, 3554, 10080});
  series.before = metrology::Constants{1950, 3500, 12530};
  series.after = metrology::Constants{1580, 3554, 10080};
  left.attachments.push_back(
      files.keep(metrology::calibration_file("as_left"), metrology::to_json(series)));
  left.measurements.push_back({.id = "as_left.power",
                               .condition = "500 W",
                               .value = 0.1,
                               .expanded_uncertainty = 0.15,
                               .unit = "%",
                               .low = -1.0,
                               .high = 1.0,
                               .verdict = Verdict::pass,
                               .instrument = "reference",
                               .samples = {}});
  unit.attempts.push_back(left);
  return unit;
}

}  // namespace plugrig::test
