#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "rig/regress/quarantine.hpp"

namespace plugrig::regress {
namespace {

const std::vector<FieldSpec>& file_fields() {
  static const std::vector<FieldSpec> table{{.name = "quarantine",
                                             .type = FieldType::maps,
                                             .required = true,
                                             .help = "a list; may be empty: []"}};
  return table;
}

/// YYYY-MM-DD, and such a day exists.
bool is_date(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-dd";
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char digit : text.substr(at, size)) value = 10 * value + (digit - '0');
    return value;
  };
  return std::chrono::year_month_day(std::chrono::year(number(0, 4)),
                                     std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                     std::chrono::day(static_cast<unsigned>(number(8, 2))))
      .ok();
}

std::optional<Quarantine> entry_of(const yaml::Node& item, const std::string& file,
                                   Problems& problems) {
  const auto fields = read_fields(item, quarantine_fields(), "quarantine entry", file, problems);
  Quarantine entry;
  bool whole = true;
  const auto refuse = [&](SourcePlace place, std::string message, std::string hint) {
    problems.error(file, place, std::move(message), std::move(hint));
    whole = false;
  };
  if (fields.has("quantity") == fields.has("step")) {
    refuse(item.place, "a quarantine entry names a quantity or a step, one of them",
           "write 'quantity: …' or 'step: …'");
  } else {
    const bool step = fields.has("step");
    entry.what = step ? Quarantine::What::step : Quarantine::What::quantity;
    entry.pattern = fields.text(step ? "step" : "quantity");
  }
  for (const auto& [key, target] :
       {std::pair{"reason", &entry.reason}, {"owner", &entry.owner}, {"expires", &entry.expires}}) {
    if (!fields.has(key)) {
      whole = false;
    } else if (*target = fields.text(key); target->empty()) {
      refuse(fields.place(key), fmt::format("'{}' is empty", key), "say it in a few words");
    }
  }
  if (!entry.expires.empty() && !is_date(entry.expires))
    refuse(fields.place("expires"), in_quotes(entry.expires) + " is no date", "write 2026-03-31");
  if (!whole) return {};
  return entry;
}

}  // namespace

const std::vector<FieldSpec>& quarantine_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "quantity", .help = "its name; * stands for any characters"},
      {.name = "step", .help = "its name; * stands for any characters"},
      {.name = "reason", .required = true, .help = "why its change is known and borne for now"},
      {.name = "owner", .required = true, .help = "who looks after it"},
      {.name = "expires", .required = true, .help = "last day, YYYY-MM-DD; then it counts again"},
  };
  return table;
}

std::vector<Quarantine> read_quarantine(const yaml::Document& document, Problems& problems) {
  // A file that could not be parsed has its error already.
  if (document.root.kind == yaml::Kind::null && problems.any_error()) return {};
  read_fields(document.root, file_fields(), "quarantine file", document.file, problems);
  const yaml::Node* list = document.root.find("quarantine");
  if (list == nullptr) return {};
  std::vector<Quarantine> entries;
  if (list->kind != yaml::Kind::list) {
    problems.error(document.file, list->place, "'quarantine' must be a list",
                   "write '- quantity: …' below it, or []");
    return entries;
  }
  for (const yaml::Node& item : list->items)
    if (auto entry = entry_of(item, document.file, problems)) entries.push_back(std::move(*entry));
  return entries;
}

std::vector<Quarantine> load_quarantine(const std::filesystem::path& path, Problems& problems) {
  return read_quarantine(yaml::load(path, problems), problems);
}

}  // namespace plugrig::regress
