#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/modbus/profile.hpp"
#include "drivers/modbus/profile_reader.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig::modbus {

namespace {

constexpr std::array<std::pair<std::string_view, RegisterType>, 8> types{{
    {"u16", RegisterType::u16},
    {"s16", RegisterType::s16},
    {"u32", RegisterType::u32},
    {"s32", RegisterType::s32},
    {"u64", RegisterType::u64},
    {"s64", RegisterType::s64},
    {"float32", RegisterType::float32},
    {"float64", RegisterType::float64},
}};

/// One quantity of a reading and what its files may say.
struct QuantityKind {
  std::string_view name;
  FieldType type;
  std::string_view least, most;  ///< limits of what a meter may say, when the file has none
};
constexpr std::array quantities{
    QuantityKind{"voltage", FieldType::voltage, "0 V", "1000 V"},
    QuantityKind{"current", FieldType::current, "-200 A", "200 A"},
    QuantityKind{"power", FieldType::power, "-100 kW", "100 kW"},
    QuantityKind{"frequency", FieldType::frequency, "0 Hz", "500 Hz"},
};

std::vector<FieldSpec> value_fields(const QuantityKind& kind) {
  std::vector<std::string> type_names;
  type_names.reserve(types.size());
  for (const auto& [name, type] : types) type_names.emplace_back(name);
  return {
      {.name = "address",
       .type = FieldType::integer,
       .required = true,
       .help = "wire address, counted from 0",
       .minimum = 0,
       .maximum = 0xFFFF},
      {.name = "type", .type = FieldType::choice, .required = true, .choices = type_names},
      {.name = "words",
       .type = FieldType::choice,
       .help = "order of the 16-bit words: ABCD high word first, CDAB low word first",
       .choices = {"ABCD", "CDAB"}},
      {.name = "scale",
       .type = kind.type,
       .required = true,
       .help = "what a register value of 1 is"},
      {.name = "minimum", .type = kind.type, .fallback = std::string(kind.least)},
      {.name = "maximum", .type = kind.type, .fallback = std::string(kind.most)},
      {.name = "not_available",
       .type = FieldType::list,
       .help = "raw patterns that mean no data, as 0x…"},
  };
}

std::vector<FieldSpec> block_fields() {
  return {
      {.name = "first",
       .type = FieldType::integer,
       .required = true,
       .help = "wire address, counted from 0",
       .minimum = 0,
       .maximum = 0xFFFF},
      {.name = "registers",
       .type = FieldType::integer,
       .required = true,
       .help = "how many, one request",
       .minimum = 1,
       .maximum = 125},
  };
}

std::vector<FieldSpec> map_fields(bool with_frequency) {
  std::vector<FieldSpec> fields;
  for (const QuantityKind& kind : quantities) {
    if (kind.name == "frequency" && !with_frequency) continue;
    fields.push_back({.name = std::string(kind.name), .type = FieldType::map});
  }
  return fields;
}

std::vector<FieldSpec> accuracy_fields(FieldType type) {
  return {
      {.name = "reading",
       .type = FieldType::ratio,
       .required = true,
       .help = "of the reading",
       .minimum = 0,
       .maximum = 1},
      {.name = "range",
       .type = FieldType::ratio,
       .required = true,
       .help = "of the range",
       .minimum = 0,
       .maximum = 1},
      {.name = "absolute", .type = type, .minimum = 0},
  };
}

std::vector<FieldSpec> range_fields() {
  return {
      {.name = "voltage", .type = FieldType::list, .required = true, .help = "[300 V]"},
      {.name = "current", .type = FieldType::list, .required = true, .help = "[0.5 A, 1 A]"},
  };
}

std::vector<FieldSpec> resolution_fields() {
  return {
      {.name = "voltage", .type = FieldType::voltage, .minimum = 0},
      {.name = "current", .type = FieldType::current, .minimum = 0},
      {.name = "power", .type = FieldType::power, .minimum = 0},
  };
}

std::vector<FieldSpec> check_fields() {
  return {
      {.name = "minimum", .type = FieldType::frequency, .fallback = "45 Hz"},
      {.name = "maximum", .type = FieldType::frequency, .fallback = "65 Hz"},
  };
}

class MeterReader {
 public:
  MeterReader(const yaml::Document& document, Problems& problems) : reader_(document, problems) {}

  MeterProfile read(std::string name) {
    profile_.name = std::move(name);
    const FieldValues fields = reader_.top(meter_fields(), "meter profile");
    if (fields.has("model")) profile_.model = fields.text("model");
    if (fields.has("function")) {
      profile_.function = static_cast<std::uint8_t>(fields.integer("function"));
    }
    if (fields.has("refresh")) profile_.refresh = fields.duration("refresh");
    if (fields.has("settle")) profile_.settle = fields.duration("settle");
    if (fields.has("latency")) profile_.latency = fields.duration("latency");
    read_block();
    read_values();
    read_ranges();
    read_accuracy();
    read_resolution();
    read_check();
    profile_.factory = reader_.factory();
    return std::move(profile_);
  }

