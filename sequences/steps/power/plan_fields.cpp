#include "sequences/steps/power/plan_fields.hpp"

#include <fmt/format.h>

#include "rig/core/fault.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig::steps {
namespace {

using enum FieldType;

/// A low, a middle and a high load, when the sequence names none.
const std::vector<double> kUsualPoints_W{60, 500, 2000};

std::vector<double> points_of(const FieldValues& params) {
  if (!params.has("points")) return kUsualPoints_W;
  std::vector<double> points;
  for (const auto& text : params.list("points")) points.push_back(load_point_of(text, "points"));
  if (points.empty())
    throw Fault("step.parameters", Blame::config, "'points' names no load point.",
                "Name at least one, such as 500 W.");
  return points;
}

constexpr const char* kPointHint =
    "write a power with its unit, such as 500 W; no load has its own field, no_load";

/// Nothing for a text that is no load point.
std::optional<double> watts_of(const std::string& text) {
  const auto parsed = parse_quantity(text, power_dimension);
  const auto* watts = std::get_if<double>(&parsed);
  if (watts == nullptr || *watts <= 0) return std::nullopt;
  return *watts;
}

bool is_known(const std::string& text) { return text.find("{{") == std::string::npos; }

std::optional<double> optional_number(const FieldValues& params, std::string_view name) {
  return params.has(name) ? std::optional(params.number(name)) : std::nullopt;
}

}  // namespace

std::vector<FieldSpec> plan_fields(std::string most) {
  return {{.name = "points",
           .type = list,
           .help = "load points, such as [60 W, 500 W, 2 kW], which are the usual ones"},
          {.name = "no_load",
           .type = boolean,
           .fallback = "true",
           .help = "measure without load too: 0 W, 0 A, voltage present"},
          {.name = "samples",
           .type = integer,
           .fallback = "10",
           .help = "readings at a point before anything is judged; where a person reads the "
                   "reference, fewer than 6 count as they are said",
           .minimum = 3,
           .maximum = 500},
          {.name = "max_samples",
           .type = integer,
           .fallback = std::move(most),
           .help = "readings at a point after which scatter is taken as it is",
           .minimum = 3,
           .maximum = 1000},
          {.name = "settle_within",
           .type = duration,
           .fallback = "60 s",
           .help = "time for a point to stand still"}};
}

std::vector<FieldSpec> limit_fields(bool required) {
  return {{.name = "limits",
           .type = tolerance,
           .required = required,
           .help = "limit of the power error, such as ± 1 %"},
          {.name = "voltage_limits", .type = tolerance, .help = "limit of the voltage error"},
          {.name = "current_limits", .type = tolerance, .help = "limit of the current error"},
          {.name = "rule",
           .type = choice,
           .fallback = "simple",
           .help = "decision rule: simple, or guard_band (limit less U)",
           .choices = {"simple", "guard_band"}}};
}

std::vector<NeededLoad> needed_points(const StepParams& params, Problems& problems) {
  std::vector<NeededLoad> needed;
  const auto* list = params.node.find("points");
  if (list == nullptr) {
    for (const double watts : kUsualPoints_W) needed.push_back({watts, params.node.place});
    return needed;
  }
  if (!params.values.has("points")) return needed;
  const auto& texts = params.values.list("points");
  if (texts.empty())
    problems.error(params.file, list->place, "'points' names no load point", kPointHint);
  for (std::size_t i = 0; i < texts.size() && i < list->items.size(); ++i) {
    if (!is_known(texts[i])) continue;
    const auto place = list->items[i].place;
    if (const auto watts = watts_of(texts[i]))
      needed.push_back({*watts, place});
    else
      problems.error(params.file, place, in_quotes(texts[i]) + " is no load point", kPointHint);
  }
  return needed;
}

std::vector<NeededLoad> needed_point(const StepParams& params, std::string_view field) {
  if (!params.values.has(field) || !is_known(params.values.text(field))) return {};
  return {{params.values.number(field), params.values.place(field)}};
}

double load_point_of(const std::string& text, std::string_view field) {
  if (const auto watts = watts_of(text)) return *watts;
  throw Fault("step.parameters", Blame::config,
              fmt::format("'{}' in '{}' is no load point.", text, field),
              "Write a power with its unit, such as 500 W; no load has its own field, no_load.");
}

SeriesPlan plan_of(const FieldValues& params, std::string series) {
  SeriesPlan plan;
  plan.name = std::move(series);
  plan.points_W = points_of(params);
  plan.no_load = params.boolean("no_load");
  plan.rules.first = static_cast<int>(params.integer("samples"));
  plan.rules.most = static_cast<int>(params.integer("max_samples"));
  plan.rules.settle_limit = params.duration("settle_within");
  return plan;
}

SeriesLimits limits_of(const FieldValues& params) {
  SeriesLimits limits;
  limits.power = optional_number(params, "limits");
  limits.voltage = optional_number(params, "voltage_limits");
  limits.current = optional_number(params, "current_limits");
  if (params.text("rule") == "guard_band") limits.rule = metrology::DecisionRule::guard_band;
  return limits;
}

}  // namespace plugrig::steps
