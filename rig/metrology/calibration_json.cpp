#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rig/metrology/point_result.hpp"

namespace plugrig::metrology {
namespace {

using nlohmann::ordered_json;

/// A value of the document that knows where it stands, for messages.
class At {
 public:
  At(const ordered_json& node, std::string place) : node_(node), place_(std::move(place)) {}

  [[nodiscard]] At member(const char* name) const {
    if (!node_.is_object()) wrong("an object");
    const auto found = node_.find(name);
    if (found == node_.end()) fail(fmt::format("'{}' is missing", name));
    return {*found, place_ + "/" + name};
  }
  [[nodiscard]] std::optional<At> optional(const char* name) const {
    if (!node_.is_object()) wrong("an object");
    const auto found = node_.find(name);
    if (found == node_.end() || found->is_null()) return std::nullopt;
    return At{*found, place_ + "/" + name};
  }
  [[nodiscard]] double number() const {
    if (!node_.is_number()) wrong("a number");
    return node_.get<double>();
  }
  [[nodiscard]] int integer() const {
    if (!node_.is_number_integer()) wrong("a whole number");
    return node_.get<int>();
  }
  [[nodiscard]] std::string text() const {
    if (!node_.is_string()) wrong("a text");
    return node_.get<std::string>();
  }
  [[nodiscard]] std::vector<At> items() const {
    if (!node_.is_array()) wrong("a list");
    std::vector<At> all;
    for (std::size_t i = 0; i < node_.size(); ++i)
      all.emplace_back(node_[i], fmt::format("{}/{}", place_, i));
    return all;
  }
  /// The value of `all` whose name this is.
  template <typename Enum, std::size_t N>
  [[nodiscard]] Enum one_of(const std::array<Enum, N>& all) const {
    const auto word = text();
    for (const auto value : all)
      if (to_string(value) == word) return value;
    fail(fmt::format("'{}' is not known here", word));
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(
        fmt::format("calibration record: {}: {}", place_.empty() ? "/" : place_, what));
  }

