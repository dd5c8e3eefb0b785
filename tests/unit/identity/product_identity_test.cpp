#include "rig/engine/product_identity.hpp"

#include <gtest/gtest.h>

#include "rig/core/yaml.hpp"
#include "rig/engine/product.hpp"

namespace plugrig {
namespace {

struct Read {
  PlugInfo plug;
  Problems problems;
};

Read read(const std::string& text) {
  Read out;
  const auto document = yaml::parse("plug.yaml", text, out.problems);
  out.plug = read_inline_product(document.root, document.file, out.problems, {});
  return out;
}

TEST(ProductSerial, IsReadWithAllItsRules) {
  const auto [plug, problems] = read(
      "serial:\n"
      "  pattern: 'EP2-([0-9]{7})'\n"
      "  check_digit: luhn\n"
      "  range: [EP2-000001, EP2-099999]\n"
      "  seen_before: refuse\n"
      "  example: EP2-0000018\n"
      "label: {width: 50 mm, height: 25 mm, dpi: 300, scan_back: required}\n");
  EXPECT_EQ(problems.render(), "");
  EXPECT_EQ(plug.serial.source, SerialRules::Source::scan);
  EXPECT_EQ(plug.serial.check_digit, CheckDigit::luhn);
  EXPECT_EQ(plug.serial.seen_before, SeenBefore::refuse);
  EXPECT_EQ(plug.serial.last, "EP2-099999");
  EXPECT_TRUE(serial_fault(plug.serial, "EP2-1000009"));
  EXPECT_DOUBLE_EQ(plug.label.width_mm, 50);
  EXPECT_DOUBLE_EQ(plug.label.height_mm, 25);
  EXPECT_EQ(plug.label.dpi, 300);
  EXPECT_TRUE(plug.label.scan_back_required);
}

TEST(ProductSerial, MayBeTheMac) {
  EXPECT_EQ(read("serial: mac\n").plug.serial.source, SerialRules::Source::mac);
  EXPECT_NE(read("serial: imei\n").problems.render().find("plug.yaml:1:9: error"),
            std::string::npos);
}

TEST(ProductSerial, IsNotStatedWhereTheFileDoesNotSay) {
  const auto [plug, problems] = read("title: X\n");
  EXPECT_EQ(plug.serial.source, SerialRules::Source::not_stated);
  EXPECT_FALSE(plug.label.stated());
}

struct Wrong {
  std::string text;
  std::string problem;
};

TEST(ProductSerial, TellsWhatIsWrongWithItsPlace) {
  for (const Wrong& wrong : std::vector<Wrong>{
           {"serial: {pattern: '[0-9'}\n", "plug.yaml:1:19: error: this is no pattern"},
           {"serial: {pattern: '\\d{6}'}\n", "write a class such as [0-9]"},
           {"serial: {}\n", "needs the key 'pattern'"},
           {"serial: {pattern: A, check_digit: lun}\n", "luhn"},
           {"serial: {pattern: A, range: [A]}\n", "first and the last serial"},
           {"serial: {pattern: A, range: [A1, A20]}\n", "differ in length"},
           {"serial: {pattern: A, range: [A2, A1]}\n", "behind the last one"},
           {"serial: {pattern: 'A[0-9]', example: B1}\n",
            "the example breaks the rules: 'B1' is no serial"},
           {"serial: {pattern: '[0-9]{4}', check_digit: luhn, example: '1111'}\n",
            "its check digit is wrong (luhn)"},
           {"label: {width: 50}\n", "has no unit"},
           {"label: {width: 50 V, height: 25 mm}\n", "not a length"},
           {"label: {width: 5 mm, height: 25 mm}\n", "width"},
           {"label: {width: 50 mm, height: 25 mm, scan_back: always}\n", "scan_back"}}) {
    const auto shown = read(wrong.text).problems.render();
    EXPECT_NE(shown.find(wrong.problem), std::string::npos) << wrong.text << shown;
  }
}

}  // namespace
}  // namespace plugrig
