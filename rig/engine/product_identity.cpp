#include "rig/engine/product_identity.hpp"

#include <fmt/format.h>

#include "rig/engine/serial_pattern.hpp"

namespace plugrig {
namespace {

constexpr double kMillimetres = 1000;

class RulesReader {
 public:
  RulesReader(const yaml::Node& node, const std::string& file, Problems& problems,
              const Variables& variables)
      : file_(file),
        problems_(problems),
        fields_(read_fields(node, serial_fields(), "'serial'", file, problems, variables)) {}

  SerialRules read() {
    SerialRules rules;
    rules.source = SerialRules::Source::scan;
    if (fields_.has("check_digit"))
      rules.check_digit = check_digit_of(fields_.text("check_digit")).value_or(CheckDigit::none);
    if (fields_.has("seen_before") && fields_.text("seen_before") == "refuse")
      rules.seen_before = SeenBefore::refuse;
    const bool usable = read_pattern(rules);
    if (fields_.has("range")) read_range(rules);
    if (fields_.has("example")) rules.example = fields_.text("example");
    if (usable && !rules.example.empty()) check_example(rules);
    return rules;
  }

 private:
  bool read_pattern(SerialRules& rules) {
    if (!fields_.has("pattern")) return false;
    rules.pattern = fields_.text("pattern");
    const auto problem = pattern_problem(rules.pattern);
    if (problem.empty()) return true;
    error("pattern", "this is no pattern of a serial: " + problem,
          "an extended regular expression for the whole serial, such as EP2-[0-9]{6}");
    return false;
  }

  void read_range(SerialRules& rules) {
    const auto& ends = fields_.list("range");
    if (ends.size() != 2) {
      error("range", "'range' is the first and the last serial", "range: [EP2-000001, EP2-099999]");
    } else if (ends[0].size() != ends[1].size()) {
      error("range", "first and last serial differ in length", "write leading zeros");
    } else if (ends[0] > ends[1]) {
      error("range", "the first serial is behind the last one", "write the smaller one first");
    } else {
      rules.first = ends[0];
      rules.last = ends[1];
    }
  }

  void check_example(const SerialRules& rules) {
    const auto fault = serial_fault(rules, rules.example);
    if (!fault) return;
    const auto reason = fault->happened().substr(0, fault->happened().size() - 1);
    error("example", "the example breaks the rules: " + reason,
          "correct the example, or the rule that refuses it");
  }

  void error(const char* field, const std::string& message, const std::string& hint) {
    problems_.error(file_, fields_.place(field), message, hint);
  }

  const std::string& file_;
  Problems& problems_;
  FieldValues fields_;
};

}  // namespace

std::vector<FieldSpec> serial_fields() {
  return {
      {.name = "pattern",
       .type = FieldType::text,
       .required = true,
       .help = "extended regular expression for the whole serial"},
      {.name = "check_digit",
       .type = FieldType::choice,
       .fallback = "none",
       .help = "what its last character guards: the pattern's group, else all of it",
       .choices = check_digit_names()},
      {.name = "range",
       .type = FieldType::list,
       .help = "first and last serial, without check digits"},
      {.name = "seen_before",
       .type = FieldType::choice,
       .fallback = "allow_retest",
       .help = "what happens to a serial that was tested before",
       .choices = {"allow_retest", "refuse"}},
      {.name = "example", .type = FieldType::text, .help = "a serial that keeps these rules"},
  };
}

std::vector<FieldSpec> label_fields() {
  return {
      {.name = "width",
       .type = FieldType::length,
       .required = true,
       .help = "of the label, across the print head",
       .minimum = 0.015,
       .maximum = 0.2},
      {.name = "height",
       .type = FieldType::length,
       .required = true,
       .help = "of the label, along the feed",
       .minimum = 0.010,
       .maximum = 0.3},
      {.name = "dpi",
       .type = FieldType::integer,
       .fallback = "203",
       .help = "dots per inch of the label printer",
       .minimum = 100,
       .maximum = 1200},
      {.name = "scan_back",
       .type = FieldType::choice,
       .fallback = "optional",
       .help = "whether a unit is closed only when its label was scanned",
       .choices = {"optional", "required"}},
  };
}

SerialRules read_serial_rules(const yaml::Node& node, const std::string& file, Problems& problems,
                              const Variables& variables) {
  if (node.kind != yaml::Kind::scalar) return RulesReader(node, file, problems, variables).read();
  SerialRules rules;
  rules.source = SerialRules::Source::mac;
  if (node.text != "mac")
    problems.error(file, node.place, fmt::format("{} is no rule for serials", in_quotes(node.text)),
                   "write 'serial: mac', or a map with 'pattern'");
  return rules;
}

LabelRules read_label_rules(const yaml::Node& node, const std::string& file, Problems& problems,
                            const Variables& variables) {
  const FieldValues fields =
      read_fields(node, label_fields(), "'label'", file, problems, variables);
  LabelRules rules;
  if (fields.has("width")) rules.width_mm = fields.number("width") * kMillimetres;
  if (fields.has("height")) rules.height_mm = fields.number("height") * kMillimetres;
  if (fields.has("dpi")) rules.dpi = static_cast<int>(fields.integer("dpi"));
  rules.scan_back_required = fields.has("scan_back") && fields.text("scan_back") == "required";
  return rules;
}

}  // namespace plugrig
