// Whatever comes out of a plug's console: the lines do not depend on how the bytes were cut, no
// byte is made up, and no line is taken for more than it says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "drivers/tasmota/answer_rules.hpp"
#include "drivers/tasmota/console_line.hpp"
#include "drivers/tasmota/json_text.hpp"

namespace {

using namespace plugrig::tasmota;

std::vector<ConsoleLine> read(std::span<const std::uint8_t> bytes, std::size_t piece,
                              bool booting) {
  LineAssembler assembler;
  if (!booting) assembler.expect_lines();
  std::vector<ConsoleLine> lines;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    assembler.feed(part, lines);
  }
  return lines;
}

bool same(const ConsoleLine& a, const ConsoleLine& b) {
  return a.text == b.text && a.stamped == b.stamped && a.tag == b.tag && a.message == b.message &&
         a.payload == b.payload && a.banner == b.banner;
}

void check(const ConsoleLine& line) {
  if (line.stamped != (line.tag.size() == 3)) std::abort();
  if (line.text.size() > LineAssembler::longest_line) std::abort();
  if (line.text.find_first_of("\r\n") != std::string::npos) std::abort();
  if (!line.stamped && !line.message.empty()) std::abort();
  if (!line.text.ends_with(line.body)) std::abort();
  const auto payload = parse_object(line.payload);
  for (const char* command : {"VoltageCal", "Template", "Status", "Power1"}) {
    AnswerCollector collector(command, "5");
    const bool taken = payload && collector.take(line.message, *payload);
    const bool refused = collector.refusal() != AnswerRules::Refusal::none;
    if (taken != (collector.any() || refused)) std::abort();
    for (const auto& [key, value] : collector.members().items()) {
      if (!payload->contains(key) || (*payload)[key] != value) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> input(bytes, size);
  for (const bool booting : {false, true}) {
    const auto whole = read(input, SIZE_MAX, booting);
    std::size_t length = 0;
    for (const ConsoleLine& line : whole) {
      check(line);
      length += line.text.size();
    }
    if (length > size) std::abort();
    for (const std::size_t piece : {1U, 3U, 17U}) {
      const auto cut = read(input, piece, booting);
      if (!std::equal(cut.begin(), cut.end(), whole.begin(), whole.end(), same)) std::abort();
    }
  }
  return 0;
}
