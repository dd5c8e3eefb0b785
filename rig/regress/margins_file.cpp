#include <fmt/format.h>

#include "rig/regress/margins.hpp"

namespace plugrig::regress {
namespace {

const std::vector<FieldSpec>& file_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "margins",
       .type = FieldType::maps,
       .required = true,
       .help = "a list; the first whose pattern fits a quantity counts"}};
  return table;
}

Direction direction_of(const std::string& word) {
  for (const auto direction :
       {Direction::lower_is_better, Direction::higher_is_better, Direction::nearer_zero_is_better})
    if (word == to_string(direction)) return direction;
  return Direction::either;
}

/// Reads one file; the problems of all its entries are collected.
class Reader {
 public:
  Reader(const yaml::Document& document, Problems& problems)
      : document_(document), problems_(problems) {}

  std::vector<Margin> read() {
    read_fields(document_.root, file_fields(), "margins file", document_.file, problems_);
    const yaml::Node* list = document_.root.find("margins");
    if (list == nullptr) return {};
    if (list->kind != yaml::Kind::list) {
      error(list->place, "'margins' must be a list", "write '- quantity: …' below it");
      return {};
    }
    for (const yaml::Node& item : list->items) entry(item);
    return std::move(margins_);
  }

 private:
  void entry(const yaml::Node& item) {
    const auto fields = read_fields(item, margin_fields(), "margin", document_.file, problems_);
    if (!fields.has("quantity")) return;
    Margin margin;
    margin.pattern = fields.text("quantity");
    if (fields.has("direction")) margin.direction = direction_of(fields.text("direction"));
    margin.amount = amount(fields, "margin");
    margin.resolution = amount(fields, "resolution");
    if (fields.has("margin_of_baseline")) margin.of_baseline = fields.number("margin_of_baseline");
    refuse_hidden(margin, fields.place("quantity"));
    // A field that was refused is not missing.
    const bool both = item.find("margin") != nullptr && item.find("margin_of_baseline") != nullptr;
    const bool none = item.find("margin") == nullptr && item.find("margin_of_baseline") == nullptr;
    if (both || none)
      error(item.place,
            fmt::format("margin of {} {}", in_quotes(margin.pattern),
                        both ? "is given twice" : "says no margin"),
            "give 'margin' (50 ms) or 'margin_of_baseline' (5 %)");
    if (!both && (margin.amount || margin.of_baseline)) margins_.push_back(std::move(margin));
  }

  std::optional<Amount> amount(const FieldValues& fields, std::string_view key) {
    if (!fields.has(key)) return {};
    auto parsed = parse_amount(fields.text(key));
    if (!parsed)
      error(fields.place(key),
            in_quotes(fields.text(key)) + " is no number with a unit, zero or above",
            "write '50 ms'");
    return parsed;
  }

  /// `*` in a pattern fits itself, so an earlier pattern that fits this one fits all that it fits.
  void refuse_hidden(const Margin& margin, SourcePlace place) {
    for (const Margin& earlier : margins_) {
      const bool other_unit = earlier.pattern == margin.pattern && earlier.amount &&
                              margin.amount && !in_unit(*earlier.amount, margin.amount->unit);
      if (other_unit || !pattern_fits(earlier.pattern, margin.pattern)) continue;
      error(place,
            fmt::format("{} never counts: {} stands before it and fits the same",
                        in_quotes(margin.pattern), in_quotes(earlier.pattern)),
            "put the special before the general");
      return;
    }
  }

  void error(SourcePlace place, std::string message, std::string hint) {
    problems_.error(document_.file, place, std::move(message), std::move(hint));
  }

  const yaml::Document& document_;
  Problems& problems_;
  std::vector<Margin> margins_;
};

}  // namespace

const std::vector<FieldSpec>& margin_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "quantity",
       .required = true,
       .help = "its name; * stands for any characters, and alone for all other quantities"},
      {.name = "margin", .help = "in the quantity's own unit, as 50 ms"},
      {.name = "margin_of_baseline",
       .type = FieldType::ratio,
       .help = "as a share of the baseline's mean, as 5 %",
       .minimum = 0,
       .maximum = 10},
      {.name = "direction",
       .type = FieldType::choice,
       .required = true,
       .help = "which way it may change without harm; either: any change is for the worse",
       .choices = {"lower_is_better", "higher_is_better", "either", "nearer_zero_is_better"}},
      {.name = "resolution", .help = "of one reading; without it the readings show it"},
  };
  return table;
}

std::vector<Margin> read_margins(const yaml::Document& document, Problems& problems) {
  // A file that could not be parsed has its error already.
  if (document.root.kind == yaml::Kind::null && problems.any_error()) return {};
  return Reader(document, problems).read();
}

std::vector<Margin> load_margins(const std::filesystem::path& path, Problems& problems) {
  return read_margins(yaml::load(path, problems), problems);
}

}  // namespace plugrig::regress
