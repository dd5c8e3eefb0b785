#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "rig/core/field_spec.hpp"
#include "rig/core/unit_table.hpp"

namespace plugrig {
namespace {

using nlohmann::json;

json schema_of(const std::vector<FieldSpec>& table) { return json::parse(json_schema(table)); }

/// Schema of one field of this type, without what other tests look at.
json property(FieldType type, std::vector<std::string> choices = {}) {
  FieldSpec spec;
  spec.name = "x";
  spec.type = type;
  spec.choices = std::move(choices);
  return schema_of({spec}).at("properties").at("x");
}

TEST(FieldSchema, DescribesTheMap) {
  const json schema = schema_of(
      {{.name = "image", .type = FieldType::text, .required = true, .help = "firmware to write"},
       {.name = "retries",
        .type = FieldType::integer,
        .fallback = "2",
        .minimum = 0,
        .maximum = 10},
       {.name = "verify", .type = FieldType::boolean, .required = true, .fallback = "true"}});
  EXPECT_EQ(schema.at("type"), "object");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("required"), json::array({"image"}));
  const json& retries = schema.at("properties").at("retries");
  EXPECT_EQ(retries.at("default"), 2);
  EXPECT_EQ(retries.at("anyOf").at(0),
            json({{"type", "integer"}, {"minimum", 0}, {"maximum", 10}}));
  EXPECT_EQ(schema.at("properties").at("verify").at("default"), true);
  EXPECT_EQ(schema.at("properties").at("image").at("description"), "firmware to write");
  EXPECT_FALSE(schema_of({}).contains("required"));
}

TEST(FieldSchema, KeepsTheOrderOfTheTable) {
  const std::string text = json_schema({{.name = "z"}, {.name = "a"}});
  EXPECT_LT(text.find("\"z\""), text.find("\"a\""));
}

TEST(FieldSchema, TypedFieldsAlsoTakeAVariable) {
  for (const FieldType type : {FieldType::integer, FieldType::baud, FieldType::boolean,
                               FieldType::choice, FieldType::duration, FieldType::ratio}) {
    const json alternatives = property(type).at("anyOf");
    ASSERT_EQ(alternatives.size(), 2U) << to_string(type);
    const std::regex variable(alternatives.at(1).at("pattern").get<std::string>());
    EXPECT_TRUE(std::regex_search("{{ name }}", variable));
    EXPECT_FALSE(std::regex_search("60", variable));
  }
}

TEST(FieldSchema, ShapesOfTheOtherTypes) {
  EXPECT_EQ(property(FieldType::list).at("type"), "array");
  EXPECT_EQ(property(FieldType::maps).at("type"), "array");
  EXPECT_EQ(property(FieldType::map).at("type"), json::array({"object", "null"}));
  EXPECT_EQ(property(FieldType::choice, {"a", "off"}).at("anyOf").at(0),
            json({{"enum", {"a", "off", false}}}));
}

TEST(FieldSchema, PatternsTakeWhatTheReaderTakes) {
  const std::regex pattern(
      property(FieldType::duration).at("anyOf").at(0).at("pattern").get<std::string>());
  for (const char* text : {"60 s", "60s", "-1 ms", "0.5 h", "1e3 us", "060 s", "60", "60 V", "s",
                           "1. s", "", " 5 min ", "5 mins", "+5 s", "1e s"}) {
    const bool read = std::holds_alternative<double>(parse_quantity(text, time_dimension));
    EXPECT_EQ(std::regex_search(text, pattern), read) << text;
  }
}

}  // namespace
}  // namespace plugrig
