#include "tests/seeded_faults/fault_table.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "rig/core/field_spec.hpp"
#include "rig/core/yaml.hpp"
#include "rig/engine/exit_code.hpp"

namespace plugrig::seeded {
namespace {

using enum FieldType;

const std::vector<FieldSpec>& table_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "rows", .type = maps, .required = true, .help = "one fault each"}};
  return table;
}

const std::vector<FieldSpec>& row_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "row", .type = text, .required = true, .help = "name: letters, digits and _"},
      {.name = "job", .type = text, .required = true, .help = "the sequence that runs"},
      {.name = "plug", .type = map, .help = "faults of the plug and its slot"},
      {.name = "flash_die", .type = text, .fallback = "gd25q80", .help = "flash of the plug"},
      {.name = "meter", .type = map, .help = "faults of the reference meter"},
      {.name = "mains_board", .type = map, .help = "faults of the board with the mains relays"},
      {.name = "load_board", .type = map, .help = "faults of the board with the load's relays"},
      {.name = "selector_board", .type = map, .help = "faults of the board with the selector"},
      {.name = "world", .type = map, .help = "what else differs on the simulated bench"},
      {.name = "certificate", .type = text, .fallback = "valid", .help = "of the reference meter"},
      {.name = "sequence", .type = map, .help = "variables of the sequence"},
      {.name = "verdict",
       .type = choice,
       .required = true,
       .help = "of the unit",
       .choices = {"pass", "fail", "error", "inconclusive"}},
      {.name = "blame",
       .type = choice,
       .help = "whose fault it is",
       .choices = {"unit", "contact", "fixture", "instrument", "host", "operator", "config"}},
      {.name = "fault", .type = text, .help = "id of the fault"},
      {.name = "exit",
       .type = integer,
       .required = true,
       .help = "exit code of the run",
       .minimum = 0,
       .maximum = 130},
      {.name = "stays_live",
       .type = boolean,
       .fallback = "false",
       .help = "the fault itself keeps mains on"},
      {.name = "wrong_value",
       .type = boolean,
       .fallback = "false",
       .help = "passes with a wrong value: nothing on this bench can tell"},
      {.name = "reason", .type = text, .required = true, .help = "why a person expects just that"}};
  return table;
}

constexpr std::array verdicts{Verdict::pass, Verdict::fail, Verdict::error, Verdict::inconclusive};

Verdict verdict_of(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(verdicts, [&](Verdict verdict) { return to_string(verdict) == name; });
  return found == verdicts.end() ? Verdict::not_run : *found;
}

/// A map of scalars as it stands in the file: the bench language itself judges it later.
std::string map_text(const yaml::Node& row, std::string_view key) {
  const auto* node = row.find(key);
  if (node == nullptr) return {};
  std::string text;
  for (const auto& [name, place, value] : node->entries)
    text += (text.empty() ? "" : ", ") + name + ": " +
            (value.quoted ? '"' + value.text + '"' : value.text);
  return "{" + text + "}";
}

VariableValues variables_of(const yaml::Node& row) {
  VariableValues values;
  if (const auto* node = row.find("sequence"))
    for (const auto& entry : node->entries) values[entry.key] = entry.value.text;
  return values;
}

bool is_test_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// What a row says of its end must fit together.
void check(const FaultRow& row, const std::string& file, SourcePlace place, Problems& problems) {
  const bool passes = row.verdict == Verdict::pass;
  if (!is_test_name(row.name))
    problems.error(file, place, "a row's name has only a to z, digits and _");
  if (passes != row.blame.empty() || passes != row.fault.empty())
    problems.error(file, place, "a pass has neither blame nor fault, everything else has both");
  if (passes != (row.exit_code == exit_code::all_passed))
    problems.error(file, place, "exit 0 belongs to a pass and to nothing else");
  if (row.wrong_value && !passes) problems.error(file, place, "only a pass can have a wrong value");
  if (row.reason.size() < 20 || row.reason.back() != '.')
    problems.error(file, place, "a reason is a sentence");
}

FaultRow read_row(const yaml::Node& node, const std::string& file, Problems& problems) {
  const auto fields = read_fields(node, row_fields(), "row", file, problems);
  const auto text_of = [&](const char* name) {
    return fields.has(name) ? fields.text(name) : std::string();
  };
  const auto is = [&](const char* name) { return fields.has(name) && fields.boolean(name); };
  return {.name = text_of("row"),
          .job = text_of("job"),
          .reason = text_of("reason"),
          .plug = map_text(node, "plug"),
          .flash_die = text_of("flash_die"),
          .meter = map_text(node, "meter"),
          .mains_board = map_text(node, "mains_board"),
          .load_board = map_text(node, "load_board"),
          .selector_board = map_text(node, "selector_board"),
          .world = map_text(node, "world"),
          .certificate = text_of("certificate"),
          .sequence = variables_of(node),
          .verdict = verdict_of(text_of("verdict")),
          .blame = text_of("blame"),
          .fault = text_of("fault"),
          .exit_code = fields.has("exit") ? static_cast<int>(fields.integer("exit")) : 0,
          .stays_live = is("stays_live"),
          .wrong_value = is("wrong_value")};
}

}  // namespace

std::vector<FaultRow> load_fault_table(const std::filesystem::path& path, Problems& problems) {
  const auto document = yaml::load(path, problems);
  if (problems.any_error()) return {};
  read_fields(document.root, table_fields(), "table", document.file, problems);
  const auto* list = document.root.find("rows");
  if (list == nullptr) return {};
  std::vector<FaultRow> rows;
  std::set<std::string> names;
  for (const auto& node : list->items) {
    auto row = read_row(node, document.file, problems);
    check(row, document.file, node.place, problems);
    if (!names.insert(row.name).second)
      problems.error(document.file, node.place, "a second row of this name");
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace plugrig::seeded