 private:
  [[noreturn]] void wrong(const char* wanted) const {
    fail(fmt::format("{} was expected, this is {}", wanted, node_.type_name()));
  }
  const ordered_json& node_;
  std::string place_;
};

constexpr std::array kDistributions{Distribution::normal, Distribution::rectangular,
                                    Distribution::triangular, Distribution::u_shaped};
constexpr std::array kRules{DecisionRule::simple, DecisionRule::guard_band};
constexpr std::array kDecisions{Decision::pass, Decision::conditional_pass,
                                Decision::conditional_fail, Decision::fail, Decision::none};

struct NamedText {
  const char* name;
  std::string ReferenceMeter::*text;
};
constexpr std::array kMeterTexts{
    NamedText{"name", &ReferenceMeter::name},
    NamedText{"model", &ReferenceMeter::model},
    NamedText{"serial", &ReferenceMeter::serial},
    NamedText{"profile", &ReferenceMeter::profile},
    NamedText{"certificate_number", &ReferenceMeter::certificate_number},
    NamedText{"certificate_laboratory", &ReferenceMeter::certificate_laboratory},
    NamedText{"calibrated", &ReferenceMeter::calibrated},
    NamedText{"due", &ReferenceMeter::due},
    NamedText{"certificate_sha256", &ReferenceMeter::certificate_sha256},
};

template <typename Value>
ordered_json or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json json_of(const Contribution& row) {
  return {{"name", row.name},
          {"type", std::string(1, row.type)},
          {"distribution", to_string(row.distribution)},
          {"standard_uncertainty", row.standard_uncertainty},
          {"degrees_of_freedom", row.degrees_of_freedom}};
}

Contribution contribution_from(const At& at) {
  const auto type = at.member("type").text();
  if (type != "A" && type != "B") at.member("type").fail("'A' or 'B' was expected");
  return {at.member("name").text(), type.front(), at.member("distribution").one_of(kDistributions),
          at.member("standard_uncertainty").number(), at.member("degrees_of_freedom").number()};
}

ordered_json json_of(const Uncertainty& uncertainty) {
  auto budget = ordered_json::array();
  for (const auto& row : uncertainty.budget) budget.push_back(json_of(row));
  return {{"budget", std::move(budget)},
          {"standard", uncertainty.standard},
          {"degrees_of_freedom", uncertainty.degrees_of_freedom},
          {"coverage_factor", uncertainty.coverage_factor},
          {"coverage_probability", uncertainty.coverage_probability},
          {"expanded", uncertainty.expanded}};
}

Uncertainty uncertainty_from(const At& at) {
  Uncertainty uncertainty;
  for (const auto& row : at.member("budget").items())
    uncertainty.budget.push_back(contribution_from(row));
  uncertainty.standard = at.member("standard").number();
  uncertainty.degrees_of_freedom = at.member("degrees_of_freedom").number();
  uncertainty.coverage_factor = at.member("coverage_factor").number();
  uncertainty.coverage_probability = at.member("coverage_probability").number();
  uncertainty.expanded = at.member("expanded").number();
  return uncertainty;
}

ordered_json json_of(const PointResult& point) {
  auto samples = ordered_json::array();
  for (const auto& sample : point.samples)
    samples.push_back(
        {{"t_s", sample.t_s}, {"plug", sample.plug}, {"reference", sample.reference}});
  return {{"quantity", point.quantity},
          {"unit", point.unit},
          {"nominal_W", point.nominal_W},
          {"plug", point.plug},
          {"reference", point.reference},
          {"error_percent", point.error_percent},
          {"uncertainty", json_of(point.uncertainty)},
          {"limit_percent", or_null(point.limit_percent)},
          {"rule", to_string(point.rule)},
          {"guard_band_percent", point.guard_band_percent},
          {"test_uncertainty_ratio", or_null(point.test_uncertainty_ratio)},
          {"decision", to_string(point.decision)},
          {"effective_samples", point.effective_samples},
          {"samples", std::move(samples)}};
}

std::optional<double> number_or_none(const At& at, const char* name) {
  const auto found = at.optional(name);
  return found ? std::optional(found->number()) : std::nullopt;
}

PointResult point_from(const At& at) {
  PointResult point;
  point.quantity = at.member("quantity").text();
  point.unit = at.member("unit").text();
  point.nominal_W = at.member("nominal_W").number();
  point.plug = at.member("plug").number();
  point.reference = at.member("reference").number();
  point.error_percent = at.member("error_percent").number();
  point.uncertainty = uncertainty_from(at.member("uncertainty"));
  point.limit_percent = number_or_none(at, "limit_percent");
  point.rule = at.member("rule").one_of(kRules);
  point.guard_band_percent = at.member("guard_band_percent").number();
  point.test_uncertainty_ratio = number_or_none(at, "test_uncertainty_ratio");
  point.decision = at.member("decision").one_of(kDecisions);
  point.effective_samples = at.member("effective_samples").number();
  for (const auto& sample : at.member("samples").items())
    point.samples.push_back({sample.member("t_s").number(), sample.member("plug").number(),
                             sample.member("reference").number()});
  return point;
}

ordered_json json_of(const Constants& constants) {
  return {
      {"voltage", constants.voltage}, {"current", constants.current}, {"power", constants.power}};
}

Constants constants_from(const At& at) {
  return {at.member("voltage").integer(), at.member("current").integer(),
          at.member("power").integer()};
}

ordered_json json_of(const std::optional<Constants>& constants) {
  return constants ? json_of(*constants) : ordered_json(nullptr);
}

ordered_json json_of(const Series& series) {
  auto points = ordered_json::array();
  for (const auto& point : series.points) points.push_back(json_of(point));
  return {{"name", series.name},
          {"started", series.started},
          {"constants", json_of(series.constants)},
          {"tare_W", series.tare_W},
          {"points", std::move(points)}};
}

Series series_from(const At& at) {
  Series series;
  series.name = at.member("name").text();
  series.started = at.member("started").text();
  series.constants = constants_from(at.member("constants"));
  series.tare_W = at.member("tare_W").number();
  for (const auto& point : at.member("points").items()) series.points.push_back(point_from(point));
  return series;
}

ordered_json json_of(const ReferenceMeter& meter) {
  ordered_json texts;
  for (const auto& [name, text] : kMeterTexts) texts[name] = meter.*text;
  return texts;
}

ReferenceMeter reference_from(const At& at) {
  ReferenceMeter meter;
  for (const auto& [name, text] : kMeterTexts) meter.*text = at.member(name).text();
  return meter;
}

}  // namespace

std::string to_json(const CalibrationRecord& record) {
  const ordered_json document{{"reference", json_of(record.reference)},
                              {"series", json_of(record.series)},
                              {"before", json_of(record.before)},
                              {"after", json_of(record.after)}};
  return document.dump(1) + "\n";
}

CalibrationRecord calibration_from_json(std::string_view json) {
  ordered_json document;
  try {
    document = ordered_json::parse(json);
  } catch (const nlohmann::json::parse_error& error) {
    throw std::runtime_error(fmt::format("calibration record: byte {}: no valid JSON", error.byte));
  }
  const At root(document, "");
  CalibrationRecord record;
  record.reference = reference_from(root.member("reference"));
  record.series = series_from(root.member("series"));
  if (const auto before = root.optional("before")) record.before = constants_from(*before);
  if (const auto after = root.optional("after")) record.after = constants_from(*after);
  return record;
}

}  // namespace plugrig::metrology
