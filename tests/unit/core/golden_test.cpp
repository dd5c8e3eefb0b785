// What a person sees for a file in which many things are wrong at once: the exact text.
#include <gtest/gtest.h>

#include "rig/core/field_spec.hpp"

namespace plugrig {
namespace {

const std::vector<FieldSpec>& step_fields() {
  static const std::vector<FieldSpec> table{
      {.name = "image", .type = FieldType::file, .required = true, .help = "Tasmota image"},
      {.name = "mode", .type = FieldType::choice, .choices = {"qio", "qout", "dio", "dout"}},
      {.name = "verify", .type = FieldType::boolean, .fallback = "true"},
      {.name = "baud", .type = FieldType::baud, .fallback = "460800"},
      {.name = "within", .type = FieldType::duration, .minimum = 1, .maximum = 3600},
      {.name = "retries", .type = FieldType::integer, .minimum = 0, .maximum = 10},
      {.name = "range", .type = FieldType::bytes}};
  return table;
}

TEST(Golden, EveryProblemOfAFileAtOnce) {
  const std::string text =
      "mode: duot          # a typing error\n"
      "verify: yes\n"
      "baud: 0115200\n"
      "within: 60\n"
      "retrys: 3\n"
      "retries: 12\n"
      "range: \xC2\xB5 1 MB, \"{{ size }}\"\n"
      "mode: dout\n"
      "<<: {a: &b 1}\n";
  Problems problems;
  const yaml::Document document = yaml::parse("write.yaml", text, problems);
  read_fields(document.root, step_fields(), "step flash.write", "write.yaml", problems);
  EXPECT_EQ(problems.render(),
            R"(write.yaml:1:1: error: step flash.write needs the key 'image'; Tasmota image
mode: duot          # a typing error
^
write.yaml:1:7: error: 'mode' is 'duot', must be one of qio, qout, dio, dout; did you mean 'dout'?
mode: duot          # a typing error
      ^
write.yaml:2:9: error: 'yes' is not true or false; write true
verify: yes
        ^
write.yaml:3:7: error: '0115200' has a leading zero, which some read as an octal number; write 115200
baud: 0115200
      ^
write.yaml:4:9: error: '60' has no unit; write '60 s'
within: 60
        ^
write.yaml:5:1: error: unknown key 'retrys' in step flash.write; did you mean 'retries'?
retrys: 3
^
write.yaml:6:10: error: 'retries' is '12', must be 0 to 10
retries: 12
         ^
write.yaml:7:8: error: unknown variable 'size'; no variables are declared
range: µ 1 MB, "{{ size }}"
       ^
write.yaml:8:1: error: key 'mode' is repeated; the first is in line 1
mode: dout
^
write.yaml:9:1: error: merge keys (<<) are not allowed; write the keys out
<<: {a: &b 1}
^
write.yaml:9:9: error: anchors (&name) are not allowed; put a text that begins with '&' into quotes
<<: {a: &b 1}
        ^
)");
}

}  // namespace
}  // namespace plugrig
