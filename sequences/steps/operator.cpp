#include <fmt/format.h>

#include <charconv>

#include "sequences/steps/library.hpp"
#include "sequences/steps/tasmota_link.hpp"

namespace plugrig::steps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using enum FieldType;

void confirm(StepContext& context) {
  const auto& words = context.params().text("text");
  person(context).confirm(
      {.slot = context.slot(), .text = words, .unit = {}, .low = {}, .high = {}},
      context.deadline());
  context.say(fmt::format("confirmed: {}", words));
}

/// A limit of the sequence, as a number without unit.
std::optional<double> limit_of(const FieldValues& params, std::string_view name) {
  if (!params.has(name)) return std::nullopt;
  const auto& words = params.text(name);
  double value = 0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), value);
  if (error == std::errc{} && end == words.data() + words.size()) return value;
  throw Fault("operator.limit", Blame::config,
              fmt::format("'{}' is '{}', which is no number.", name, words),
              "Write the number without its unit; 'unit' says it once for all.");
}

void ask_value(StepContext& context) {
  const auto& params = context.params();
  Measurement measurement;
  measurement.id = params.text("id");
  measurement.unit = params.text("unit");
  measurement.low = limit_of(params, "low");
  measurement.high = limit_of(params, "high");
  measurement.instrument = params.text("instrument");
  measurement.value = person(context).value({.slot = context.slot(),
                                             .text = params.text("text"),
                                             .unit = measurement.unit,
                                             .low = {},
                                             .high = {}},
                                            context.deadline());
  context.measure(std::move(measurement));
}

/// Resistance between the plug's two earth contacts, read from a meter by the person.
void ground_bond(StepContext& context) {
  constexpr double overload_ohm = 1e6;
  const double limit_ohm = context.params().number("limit");
  Measurement measurement;
  measurement.id = "ground_bond";
  measurement.unit = "Ohm";
  measurement.high = limit_ohm;
  measurement.instrument = context.params().text("instrument");
  measurement.value =
      person(context).value({.slot = context.slot(),
                             .text = "Mains is off. Measure the resistance from the earth pin of "
                                     "the plug to the earth contact of its socket.",
                             .unit = measurement.unit,
                             .low = 0.0,
                             .high = overload_ohm},
                            context.deadline());
  context.say(fmt::format("earth contact {:g} ohm, limit {:g} ohm", measurement.value, limit_ohm));
  context.measure(std::move(measurement));
}

FieldSpec instrument_field() {
  return {.name = "instrument",
          .type = text,
          .fallback = "read by the operator",
          .help = "what it is read from, for the record"};
}

}  // namespace

void add_operator_steps(StepRegistry& registry) {
  registry.add({.name = "operator.confirm",
                .help = "ask the person at the bench to do something and to confirm it",
                .fields = {{.name = "text",
                            .type = text,
                            .required = true,
                            .help = "what to do, one or two sentences"}},
                .default_timeout = minutes{10},
                .usual_time = seconds{10},
                .run = confirm});
  registry.add({.name = "operator.value",
                .help = "ask the person at the bench to read a value; judged by its limits",
                .fields = {{.name = "id",
                            .type = text,
                            .required = true,
                            .help = "name of the measurement in the record"},
                           {.name = "text",
                            .type = text,
                            .required = true,
                            .help = "what to read, one or two sentences"},
                           {.name = "unit", .type = text, .required = true, .help = "V, ohm, …"},
                           {.name = "low", .type = text, .help = "smallest value that passes"},
                           {.name = "high", .type = text, .help = "largest value that passes"},
                           instrument_field()},
                .default_timeout = minutes{10},
                .usual_time = seconds{15},
                .run = ask_value});
  registry.add({.name = "measure.ground_bond",
                .help = "resistance of the earth contact, measured by the person, mains off",
                .fields = {{.name = "limit",
                            .type = resistance,
                            .fallback = "0.1 Ohm",
                            .help = "largest resistance that passes",
                            .minimum = 0.001,
                            .maximum = 10},
                           instrument_field()},
                .default_timeout = minutes{10},
                .usual_time = seconds{15},
                .run = ground_bond});
}

}  // namespace plugrig::steps
