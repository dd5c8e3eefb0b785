#include "reports/regress_trend.hpp"

#include <nlohmann/json.hpp>

namespace plugrig {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "plugrig-trend";
constexpr int kVersion = 1;

Json means_of(const std::vector<regress::QuantityDecision>& quantities, bool baseline) {
  auto list = Json::array();
  for (const auto& quantity : quantities) {
    const auto& found = quantity.difference;
    if (found.pairs == 0) continue;
    list.push_back({{"quantity", quantity.quantity},
                    {"condition", quantity.condition},
                    {"unit", quantity.unit},
                    {"mean", baseline ? found.baseline_mean : found.candidate_mean},
                    {"pairs", found.pairs}});
  }
  return list;
}

Json json_of(const regress::Build& build, std::string_view category, Json means) {
  return {{"name", build.name},
          {"sha256", build.digest},
          {"version", build.version},
          {"category", category},
          {"means", std::move(means)}};
}

TrendMean mean_of(const Json& json) {
  return {json.at("quantity"), json.at("condition"), json.at("unit"), json.at("mean"),
          json.at("pairs")};
}

TrendBuild build_of(const Json& json) {
  TrendBuild build{json.at("name"), json.at("sha256"), json.at("version"), json.at("category"), {}};
  for (const auto& mean : json.at("means")) build.means.push_back(mean_of(mean));
  return build;
}

TrendRun run_of(const Json& json) {
  if (json.at("format") != kFormat || json.at("version") != kVersion)
    throw Json::other_error::create(501, "not a trend line", nullptr);
  TrendRun run{json.at("time"),  json.at("title"),     json.at("sequence"),
               json.at("bench"), json.at("simulated"), {}};
  for (const auto& build : json.at("builds")) run.builds.push_back(build_of(build));
  return run;
}

}  // namespace

std::string trend_line(const regress::Comparison& comparison, const RegressInfo& info) {
  auto builds = Json::array();
  const auto& candidates = comparison.candidates;
  // The baseline has the same readings against every candidate, but for blocks that are missing.
  if (!candidates.empty())
    builds.push_back(json_of(comparison.builds.front(), "baseline",
                             means_of(candidates.front().quantities, true)));
  for (const auto& candidate : candidates)
    builds.push_back(json_of(comparison.builds.at(static_cast<std::size_t>(candidate.build)),
                             to_string(candidate.category), means_of(candidate.quantities, false)));
  const Json line{{"format", kFormat},
                  {"version", kVersion},
                  {"time", to_iso8601(info.started)},
                  {"title", info.title},
                  {"sequence", info.sequence},
                  {"bench", info.bench},
                  {"simulated", info.simulated},
                  {"builds", std::move(builds)}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Trend read_trend(std::string_view text) {
  Trend trend;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      trend.runs.push_back(run_of(Json::parse(line)));
    } catch (const Json::exception&) {
      ++trend.unreadable;
    }
  }
  return trend;
}

}  // namespace plugrig
