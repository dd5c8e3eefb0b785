#include <nlohmann/json.hpp>

#include "reports/regress_report.hpp"

namespace plugrig {
namespace {

using Json = nlohmann::ordered_json;
using metrology::Interval;

constexpr int format_version = 1;

Json json_of(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return {{"low", interval->low}, {"high", interval->high}};
}

Json json_of(const std::optional<regress::Quarantine>& entry) {
  if (!entry) return nullptr;
  return {{"pattern", entry->pattern},
          {"reason", entry->reason},
          {"owner", entry->owner},
          {"expires", entry->expires}};
}

Json json_of(const regress::UnitDifference& unit) {
  return {{"unit", unit.unit},
          {"slot", unit.slot},
          {"baseline", unit.baseline},
          {"candidate", unit.candidate},
          {"difference", unit.difference},
          {"worse", unit.worse}};
}

Json limit_of(const regress::QuantityDecision& quantity) {
  if (!quantity.limit) return nullptr;
  return {{"margin", quantity.limit->margin},
          {"direction", to_string(quantity.limit->direction)},
          {"resolution", quantity.limit->resolution},
          {"text", quantity.margin_text}};
}

const char* bench_word(regress::BenchState state) {
  if (state == regress::BenchState::steady) return "steady";
  return state == regress::BenchState::drifted ? "drifted" : "too_fast";
}

/// Means are of units that both builds ran on; without a pair there is none.
Json or_null(double value, const regress::Difference& difference) {
  return difference.pairs > 0 ? Json(value) : Json(nullptr);
}

Json json_of(const regress::QuantityDecision& quantity) {
  const auto& found = quantity.difference;
  auto units = Json::array();
  for (const auto& unit : found.units) units.push_back(json_of(unit));
  return {{"quantity", quantity.quantity},
          {"condition", quantity.condition},
          {"unit", quantity.unit},
          {"change", to_string(found.change)},
          {"reason", found.reason},
          {"limit", limit_of(quantity)},
          {"pairs", found.pairs},
          {"pairs_needed", found.pairs_needed},
          {"baseline", or_null(found.baseline_mean, found)},
          {"candidate", or_null(found.candidate_mean, found)},
          {"difference", or_null(found.difference, found)},
          {"scatter", found.scatter ? Json(*found.scatter) : Json(nullptr)},
          {"interval", json_of(found.interval)},
          {"alarm_interval", json_of(found.alarm_interval)},
          {"bench", bench_word(quantity.bench)},
          {"pairs_left_out", quantity.left_out},
          {"not_finite", quantity.not_finite},
          {"quarantine", json_of(quantity.quarantine)},
          {"units", std::move(units)}};
}

Json json_of(const regress::CheckDecision& check) {
  return {{"step", check.step},
          {"change", to_string(check.change)},
          {"reason", check.reason},
          {"baseline", {{"passed", check.baseline_passed}, {"failed", check.baseline_failed}}},
          {"candidate", {{"passed", check.candidate_passed}, {"failed", check.candidate_failed}}},
          {"fault_id", check.fault_id},
          {"happened", check.happened},
          {"failed_units", check.failed_units},
          {"needs_repeat", check.needs_repeat},
          {"quarantine", json_of(check.quarantine)}};
}

Json build_of(const regress::Build& build, const regress::TrialCounts& counts) {
  return {{"name", build.name},
          {"sha256", build.digest},
          {"version", build.version},
          {"trials",
           {{"passed", counts.passed},
            {"unit_failed", counts.unit_failed},
            {"rig_fault", counts.rig_fault},
            {"aborted", counts.aborted}}}};
}

Json json_of(const regress::CandidateResult& candidate) {
  auto quantities = Json::array();
  for (const auto& quantity : candidate.quantities) quantities.push_back(json_of(quantity));
  auto checks = Json::array();
  for (const auto& check : candidate.checks) checks.push_back(json_of(check));
  return {{"build", candidate.build},           {"category", to_string(candidate.category)},
          {"needs_more", candidate.needs_more}, {"blocks_needed", candidate.blocks_needed},
          {"checks", std::move(checks)},        {"quantities", std::move(quantities)}};
}

Json confidence_of(const regress::Comparison& comparison) {
  return {{"family_risk", comparison.confidence.family_risk},
          {"alarm_risk", comparison.alarm_risk},
          {"same_risk", comparison.confidence.same_risk},
          {"power", comparison.confidence.power},
          {"looks", comparison.confidence.looks}};
}

}  // namespace

std::string regress_json(const regress::Comparison& comparison, const RegressInfo& info) {
  auto builds = Json::array();
  for (std::size_t i = 0; i < comparison.builds.size(); ++i)
    builds.push_back(build_of(comparison.builds[i], comparison.counts.at(i)));
  auto candidates = Json::array();
  for (const auto& candidate : comparison.candidates) candidates.push_back(json_of(candidate));
  auto expired = Json::array();
  for (const auto& entry : comparison.expired)
    expired.push_back(json_of(std::optional<regress::Quarantine>(entry)));
  const Json document{{"format", "plugrig-regress"},
                      {"version", format_version},
                      {"software", info.software},
                      {"title", info.title},
                      {"sequence", info.sequence},
                      {"bench", info.bench},
                      {"simulated", info.simulated},
                      {"started", to_iso8601(info.started)},
                      {"duration_s", info.duration_s},
                      {"exit_code", regress::exit_code(comparison)},
                      {"needs_more", comparison.needs_more},
                      {"blocks_needed", comparison.blocks_needed},
                      {"units", comparison.units},
                      {"blocks", comparison.blocks},
                      {"confidence", confidence_of(comparison)},
                      {"builds", std::move(builds)},
                      {"candidates", std::move(candidates)},
                      {"quarantine_expired", std::move(expired)}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace plugrig
