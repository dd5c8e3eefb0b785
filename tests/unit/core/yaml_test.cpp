#include "rig/core/yaml.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace plugrig::yaml {
namespace {

/// "line:column message; hint" of each problem, in the order of finding.
std::vector<std::string> problems_of(const std::string& text) {
  Problems problems;
  parse("a.yaml", text, problems);
  std::vector<std::string> out;
  for (const Problem& p : problems.all()) {
    out.push_back(std::to_string(p.place.line) + ":" + std::to_string(p.place.column) + " " +
                  p.message + (p.hint.empty() ? "" : "; " + p.hint));
  }
  return out;
}

Node root_of(const std::string& text) {
  Problems problems;
  Document document = parse("a.yaml", text, problems);
  EXPECT_FALSE(problems.any_error()) << problems.render();
  return document.root;
}

using Texts = std::vector<std::string>;

TEST(Yaml, ScalarsStayText) {
  const Node root = root_of("baud: 0115200\nmains: off\nv: 1.50\n");
  ASSERT_EQ(root.kind, Kind::map);
  EXPECT_EQ(root.place, (SourcePlace{1, 1}));
  ASSERT_EQ(root.entries.size(), 3U);
  EXPECT_EQ(root.entries[0].key, "baud");
  EXPECT_EQ(root.entries[0].value.text, "0115200");
  EXPECT_EQ(root.entries[0].value.place, (SourcePlace{1, 7}));
  EXPECT_EQ(root.find("mains")->text, "off");
  EXPECT_EQ(root.find("v")->text, "1.50");
  EXPECT_EQ(root.find("w"), nullptr);
}

TEST(Yaml, NestsMapsAndLists) {
  const Node root = root_of(
      "stages:\n"
      "  - stage: flash\n"
      "    steps:\n"
      "      - flash.identify:\n"
      "      - flash.erase: {range: all}\n"
      "        retries: 2\n");
  const Node& stage = root.find("stages")->items.at(0);
  EXPECT_EQ(stage.place, (SourcePlace{2, 5}));
  const Node& steps = *stage.find("steps");
  ASSERT_EQ(steps.items.size(), 2U);
  EXPECT_EQ(steps.place, (SourcePlace{4, 7}));
  EXPECT_EQ(steps.items[0].entries.at(0).key, "flash.identify");
  EXPECT_EQ(steps.items[0].entries.at(0).value.kind, Kind::null);
  EXPECT_EQ(steps.items[0].entries.at(0).value.place, (SourcePlace{4, 9}));
  EXPECT_EQ(steps.items[1].find("flash.erase")->find("range")->text, "all");
  EXPECT_EQ(steps.items[1].entries.at(1).key_place, (SourcePlace{6, 9}));
}

TEST(Yaml, KnowsQuotedFromPlain) {
  const Node root = root_of("a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: ''\nf: ~\n");
  EXPECT_FALSE(root.find("a")->quoted);
  EXPECT_TRUE(root.find("b")->quoted);
  EXPECT_TRUE(root.find("c")->quoted);
  EXPECT_TRUE(root.find("d")->quoted);
  EXPECT_EQ(root.find("d")->text, "x\n");
  EXPECT_EQ(root.find("e")->kind, Kind::scalar);
  EXPECT_EQ(root.find("f")->kind, Kind::null);
  EXPECT_EQ(root.find("f")->place, (SourcePlace{7, 4}));
}

TEST(Yaml, ColumnsAreBytes) {
  const Node root = root_of("{tol: \"\xC2\xB1 1 %\", next: x}\n");
  EXPECT_EQ(root.find("next")->place, (SourcePlace{1, 23}));
}

TEST(Yaml, ByteOrderMarkAndDosLineEndsAreFine) {
  const Node root = root_of(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  EXPECT_EQ(root.find("a")->place, (SourcePlace{1, 4}));
  EXPECT_EQ(root.find("b")->text, "2");
}

TEST(Yaml, EmptyTextIsANullRoot) {
  EXPECT_EQ(root_of("").kind, Kind::null);
  EXPECT_EQ(root_of("# only a comment\n").kind, Kind::null);
}

TEST(Yaml, RepeatedKeysAreAllTold) {
  EXPECT_EQ(problems_of("a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n"),
            (Texts{"2:11 key 'c' is repeated; the first is in line 2",
                   "3:1 key 'a' is repeated; the first is in line 1",
                   "4:1 key 'a' is repeated; the first is in line 1"}));
  Problems problems;
  EXPECT_EQ(parse("a", "a: 1\na: 2\n", problems).root.find("a")->text, "1");
}

TEST(Yaml, ProblemsInsideARefusedValueAreToldToo) {
  EXPECT_EQ(problems_of("a: 1\na: {b: 1, b: 2}\n").size(), 2U);
}

TEST(Yaml, AnchorsAliasesTagsAndMergeKeysAreRefused) {
  EXPECT_EQ(
      problems_of("a: &x 1\nb: *x\nc: !!int 5\n<<: 3\nd: !mine [1]\n"),
      (Texts{"1:4 anchors (&name) are not allowed; put a text that begins with '&' into quotes",
             "2:4 aliases (*name) are not allowed; write the value out, or put it into quotes",
             "3:4 tags (!name) are not allowed; put a text that begins with '!' into quotes",
             "4:1 merge keys (<<) are not allowed; write the keys out",
             "5:4 tags (!name) are not allowed; put a text that begins with '!' into quotes"}));
  EXPECT_EQ(problems_of("a: *x\n"),
            (Texts{"1:4 aliases (*name) are not allowed; write the value out, or put it into "
                   "quotes"}));
}

TEST(Yaml, QuotedSpecialCharactersAreTexts) {
  const Node root = root_of("a: '&x'\nb: '*x'\nc: '!x'\n'<<': d\n");
  EXPECT_EQ(root.find("<<")->text, "d");
  EXPECT_EQ(root.find("c")->text, "!x");
}

TEST(Yaml, KeysMustBeScalars) {
  EXPECT_EQ(problems_of("? [1, 2]\n: x\n"), (Texts{"1:3 a key must be a text"}));
  EXPECT_EQ(problems_of("~: x\n"), (Texts{"1:1 a key must be a text; write the key in quotes"}));
}

TEST(Yaml, VariableOutsideQuotesGetsItsOwnHint) {
  EXPECT_EQ(problems_of("image: {{firmware}}\n"),
            (Texts{"1:8 a variable outside quotes reads as a map; write \"{{ name }}\""}));
}

TEST(Yaml, OneDocumentAFile) {
  EXPECT_EQ(problems_of("---\na: 1\n---\nb: 2\n"),
            (Texts{"3:1 a second document in the same file; one file, one document"}));
  EXPECT_TRUE(problems_of("---\na: 1\n...\n").empty());
}

TEST(Yaml, TabsInTheIndentationAreAllTold) {
  EXPECT_EQ(
      problems_of("a:\n\tb: 1\n  c: 2\n \td: 3\n"),
      (Texts{"2:1 tab in the indentation; use blanks", "4:2 tab in the indentation; use blanks"}));
}

TEST(Yaml, TabsElsewhereAreContent) {
  const Node root = root_of("a: \"x\ty\"\nb: |\n  \tz\n  w\nc: d\n# x\n\t# y\n\n");
  EXPECT_EQ(root.find("a")->text, "x\ty");
  EXPECT_EQ(root.find("b")->text, "\tz\nw\n");
  EXPECT_EQ(root_of("b: |\n  z\n  \tw").find("b")->text, "z\n\tw");
}

TEST(Yaml, SyntaxErrorsHaveAPlaceAndAHint) {
  const std::string quote = "put texts with ': ' into quotes, or check the indentation";
  const std::string after = "check the quotes, the indentation and the ";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a: [1, 2\nb: 3\n", "1:4 this '[' is not closed; add ']' or ','"},
      {"a: {b: 1\n", "1:4 this '{' is not closed; add '}' or ','"},
      {"a: [[1], {b: 2]\n", "1:15 a closing bracket without its opening one"},
      {"a: 1\n}\n", "2:1 a closing bracket without its opening one"},
      {"a: 'open\n", "1:4 the text ends inside quotes; add the closing quote"},
      {"a: 'op''en", "1:11 the text ends inside quotes; add the closing quote"},
      {"a: \"open\\\"\nb: 1\n", "1:4 the text ends inside quotes; add the closing quote"},
      {"a: b: c\n", "1:5 a ':' is not possible here; " + quote},
      {"a: 1\n  b: 2\n", "2:4 a ':' is not possible here; " + quote},
      {"- a\nb: 1\n", "2:1 this does not continue the list above it; " + after + "'- '"},
      {"a: 'x' y\n", "1:8 this does not continue the map above it; " + after + "':' after the key"},
      {"a: @x\n", "1:4 this character cannot begin a value; put the text into quotes"},
      {"a: \"\\q\"\n",
       "1:7 unknown escape after '\\'; write '\\\\' for one backslash, or use single quotes"}};
  for (const auto& [text, problem] : cases) EXPECT_EQ(problems_of(text), Texts{problem}) << text;
}

TEST(Yaml, ClosedQuotesAreFine) {
  const Node root = root_of("a: 'it''s'\nb: \"\\\\\"\nc: 'two\n  lines'\nd: \"\\\"\"\n");
  EXPECT_EQ(root.find("a")->text, "it's");
  EXPECT_EQ(root.find("b")->text, "\\");
  EXPECT_EQ(root.find("c")->text, "two lines");
  EXPECT_EQ(root.find("d")->text, "\"");
}

TEST(Yaml, AMissingItemIsPlacedAtItsDash) {
  const Node root = root_of("a:\n  - x\n  -  # nothing\n\n  - y\n");
  EXPECT_EQ(root.find("a")->items.at(1).kind, Kind::null);
  EXPECT_EQ(root.find("a")->items.at(1).place, (SourcePlace{3, 3}));
}

TEST(Yaml, NothingIsReturnedAfterASyntaxError) {
  Problems problems;
  EXPECT_EQ(parse("a", "a: 1\nb: [\n", problems).root.kind, Kind::null);
  EXPECT_TRUE(problems.any_error());
}

TEST(Yaml, BytesThatAreNoTextAreRefusedWithTheirPlace) {
  EXPECT_EQ(problems_of("a: 1\nb: \xFF\n"),
            (Texts{"2:4 byte 0xFF is not UTF-8; save the file as UTF-8 text"}));
  EXPECT_EQ(problems_of(std::string("a: \0b\n", 6)),
            (Texts{"1:4 control character 0x00; save the file as UTF-8 text"}));
  EXPECT_EQ(problems_of("a: 1\rb: 2\n"),
            (Texts{"1:5 carriage return without line feed; save the file as UTF-8 text"}));
  EXPECT_EQ(problems_of("a: \x04\n"),
            (Texts{"1:4 control character 0x04; save the file as UTF-8 text"}));
  EXPECT_EQ(problems_of(std::string(1000, '\xFF')).size(), 20U);
}

TEST(Yaml, SizeAndDepthAreLimited) {
  EXPECT_EQ(problems_of(std::string((1U << 20U) + 1, '#')),
            (Texts{"0:0 the file is larger than 1 MiB"}));
  EXPECT_TRUE(problems_of(std::string(64, '[') + std::string(64, ']')).empty());
  EXPECT_EQ(problems_of(std::string(65, '[') + std::string(65, ']')),
            (Texts{"1:65 nested more than 64 deep"}));
  EXPECT_EQ(problems_of(std::string(500'000, '[')).size(), 1U);
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(problems_of(deep), (Texts{"65:65 nested more than 64 deep"}));
  EXPECT_EQ(problems_of(std::string(100'000, '-')).size(), 0U);
}

TEST(Yaml, FilesThatCannotBeReadAreProblems) {
  Problems problems;
  EXPECT_EQ(load("/nonexistent/x.yaml", problems).root.kind, Kind::null);
  EXPECT_EQ(load("/", problems).root.kind, Kind::null);
  EXPECT_EQ(problems.render(),
            "/nonexistent/x.yaml: error: cannot read the file: it does not exist\n"
            "/: error: cannot read the file: it is a directory\n");
}

TEST(Yaml, LoadKeepsTheNameAsTyped) {
  const auto path = std::filesystem::path(testing::TempDir()) / "yaml_test_load.yaml";
  std::ofstream(path) << "a: 1\na: 2\n";
  Problems problems;
  const Document document = load(path, problems);
  std::filesystem::remove(path);
  EXPECT_EQ(document.file, path.string());
  EXPECT_EQ(problems.render(), path.string() +
                                   ":2:1: error: key 'a' is repeated; the first is in line 1\n"
                                   "a: 2\n^\n");
}

}  // namespace
}  // namespace plugrig::yaml
