#include "sequences/steps/power/earlier_series.hpp"

#include <algorithm>

#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"

namespace plugrig::steps {
namespace {

const Attachment* newest(const UnitRecord& record, const std::string& file) {
  for (auto attempt = record.attempts.rbegin(); attempt != record.attempts.rend(); ++attempt) {
    if (attempt->verdict != Verdict::pass) continue;
    for (const auto& attachment : attempt->attachments)
      if (attachment.name == file) return &attachment;
  }
  return nullptr;
}

std::optional<metrology::Series> read_series(const Attachment& attachment) {
  try {
    const auto bytes = read_bytes(attachment.path);
    if (sha256_hex(bytes) != attachment.sha256) return std::nullopt;
    const std::string text(bytes.begin(), bytes.end());
    return metrology::calibration_from_json(text).series;
  } catch (const Fault&) {
    return std::nullopt;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

bool has_point(const metrology::Series& series, double nominal_W) {
  return std::any_of(series.points.begin(), series.points.end(),
                     [&](const auto& point) { return point.nominal_W == nominal_W; });
}

}  // namespace

std::optional<metrology::Series> earlier_series(const StepContext& context, std::string_view name,
                                                const SeriesPlan& plan,
                                                const metrology::Constants& now) {
  const auto* attachment = newest(context.record(), metrology::calibration_file(name));
  if (attachment == nullptr) return std::nullopt;
  auto series = read_series(*attachment);
  if (!series || series->constants != now) return std::nullopt;
  const bool all = std::all_of(plan.points_W.begin(), plan.points_W.end(),
                               [&](double nominal_W) { return has_point(*series, nominal_W); });
  if (!all || (plan.no_load && !has_point(*series, 0))) return std::nullopt;
  return series;
}

}  // namespace plugrig::steps
