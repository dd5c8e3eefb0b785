#include "rig/core/field_spec.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace plugrig {
namespace {

using namespace std::chrono_literals;

/// What came of reading one map by a table.
struct Outcome {
  FieldValues values;
  std::vector<std::string> problems;  ///< "line:column message; hint"
};

Outcome read(const std::string& text, const std::vector<FieldSpec>& table,
             const Variables& variables = {}) {
  Problems problems;
  const yaml::Document document = yaml::parse("a.yaml", text, problems);
  EXPECT_FALSE(problems.any_error()) << problems.render();
  Outcome out;
  out.values = read_fields(document.root, table, "the test", "a.yaml", problems, variables);
  for (const Problem& p : problems.all()) {
    out.problems.push_back(std::to_string(p.place.line) + ":" + std::to_string(p.place.column) +
                           " " + p.message + (p.hint.empty() ? "" : "; " + p.hint));
  }
  return out;
}

FieldSpec field(FieldType type) {
  FieldSpec spec;
  spec.name = "x";
  spec.type = type;
  return spec;
}

FieldSpec limited(FieldType type, double low, double high) {
  FieldSpec spec = field(type);
  spec.minimum = low;
  spec.maximum = high;
  return spec;
}

/// The one problem of `x: <text>`, or "" when it is accepted.
std::string problem_of(const FieldSpec& spec, const std::string& text) {
  const Outcome out = read("x: " + text + "\n", {spec});
  EXPECT_EQ(out.values.has("x"), out.problems.empty()) << text;
  EXPECT_LE(out.problems.size(), 1U) << text;
  return out.problems.empty() ? "" : out.problems.front();
}

TEST(Fields, BooleansAreTrueOrFalse) {
  const FieldSpec spec = field(FieldType::boolean);
  EXPECT_TRUE(read("x: true", {spec}).values.boolean("x"));
  EXPECT_FALSE(read("x: false", {spec}).values.boolean("x"));
  for (const char* text : {"yes", "on", "True", "TRUE", "y", "Yes", "ON"}) {
    EXPECT_EQ(problem_of(spec, text),
              "1:4 '" + std::string(text) + "' is not true or false; write true");
  }
  for (const char* text : {"no", "off", "False", "n", "OFF"}) {
    EXPECT_EQ(problem_of(spec, text),
              "1:4 '" + std::string(text) + "' is not true or false; write false");
  }
  EXPECT_EQ(problem_of(spec, "1"), "1:4 '1' is not true or false; write true or false");
  EXPECT_EQ(problem_of(spec, "'true'"),
            "1:4 a text in quotes is not true or false; remove the quotes");
}

TEST(Fields, Integers) {
  const FieldSpec spec = field(FieldType::integer);
  const auto value = [&](const std::string& text) {
    return read("x: " + text, {spec}).values.integer("x");
  };
  EXPECT_EQ(value("0"), 0);
  EXPECT_EQ(value("-12"), -12);
  EXPECT_EQ(value("0x40"), 64);
  EXPECT_EQ(value("0x0F"), 15);
  EXPECT_EQ(value("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(value("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(problem_of(spec, "012"),
            "1:4 '012' has a leading zero, which some read as an octal number; write 12");
  EXPECT_EQ(problem_of(spec, "-00"),
            "1:4 '-00' has a leading zero, which some read as an octal number; write -0");
  EXPECT_EQ(problem_of(spec, "9223372036854775808"), "1:4 '9223372036854775808' is too large");
  for (const char* text : {"1.5", "1e3", "+1", "1_000", "0o17", "0x", "-0x-1", "ten", "1 2"}) {
    EXPECT_NE(problem_of(spec, text).find("is not an integer; write a number without a fraction"),
              std::string::npos)
        << text;
  }
  EXPECT_EQ(problem_of(spec, "'1'"), "1:4 a text in quotes is not an integer; remove the quotes");
  EXPECT_EQ(problem_of(limited(FieldType::integer, 0, 10), "11"),
            "1:4 'x' is '11', must be 0 to 10");
  EXPECT_EQ(problem_of(limited(FieldType::integer, 0, 10), "10"), "");
}

TEST(Fields, BaudRatesAreBareIntegers) {
  const FieldSpec spec = field(FieldType::baud);
  EXPECT_EQ(read("x: 115200", {spec}).values.integer("x"), 115200);
  EXPECT_EQ(problem_of(spec, "0115200"),
            "1:4 '0115200' has a leading zero, which some read as an octal number; write 115200");
  EXPECT_EQ(problem_of(spec, "115200 Bd"),
            "1:4 '115200 Bd' is not a baud rate; write the bare number of bits a second, such as "
            "115200");
  EXPECT_EQ(problem_of(spec, "0"), "1:4 'x' is '0', must be 1 to 4294967295");
}

TEST(Fields, QuantitiesNeedTheirUnit) {
  const auto number = [](FieldType type, const std::string& text) {
    return read("x: " + text, {field(type)}).values.number("x");
  };
  EXPECT_EQ(number(FieldType::duration, "60 s"), 60);
  EXPECT_EQ(number(FieldType::duration, "\"60 s\""), 60);
  EXPECT_EQ(number(FieldType::voltage, "230 V"), 230);
  EXPECT_EQ(number(FieldType::current, "250 mA"), 0.25);
  EXPECT_EQ(number(FieldType::power, "2 kW"), 2000);
  EXPECT_EQ(number(FieldType::frequency, "26 MHz"), 26e6);
  EXPECT_EQ(number(FieldType::ratio, "1 %"), 0.01);
  EXPECT_EQ(number(FieldType::resistance, "53 Ohm"), 53);
  EXPECT_EQ(number(FieldType::resistance, "200 m\u03A9"), 0.2);
  EXPECT_EQ(number(FieldType::tolerance, "\u00B1 1 %"), 0.01);
  EXPECT_EQ(number(FieldType::tolerance, "+-0.5 %"), 0.005);
  EXPECT_EQ(number(FieldType::tolerance, "2 %"), 0.02);
  EXPECT_NE(problem_of(field(FieldType::tolerance), "-1 %"), "");
  EXPECT_NE(problem_of(field(FieldType::ratio), "\u00B1 1 %"), "");
  EXPECT_EQ(problem_of(field(FieldType::duration), "60"), "1:4 '60' has no unit; write '60 s'");
  EXPECT_EQ(problem_of(field(FieldType::bytes), "1048576"),
            "1:4 '1048576' has no unit; write '1048576 B'");
  EXPECT_EQ(problem_of(field(FieldType::voltage), "230 W"),
            "1:4 '230 W' is a power, not a voltage; write it in V, uV, mV or kV");
  EXPECT_EQ(problem_of(field(FieldType::duration), "soon"),
            "1:4 'soon' is not a duration; write a number and a unit, such as '10 s'");
}

TEST(Fields, DurationsAndBytesHaveTheirOwnTypes) {
  const Outcome out = read("a: 1500 ms\nb: 1 MB\n", {{.name = "a", .type = FieldType::duration},
                                                     {.name = "b", .type = FieldType::bytes}});
  EXPECT_EQ(out.values.duration("a"), 1500ms);
  EXPECT_EQ(out.values.bytes("b"), 1048576U);
  EXPECT_EQ(problem_of(field(FieldType::bytes), "1.5 B"),
            "1:4 '1.5 B' is not a whole number of bytes");
  EXPECT_EQ(problem_of(field(FieldType::bytes), "0.5 MB"), "");
  EXPECT_EQ(problem_of(field(FieldType::duration), "-1 s"),
            "1:4 'x' is '-1 s', must be 0 s to 8784 h");
}

TEST(Fields, RangesAreToldWithUnits) {
  EXPECT_EQ(problem_of(limited(FieldType::duration, 0.1, 3600), "2 h"),
            "1:4 'x' is '2 h', must be 100 ms to 1 h");
  EXPECT_EQ(problem_of(limited(FieldType::duration, 0.1, 3600), "1 h"), "");
  EXPECT_EQ(problem_of(limited(FieldType::bytes, 4096, 1048576), "2 MB"),
            "1:4 'x' is '2 MB', must be 4 KiB to 1 MiB");
  FieldSpec spec = field(FieldType::power);
  spec.minimum = 1000;
  EXPECT_EQ(problem_of(spec, "500 W"), "1:4 'x' is '500 W', must be at least 1 kW");
  spec.minimum = {};
  spec.maximum = 1;
  EXPECT_EQ(problem_of(spec, "500 W"), "1:4 'x' is '500 W', must be at most 1 W");
}

TEST(Fields, ChoicesNameTheNearest) {
  FieldSpec spec = field(FieldType::choice);
  spec.choices = {"qio", "qout", "dio", "dout"};
  EXPECT_EQ(problem_of(spec, "dout"), "");
  EXPECT_EQ(problem_of(spec, "duot"),
            "1:4 'x' is 'duot', must be one of qio, qout, dio, dout; did you mean 'dout'?");
  EXPECT_EQ(problem_of(spec, "fast"), "1:4 'x' is 'fast', must be one of qio, qout, dio, dout");
  spec.choices = {"on", "off"};
  EXPECT_EQ(problem_of(spec, "off"), "");
}

TEST(Fields, JsonMustParse) {
  const FieldSpec spec = field(FieldType::json);
  EXPECT_EQ(read(R"(x: '{"NAME":"Gosund EP2"}')", {spec}).values.text("x"),
            R"({"NAME":"Gosund EP2"})");
  EXPECT_EQ(problem_of(spec, R"('{"NAME":}')"), "1:4 'x' is not JSON: error at character 9");
  EXPECT_EQ(problem_of(spec, "'" + std::string(300, '[') + "'"),
            "1:4 'x' is not JSON: nested too deep");
  EXPECT_EQ(problem_of(spec, "1e999"), "1:4 'x' is not JSON: a number is out of range");
}

TEST(Fields, FilesMustExist) {
  const auto path = std::filesystem::path(testing::TempDir()) / "field_spec_test.bin";
  std::ofstream(path) << "x";
  EXPECT_EQ(problem_of(field(FieldType::file), path.string()), "");
  std::filesystem::remove(path);
  EXPECT_EQ(problem_of(field(FieldType::file), path.string()),
            "1:4 the file '" + path.string() +
                "' does not exist; relative paths start at the current directory");
  EXPECT_EQ(problem_of(field(FieldType::out_file), path.string()), "");
  EXPECT_EQ(problem_of(field(FieldType::file), "/"), "1:4 '/' is a directory; name a file");
  EXPECT_EQ(problem_of(field(FieldType::out_file), "/"), "1:4 '/' is a directory; name a file");
  EXPECT_EQ(problem_of(field(FieldType::file), "''"), "1:4 'x' is empty");
}

TEST(Fields, TextsKeepWhatWasWritten) {
  EXPECT_EQ(read("x: 0123", {field(FieldType::text)}).values.text("x"), "0123");
  EXPECT_EQ(read("x: no", {field(FieldType::secret)}).values.text("x"), "no");
  EXPECT_EQ(read("x: ''", {field(FieldType::text)}).values.text("x"), "");
}

TEST(Fields, ShapesMustFit) {
  EXPECT_EQ(problem_of(field(FieldType::text), "[a]"),
            "1:4 'x' must be a single value, not a list");
  EXPECT_EQ(problem_of(field(FieldType::integer), "{a: 1}"),
            "1:4 'x' must be an integer, not a map");
  EXPECT_EQ(problem_of(field(FieldType::list), "a"),
            "1:4 'x' must be a list, not a text; write [a, b]");
  EXPECT_EQ(problem_of(field(FieldType::map), "[a]"), "1:4 'x' must be a map, not a list");
  EXPECT_EQ(problem_of(field(FieldType::maps), "{a: 1}"),
            "1:4 'x' must be a list of maps, not a map");
  EXPECT_EQ(problem_of(field(FieldType::text), ""),
            "1:1 'x' has no value; give it one or remove the key");
  EXPECT_EQ(problem_of(field(FieldType::map), ""), "");
  EXPECT_EQ(problem_of(field(FieldType::maps), "[{a: 1}]"), "");
  EXPECT_EQ(problem_of(field(FieldType::list), "[a, [b]]"),
            "1:8 the items of 'x' must be texts, this is a list");
  EXPECT_EQ(read("x: [a, 'b']", {field(FieldType::list)}).values.list("x"),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(
      read("- a\n", {field(FieldType::text)}).problems,
      (std::vector<std::string>{"1:1 the test must be a map, not a list; write 'key: value'"}));
}

TEST(Fields, UnknownAndMissingKeys) {
  const std::vector<FieldSpec> table{
      {.name = "image", .type = FieldType::text, .required = true, .help = "firmware to write"},
      {.name = "retries", .type = FieldType::integer, .fallback = "2"}};
  EXPECT_EQ(
      read("retrys: 3\ncolour: red\n", table).problems,
      (std::vector<std::string>{"1:1 unknown key 'retrys' in the test; did you mean 'retries'?",
                                "2:1 unknown key 'colour' in the test; known: image, retries",
                                "1:1 the test needs the key 'image'; firmware to write"}));
  EXPECT_EQ(read("a: 1\n", {}).problems,
            (std::vector<std::string>{"1:1 unknown key 'a' in the test; it takes no keys"}));
  EXPECT_EQ(read("image: a\n", table).values.integer("retries"), 2);
  EXPECT_FALSE(read("image: a\n", {table[0], field(FieldType::text)}).values.has("x"));
}

TEST(Fields, ANullNodeIsAnEmptyMap) {
  const std::vector<FieldSpec> table{
      {.name = "image", .type = FieldType::text, .required = true, .help = "firmware"}};
  EXPECT_EQ(read("", table).problems.size(), 1U);
  EXPECT_TRUE(read("", {field(FieldType::text)}).problems.empty());
}

TEST(Fields, VariablesArePutInBeforeChecking) {
  Variables variables;
  variables.values = {{"rate", "115200"}, {"image", "a.bin"}, {"again", "{{rate}}"}};
  const std::vector<FieldSpec> table{{.name = "baud", .type = FieldType::baud},
                                     {.name = "x", .type = FieldType::text},
                                     {.name = "l", .type = FieldType::list}};
  const Outcome out = read("baud: \"{{ rate }}\"\nx: \"<{{image}}/{{rate}}>\"\nl: [\"{{rate}}\"]\n",
                           table, variables);
  EXPECT_TRUE(out.problems.empty());
  EXPECT_EQ(out.values.integer("baud"), 115200);
  EXPECT_EQ(out.values.text("x"), "<a.bin/115200>");
  EXPECT_EQ(out.values.list("l").at(0), "115200");
  EXPECT_EQ(read("x: \"{{again}}\"", table, variables).values.text("x"), "{{rate}}");
  EXPECT_EQ(read("baud: \"{{image}}\"", table, variables).problems.at(0).substr(0, 33),
            "1:7 'a.bin' is not a baud rate; w");
}

TEST(Fields, UnknownVariablesAreToldOnce) {
  Variables variables;
  variables.values = {{"firmware", "a.bin"}};
  const FieldSpec spec = field(FieldType::duration);
  EXPECT_EQ(
      read("x: \"{{ firmwear }}\"", {spec}, variables).problems,
      (std::vector<std::string>{"1:4 unknown variable 'firmwear'; did you mean 'firmware'?"}));
  EXPECT_EQ(read("x: \"{{ zzz }}\"", {spec}, variables).problems,
            (std::vector<std::string>{"1:4 unknown variable 'zzz'; known: firmware"}));
  EXPECT_EQ(read("x: \"{{ }}\"", {spec}).problems,
            (std::vector<std::string>{"1:4 unknown variable ''; no variables are declared"}));
  EXPECT_EQ(read("x: \"{{ firmware\"", {spec}, variables).problems,
            (std::vector<std::string>{"1:4 '{{' without '}}'; write {{ name }}"}));
}

TEST(Fields, DeferredVariablesStayTextUntilTheyAreKnown) {
  Variables variables;
  variables.deferred_prefixes = {"unit."};
  const std::vector<FieldSpec> table{{.name = "x", .type = FieldType::file},
                                     {.name = "n", .type = FieldType::integer}};
  const std::string text = "x: \"{{unit.mac}}.bin\"\nn: \"{{unit.n}}\"\n";
  const Outcome before = read(text, table, variables);
  EXPECT_TRUE(before.problems.empty());
  EXPECT_EQ(before.values.text("x"), "{{unit.mac}}.bin");
  EXPECT_THROW((void)before.values.number("n"), std::logic_error);
  EXPECT_EQ(read("x: \"{{unit.}}\"", table, variables).problems.size(), 1U);

  variables.values = {{"unit.mac", "/nonexistent/5C"}, {"unit.n", "7"}};
  const Outcome after = read(text, table, variables);
  EXPECT_EQ(after.problems.size(), 1U);
  EXPECT_EQ(after.values.integer("n"), 7);
}

TEST(Fields, FallbacksMayUseVariables) {
  Variables variables;
  variables.deferred_prefixes = {"unit."};
  FieldSpec spec = field(FieldType::out_file);
  spec.fallback = "{{unit.mac}}.bin";
  EXPECT_EQ(read("{}", {spec}, variables).values.text("x"), "{{unit.mac}}.bin");
  variables.values = {{"unit.mac", "5C"}};
  EXPECT_EQ(read("{}", {spec}, variables).values.text("x"), "5C.bin");
}

TEST(Fields, AskingForWhatTheTableDoesNotSayIsALogicError) {
  const Outcome out = read("x: abc\n", {field(FieldType::text)});
  EXPECT_THROW((void)out.values.text("y"), std::logic_error);
  EXPECT_THROW((void)out.values.boolean("x"), std::logic_error);
  EXPECT_THROW((void)out.values.integer("x"), std::logic_error);
  EXPECT_THROW((void)out.values.number("x"), std::logic_error);
  EXPECT_THROW((void)out.values.duration("x"), std::logic_error);
  EXPECT_THROW((void)out.values.bytes("x"), std::logic_error);
  EXPECT_EQ(out.values.place("x"), (SourcePlace{1, 4}));
}

TEST(Fields, EveryTypeHasItsName) {
  EXPECT_EQ(to_string(FieldType::text), "text");
  EXPECT_EQ(to_string(FieldType::out_file), "out_file");
  EXPECT_EQ(to_string(FieldType::baud), "baud");
  EXPECT_EQ(to_string(FieldType::ratio), "ratio");
  EXPECT_EQ(to_string(FieldType::maps), "maps");
  EXPECT_EQ(to_string(FieldType::length), "length");
}

}  // namespace
}  // namespace plugrig
