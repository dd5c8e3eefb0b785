#include "rig/engine/product.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "rig/core/did_you_mean.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/core/quantity.hpp"

namespace plugrig {
namespace {

std::vector<FieldSpec> product_fields(bool file) {
  std::vector<FieldSpec> fields{
      {.name = "title", .type = FieldType::text, .required = file, .help = "as people call it"},
      {.name = "chip", .type = FieldType::text, .required = file, .help = "its processor"},
      {.name = "flash", .type = FieldType::bytes, .required = file, .help = "size of its flash"},
      {.name = "metering", .type = FieldType::text, .help = "its metering chip"},
      {.name = "ratings", .type = FieldType::map, .help = "what its type plate says"},
      {.name = "template",
       .type = FieldType::json,
       .help = "its Tasmota template, in the form that the firmware shows"},
      {.name = "template_old",
       .type = FieldType::json,
       .help = "its template in the old form of 13 entries"},
      {.name = "constants", .type = FieldType::map, .help = "plausible calibration constants"},
      {.name = "serial",
       .type = FieldType::text_or_map,
       .help = "what its serials look like; 'mac' when the MAC is the serial"},
      {.name = "label", .type = FieldType::map, .help = "the label that a unit gets after PASS"},
  };
  if (file) {
    fields.insert(fields.begin(), {.name = "plug",
                                   .type = FieldType::text,
                                   .required = true,
                                   .help = "its name, as the file is called"});
  }
  return fields;
}

std::vector<FieldSpec> rating_fields() {
  return {
      {.name = "voltage", .type = FieldType::voltage, .help = "rated voltage", .minimum = 1},
      {.name = "current",
       .type = FieldType::current,
       .required = true,
       .help = "largest current; without it no load is put behind the plug",
       .minimum = 0.001},
      {.name = "power", .type = FieldType::power, .help = "largest power", .minimum = 0.001},
  };
}

std::vector<FieldSpec> constants_fields() {
  return {
      {.name = "voltage_cal", .type = FieldType::map, .help = "window of VoltageCal"},
      {.name = "current_cal", .type = FieldType::map, .help = "window of CurrentCal"},
      {.name = "power_cal", .type = FieldType::map, .help = "window of PowerCal"},
      {.name = "consistency",
       .type = FieldType::map,
       .help = "window of PowerCal / (VoltageCal · CurrentCal)"},
  };
}

std::vector<FieldSpec> window_fields(FieldType type) {
  return {
      {.name = "low", .type = type, .required = true, .help = "smallest", .minimum = 0},
      {.name = "high", .type = type, .required = true, .help = "largest", .minimum = 0},
  };
}

const std::vector<FieldSpec>& table(std::string_view name) {
  const auto& tables = product_tables();
  return std::find_if(tables.begin(), tables.end(),
                      [&](const ProductTable& t) { return t.name == name; })
      ->fields;
}

class ProductReader {
 public:
  ProductReader(const std::string& file, Problems& problems, const Variables& variables)
      : file_(file), problems_(problems), variables_(variables) {}

  PlugInfo read(const yaml::Node& node, const std::vector<FieldSpec>& fields,
                const std::string& what) {
    PlugInfo plug;
    const FieldValues values = read_fields(node, fields, what, file_, problems_, variables_);
    const auto text = [&](const char* name, std::string& into) {
      if (values.has(name)) into = values.text(name);
    };
    text("plug", plug.name);
    text("title", plug.title);
    text("chip", plug.chip);
    text("metering", plug.metering);
    text("template", plug.template_json);
    text("template_old", plug.template_old_json);
    if (values.has("flash")) plug.flash_bytes = values.bytes("flash");
    if (const yaml::Node* ratings = node.find("ratings")) read_ratings(*ratings, plug);
    if (const yaml::Node* constants = node.find("constants")) read_constants(*constants, plug);
    if (const yaml::Node* serial = node.find("serial"))
      plug.serial = read_serial_rules(*serial, file_, problems_, variables_);
    if (const yaml::Node* label = node.find("label"))
      plug.label = read_label_rules(*label, file_, problems_, variables_);
    return plug;
  }