 private:
  const yaml::Node* map(std::string_view key) const { return reader_.root().find(key); }

  void read_block() {
    if (map("block") == nullptr) return;  // told as a missing key
    const FieldValues fields = reader_.section(reader_.root(), "block", block_fields());
    profile_.block = {word(fields, "first"), word(fields, "registers")};
    if (profile_.block.first + profile_.block.count > 0x10000) {
      reader_.error(map("block")->place, "the block ends behind the last address 0xFFFF");
    }
  }

  void read_values() {
    const yaml::Node* values = map("values");
    if (values == nullptr) return;
    reader_.section(reader_.root(), "values", map_fields(true));
    const std::array<std::optional<MeterValue>*, quantities.size()> targets{
        &profile_.voltage, &profile_.current, &profile_.power, &profile_.frequency};
    for (std::size_t i = 0; i < quantities.size(); ++i) {
      if (values->find(quantities[i].name) == nullptr) continue;
      *targets[i] = read_value(*values, quantities[i]);
    }
    if (!profile_.voltage && !profile_.current && !profile_.power) {
      reader_.error(values->place, "a meter must give voltage, current or power");
    }
    check_overlaps(*values, targets);
  }

  MeterValue read_value(const yaml::Node& values, const QuantityKind& kind) {
    const FieldValues fields = reader_.section(values, kind.name, value_fields(kind));
    const yaml::Node& node = *values.find(kind.name);
    MeterValue value;
    value.address = word(fields, "address");
    if (fields.has("type")) {
      const auto* const found = std::ranges::find(types, fields.text("type"),
                                                  [](const auto& entry) { return entry.first; });
      value.format.type = found->second;
    }
    if (fields.has("words") && fields.text("words") == "CDAB") {
      value.format.order = WordOrder::low_first;
    }
    if (fields.has("scale")) value.scale = fields.number("scale");
    if (fields.has("minimum")) value.minimum = fields.number("minimum");
    if (fields.has("maximum")) value.maximum = fields.number("maximum");
    if (fields.has("not_available")) read_patterns(fields, value);
    check_value(node, fields, kind, value);
    return value;
  }

  void read_patterns(const FieldValues& fields, MeterValue& value) {
    const std::size_t bits = 16 * registers_of(value.format.type);
    for (const std::string& text : fields.list("not_available")) {
      const auto pattern = parse_pattern(text);
      if (!pattern || (bits < 64 && *pattern >> bits != 0)) {
        reader_.error(fields.place("not_available"),
                      fmt::format("{} is no pattern of {} bits", in_quotes(text), bits),
                      "write 0xFFFF");
        continue;
      }
      value.not_available.push_back(*pattern);
    }
  }

  void check_value(const yaml::Node& node, const FieldValues& fields, const QuantityKind& kind,
                   const MeterValue& value) {
    const std::size_t count = registers_of(value.format.type);
    if (fields.has("type") && count > 1 && !fields.has("words")) {
      reader_.error(node.place, fmt::format("{} of {} registers needs 'words'", kind.name, count),
                    "ABCD = high word first, CDAB = low word first");
    }
    if (fields.has("scale") && value.scale == 0) {
      reader_.error(fields.place("scale"), "a scale of 0 makes every reading 0");
    }
    if (value.minimum >= value.maximum) {
      reader_.error(node.place,
                    fmt::format("the minimum of {} is not below its maximum", kind.name));
    }
    const bool block_known = profile_.block.count > 0;
    if (!block_known || !fields.has("address")) return;
    if (kind.name == "frequency" || in_block(value)) return;
    reader_.error(fields.place("address"),
                  fmt::format("{} lies outside the block: its value would belong to another moment",
                              kind.name),
                  "make the block larger");
  }

  [[nodiscard]] bool in_block(const MeterValue& value) const {
    const std::size_t end = value.address + registers_of(value.format.type);
    return value.address >= profile_.block.first &&
           end <= std::size_t{profile_.block.first} + profile_.block.count;
  }

