#include "drivers/modbus/profile_reader.hpp"

#include <charconv>
#include <utility>

#include "rig/core/yaml.hpp"

namespace plugrig::modbus {

namespace {

std::vector<FieldSpec> factory_fields() {
  return {
      {.name = "baud", .type = FieldType::baud, .fallback = "9600", .help = "bit/s"},
      {.name = "parity",
       .type = FieldType::choice,
       .fallback = "none",
       .choices = {"none", "even", "odd"}},
      {.name = "stop_bits",
       .type = FieldType::integer,
       .fallback = "1",
       .minimum = 1,
       .maximum = 2},
      {.name = "address",
       .type = FieldType::integer,
       .fallback = "1",
       .help = "unit address",
       .minimum = 0,
       .maximum = 255},
  };
}

const yaml::Node& empty_node() {
  static const yaml::Node node;
  return node;
}

}  // namespace

FieldValues ProfileReader::section(const yaml::Node& parent, std::string_view key,
                                   const std::vector<FieldSpec>& table) {
  const yaml::Node* node = parent.find(key);
  return read_fields(node == nullptr ? empty_node() : *node, table, std::string(key),
                     document_.file, problems_);
}

FieldValues ProfileReader::top(const std::vector<FieldSpec>& table, const std::string& what) {
  return read_fields(document_.root, table, what, document_.file, problems_);
}

void ProfileReader::error(SourcePlace place, std::string message, std::string hint) {
  problems_.error(document_.file, place, std::move(message), std::move(hint));
}

SourcePlace ProfileReader::place_of(const yaml::Node& parent, std::string_view key) {
  const yaml::Node* node = parent.find(key);
  return node == nullptr ? parent.place : node->place;
}

FactoryLine ProfileReader::factory() {
  const FieldValues fields = section(root(), "factory", factory_fields());
  FactoryLine line;
  if (fields.has("baud")) line.baud = static_cast<int>(fields.integer("baud"));
  if (fields.has("parity")) line.parity = fields.text("parity");
  if (fields.has("stop_bits")) line.stop_bits = static_cast<int>(fields.integer("stop_bits"));
  if (fields.has("address")) line.address = static_cast<int>(fields.integer("address"));
  return line;
}

yaml::Document load_document(const std::filesystem::path& path, Problems& problems) {
  const std::size_t before = problems.all().size();
  yaml::Document document = yaml::load(path, problems);
  if (document.root.kind == yaml::Kind::null && problems.all().size() == before) {
    problems.error(document.file, {1, 1}, "the file is empty");
  }
  return document;
}

std::optional<std::uint64_t> parse_pattern(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint16_t word(const FieldValues& fields, std::string_view field) {
  return fields.has(field) ? static_cast<std::uint16_t>(fields.integer(field)) : std::uint16_t{0};
}

std::string profile_kind(const std::filesystem::path& path, Problems& problems) {
  const yaml::Document document = load_document(path, problems);
  if (document.root.kind == yaml::Kind::null) return {};
  const yaml::Node* kind = document.root.find("kind");
  if (kind != nullptr && (kind->text == "meter" || kind->text == "board")) return kind->text;
  problems.error(document.file, kind == nullptr ? document.root.place : kind->place,
                 "an instrument profile needs 'kind: meter' or 'kind: board'");
  return {};
}

}  // namespace plugrig::modbus