 private:
  void read_ratings(const yaml::Node& node, PlugInfo& plug) {
    const FieldValues values =
        read_fields(node, table("ratings"), "'ratings'", file_, problems_, variables_);
    if (values.has("voltage")) plug.rated_V = values.number("voltage");
    if (values.has("current")) plug.rated_A = values.number("current");
    if (values.has("power")) plug.rated_W = values.number("power");
  }

  void read_constants(const yaml::Node& node, PlugInfo& plug) {
    read_fields(node, table("constants"), "'constants'", file_, problems_, variables_);
    plug.voltage_cal = read_window(node, "voltage_cal", "window");
    plug.current_cal = read_window(node, "current_cal", "window");
    plug.power_cal = read_window(node, "power_cal", "window");
    plug.consistency = read_window(node, "consistency", "consistency");
  }

  Window read_window(const yaml::Node& constants, std::string_view key, std::string_view type) {
    const yaml::Node* node = constants.find(key);
    if (node == nullptr) return {};
    const FieldValues values =
        read_fields(*node, table(type), fmt::format("'{}'", key), file_, problems_, variables_);
    if (!values.has("low") || !values.has("high")) return {};
    const Window window{values.number("low"), values.number("high")};
    if (!window.stated()) {
      problems_.error(file_, values.place("high"),
                      fmt::format("the window of '{}' is empty: 'high' is not above 'low'", key),
                      "write the smaller value as 'low'");
    }
    return window;
  }

  const std::string& file_;
  Problems& problems_;
  const Variables& variables_;
};

std::vector<std::string> names_in(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> names;
  for (const auto& folder : folders) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

const std::vector<ProductTable>& product_tables() {
  static const std::vector<ProductTable> tables{
      {"product", product_fields(true)},
      {"inline", product_fields(false)},
      {"ratings", rating_fields()},
      {"constants", constants_fields()},
      {"window", window_fields(FieldType::integer)},
      {"consistency", window_fields(FieldType::ratio)},
      {"serial", serial_fields()},
      {"label", label_fields()},
  };
  return tables;
}

PlugInfo load_product(const std::filesystem::path& path, Problems& problems) {
  const yaml::Document document = yaml::load(path, problems);
  if (document.root.kind == yaml::Kind::null) return {};
  PlugInfo plug = ProductReader(document.file, problems, {})
                      .read(document.root, table("product"), "product file");
  const std::string expected = path.stem().string();
  if (!plug.name.empty() && plug.name != expected) {
    problems.error(document.file, document.root.place,
                   fmt::format("the file is called '{}' and its plug '{}'", expected, plug.name),
                   "give both the same name");
  }
  plug.sha256 = sha256_hex(read_bytes(path));
  return plug;
}

PlugInfo read_inline_product(const yaml::Node& node, const std::string& file, Problems& problems,
                             const Variables& variables) {
  return ProductReader(file, problems, variables).read(node, table("inline"), "'plug'");
}

PlugInfo find_product(const std::string& name, const std::vector<std::filesystem::path>& folders,
                      const std::string& file, SourcePlace place, Problems& problems) {
  const auto known = names_in(folders);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    problems.error(file, place, fmt::format("unknown plug {}", in_quotes(name)),
                   did_you_mean(name, known, "there is no product file of this name"));
    return {};
  }
  for (const auto& folder : folders) {
    const auto path = folder / (name + ".yaml");
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return load_product(path, problems);
  }
  return {};
}

std::map<std::string, std::string, std::less<>> product_variables(const PlugInfo& plug) {
  std::map<std::string, std::string, std::less<>> values;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) values[std::string("plug.") + name] = value;
  };
  put("name", plug.name);
  put("title", plug.title);
  put("chip", plug.chip);
  put("metering", plug.metering);
  put("template", plug.template_json);
  put("template_old", plug.template_old_json);
  if (plug.flash_bytes > 0) put("flash", fmt::format("{} B", plug.flash_bytes));
  if (plug.rated_V > 0) put("rated_voltage", to_string(Volts(plug.rated_V)));
  if (plug.rated_A > 0) put("rated_current", to_string(Amperes(plug.rated_A)));
  if (plug.rated_W > 0) put("rated_power", to_string(Watts(plug.rated_W)));
  return values;
}

}  // namespace plugrig