  void check_overlaps(const yaml::Node& values,
                      const std::array<std::optional<MeterValue>*, quantities.size()>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (!*all[i] || !*all[k] || !overlap(**all[i], **all[k])) continue;
        reader_.error(
            values.find(quantities[i].name)->place,
            fmt::format("{} shares registers with {}", quantities[i].name, quantities[k].name));
      }
    }
  }

  static bool overlap(const MeterValue& a, const MeterValue& b) {
    return a.address < b.address + registers_of(b.format.type) &&
           b.address < a.address + registers_of(a.format.type);
  }

  void read_ranges() {
    if (map("ranges") == nullptr) return;
    const FieldValues fields = reader_.section(reader_.root(), "ranges", range_fields());
    if (fields.has("voltage")) profile_.ranges_V = ranges(fields, "voltage", voltage_dimension);
    if (fields.has("current")) profile_.ranges_A = ranges(fields, "current", current_dimension);
  }

  std::vector<double> ranges(const FieldValues& fields, std::string_view key,
                             const Dimension& dimension) {
    std::vector<double> result;
    for (const std::string& text : fields.list(key)) {
      const auto parsed = parse_quantity(text, dimension);
      if (const auto* error = std::get_if<QuantityError>(&parsed)) {
        reader_.error(fields.place(key), error->message, error->hint);
        continue;
      }
      const double range = std::get<double>(parsed);
      if (range <= 0 || (!result.empty() && range <= result.back())) {
        reader_.error(fields.place(key),
                      fmt::format("ranges of {} must be positive and ascending", key));
      }
      result.push_back(range);
    }
    if (result.empty()) {
      reader_.error(fields.place(key), fmt::format("the meter needs a range of {}", key));
    }
    return result;
  }

  void read_accuracy() {
    const yaml::Node* accuracy = map("accuracy");
    if (accuracy == nullptr) return;
    reader_.section(reader_.root(), "accuracy", map_fields(false));
    profile_.voltage_accuracy = read_spec(*accuracy, quantities[0], profile_.voltage.has_value());
    profile_.current_accuracy = read_spec(*accuracy, quantities[1], profile_.current.has_value());
    profile_.power_accuracy = read_spec(*accuracy, quantities[2], profile_.power.has_value());
  }

  AccuracySpec read_spec(const yaml::Node& accuracy, const QuantityKind& kind, bool needed) {
    const yaml::Node* node = accuracy.find(kind.name);
    if (node == nullptr) {
      if (needed) {
        reader_.error(accuracy.place, fmt::format("the accuracy of {} is missing", kind.name),
                      "without it no uncertainty can be stated");
      }
      return {};
    }
    const FieldValues fields = reader_.section(accuracy, kind.name, accuracy_fields(kind.type));
    AccuracySpec spec;
    if (fields.has("reading")) spec.reading_fraction = fields.number("reading");
    if (fields.has("range")) spec.range_fraction = fields.number("range");
    if (fields.has("absolute")) spec.absolute = fields.number("absolute");
    const bool perfect = spec.half_width(1, 1) <= 0;
    if (needed && perfect && fields.has("reading") && fields.has("range")) {
      reader_.error(node->place, fmt::format("no meter gives {} without error", kind.name));
    }
    return spec;
  }

  void read_resolution() {
    if (map("resolution") == nullptr) return;
    const FieldValues fields = reader_.section(reader_.root(), "resolution", resolution_fields());
    if (fields.has("voltage")) profile_.voltage_resolution_V = fields.number("voltage");
    if (fields.has("current")) profile_.current_resolution_A = fields.number("current");
    if (fields.has("power")) profile_.power_resolution_W = fields.number("power");
  }

  void read_check() {
    const FieldValues fields = reader_.section(reader_.root(), "frequency_check", check_fields());
    if (fields.has("minimum")) profile_.least_frequency_Hz = fields.number("minimum");
    if (fields.has("maximum")) profile_.most_frequency_Hz = fields.number("maximum");
    if (profile_.least_frequency_Hz < profile_.most_frequency_Hz) return;
    reader_.error(ProfileReader::place_of(reader_.root(), "frequency_check"),
                  "the least frequency is not below the largest");
  }

  ProfileReader reader_;
  MeterProfile profile_;
};

}  // namespace

std::vector<FieldSpec> meter_fields() {
  return {
      {.name = "kind", .type = FieldType::choice, .required = true, .choices = {"meter"}},
      {.name = "model", .required = true, .help = "maker and type"},
      {.name = "function",
       .type = FieldType::integer,
       .required = true,
       .help = "3 = holding registers, 4 = input registers",
       .minimum = 3,
       .maximum = 4},
      {.name = "block", .type = FieldType::map, .required = true, .help = "{first, registers}"},
      {.name = "values", .type = FieldType::map, .required = true, .help = "one entry a quantity"},
      {.name = "refresh",
       .type = FieldType::duration,
       .required = true,
       .help = "registers change at most this often",
       .minimum = 0.001,
       .maximum = 60},
      {.name = "settle",
       .type = FieldType::duration,
       .required = true,
       .help = "behind a change of load",
       .minimum = 0,
       .maximum = 600},
      {.name = "latency",
       .type = FieldType::duration,
       .required = true,
       .help = "largest time from request to answer",
       .minimum = 0.001,
       .maximum = 1},
      {.name = "ranges", .type = FieldType::map, .required = true, .help = "{voltage, current}"},
      {.name = "accuracy",
       .type = FieldType::map,
       .required = true,
       .help = "one entry a quantity"},
      {.name = "resolution", .type = FieldType::map, .required = true, .help = "of the registers"},
      {.name = "frequency_check", .type = FieldType::map, .help = "window of the map check"},
      {.name = "factory", .type = FieldType::map, .help = "line settings as delivered"},
  };
}

MeterProfile load_meter_profile(const std::filesystem::path& path, Problems& problems) {
  const yaml::Document document = load_document(path, problems);
  if (document.root.kind == yaml::Kind::null) return {};
  return MeterReader(document, problems).read(path.stem().string());
}

}  // namespace plugrig::modbus
