#include <fmt/format.h>

#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/core/field_spec.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/engine/step.hpp"
#include "sequences/steps/library.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

std::string remark(const FieldSpec& field) {
  if (field.required) return "required";
  return field.fallback.empty() ? "optional" : "default " + field.fallback;
}

std::string needed_lines(const StepType& step) {
  if (step.needs_lines.empty()) return {};
  return fmt::format("; needs the fixture's line '{}'", fmt::join(step.needs_lines, "' and '"));
}

void print_step(const StepType& step, std::ostream& out) {
  out << fmt::format("{}\n    {}; time limit {} s{}{}\n", step.name, step.help,
                     std::chrono::duration_cast<std::chrono::seconds>(step.default_timeout).count(),
                     step.needs_loader ? "; needs 3.3 V and UART, mains off" : "",
                     needed_lines(step));
  for (const auto& field : step.fields) {
    out << fmt::format("    {:<10} {:<9} {:<16} {}", field.name, to_string(field.type),
                       remark(field), field.help);
    for (std::size_t i = 0; i < field.choices.size(); ++i)
      out << (i == 0 ? ": " : ", ") << field.choices[i];
    out << "\n";
  }
}

/// One schema a step, as members of one object.
void print_schema(const StepRegistry& registry, std::ostream& out) {
  out << "{\n";
  bool first = true;
  for (const auto& [name, step] : registry.all()) {
    out << fmt::format("{}\"{}\": {}", first ? "" : ",\n", name, json_schema(step.fields));
    first = false;
  }
  out << "\n}\n";
}

}  // namespace

int steps_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("schema", "print a JSON Schema of each step's parameters instead");
  po::variables_map values;
  if (!parse(arguments, options, {"names"}, "steps [NAME…] [--schema]", console, values))
    return exit_code::all_passed;
  const auto registry = steps::make_registry();
  if (values.count("schema") > 0) {
    print_schema(registry, console.out);
    return exit_code::all_passed;
  }
  const auto wanted =
      values.count("names") > 0 ? values["names"].as<std::vector<std::string>>() : registry.names();
  for (const auto& name : wanted) {
    const auto* step = registry.find(name);
    if (step == nullptr)
      throw UsageError(with_did_you_mean("no step '" + name + "'", name, registry.names()));
    print_step(*step, console.out);
  }
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
