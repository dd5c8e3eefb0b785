#include <nlohmann/json.hpp>

#include "reports/clean_text.hpp"
#include "reports/unit_report.hpp"

namespace plugrig {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const Measurement& m) {
  return {{"id", m.id},
          {"condition", m.condition},
          {"value", m.value},
          {"expanded_uncertainty", or_null(m.expanded_uncertainty)},
          {"unit", m.unit},
          {"low", or_null(m.low)},
          {"high", or_null(m.high)},
          {"verdict", to_string(m.verdict)},
          {"instrument", m.instrument},
          {"samples", m.samples}};
}

/// Without its path, which depends on where the store lies.
Json json_of(const Attachment& a) {
  return {{"name", a.name},
          {"media_type", a.media_type},
          {"sha256", a.sha256},
          {"bytes", a.bytes},
          {"sensitive", a.sensitive}};
}

Json json_of(const Evidence& evidence);
Json json_of(const AttemptRecord& attempt);
Json json_of(const ReportSeries& series);

template <typename Item>
Json list_of(const std::vector<Item>& items) {
  auto list = Json::array();
  for (const auto& item : items) list.push_back(json_of(item));
  return list;
}

Json json_of(const Evidence& evidence) {
  return {{"name", evidence.name}, {"text", evidence.text}};
}

Json fault_of(const AttemptRecord& attempt) {
  if (attempt.fault_id.empty() && attempt.happened.empty()) return nullptr;
  return {{"id", attempt.fault_id},
          {"blame", attempt.blame},
          {"happened", attempt.happened},
          {"next", attempt.next},
          {"evidence", list_of(attempt.evidence)}};
}

Json json_of(const AttemptRecord& attempt) {
  return {{"stage", attempt.stage},
          {"step", attempt.step},
          {"step_index", attempt.step_index},
          {"attempt", attempt.attempt},
          {"verdict", to_string(attempt.verdict)},
          {"started", to_iso8601(attempt.started)},
          {"ended", to_iso8601(attempt.ended)},
          {"took_s", attempt.took_s},
          {"fault", fault_of(attempt)},
          {"said", attempt.said},
          {"measurements", list_of(attempt.measurements)},
          {"attachments", list_of(attempt.attachments)}};
}

Json json_of(const ReportSeries& series) {
  return {{"step", series.step},
          {"attempt", series.attempt},
          {"superseded", series.superseded},
          {"calibration", Json::parse(metrology::to_json(series.calibration))}};
}

Json unit_of(const UnitRecord& unit) {
  return {{"id", unit.unit_id},
          {"run", unit.run_id},
          {"slot", unit.slot},
          {"sequence", unit.sequence},
          {"bench", unit.bench},
          {"verdict", to_string(unit.verdict)},
          {"verdict_shown", to_display(unit.verdict)},
          {"first_pass", unit.first_pass},
          {"started", to_iso8601(unit.started)},
          {"ended", unit.ended ? Json(to_iso8601(*unit.ended)) : Json(nullptr)}};
}

}  // namespace

std::string unit_json(const UnitReport& report) {
  auto facts = Json::object();
  for (const auto& [name, value] : report.unit.facts) facts[clean_text(name)] = value;
  const Json document{
      {"format", "plugrig-unit"},
      {"version", format_version},
      {"software", report.info.software},
      {"unit", unit_of(report.unit)},
      {"certificate", {{"granted", report.refusals.empty()}, {"refusals", report.refusals}}},
      {"facts", std::move(facts)},
      {"series", list_of(report.series)},
      {"attempts", list_of(report.unit.attempts)}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace plugrig
