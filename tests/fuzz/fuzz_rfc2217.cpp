// Telnet streams of a hostile or broken serial server. What is found must not depend on how the
// stream was cut into packets, nothing may be made up, and what we escape ourselves must come back.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include "drivers/serial/com_port.hpp"
#include "drivers/serial/telnet_parser.hpp"

namespace {

using namespace plugrig::serial;
using Bytes = std::vector<std::uint8_t>;

struct Found : TelnetSink {
  void on_data(std::span<const std::uint8_t> bytes) override {
    if (bytes.empty()) std::abort();
    data.insert(data.end(), bytes.begin(), bytes.end());
  }
  void on_negotiation(std::uint8_t verb, std::uint8_t option) override {
    if (verb < telnet::will || verb > telnet::dont) std::abort();
    negotiations.emplace_back(verb, option);
  }
  void on_subnegotiation(std::span<const std::uint8_t> bytes) override {
    if (bytes.empty() || bytes.size() > TelnetParser::max_subnegotiation) std::abort();
    subnegotiations.emplace_back(bytes.begin(), bytes.end());
    const auto answer = parse_com_port_answer(bytes);
    if (answer && answer->command == com_port::set_data_size && answer->value > 0xFF) std::abort();
  }
  friend bool operator==(const Found& a, const Found& b) {
    return a.data == b.data && a.negotiations == b.negotiations &&
           a.subnegotiations == b.subnegotiations;
  }
  Bytes data;
  std::vector<std::pair<std::uint8_t, std::uint8_t>> negotiations;
  std::vector<Bytes> subnegotiations;
};

Found parse(std::span<const std::uint8_t> bytes, std::size_t piece) {
  TelnetParser parser;
  Found found;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(piece, bytes.size()));
    parser.feed(part, found);
    bytes = bytes.subspan(part.size());
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> input(bytes, size);
  const Found whole = parse(input, SIZE_MAX);
  for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
    if (!(parse(input, piece) == whole)) std::abort();
  }
  std::size_t total = whole.data.size() + 3 * whole.negotiations.size();
  for (const Bytes& sub : whole.subnegotiations) total += sub.size() + 4;
  if (total > size) std::abort();

  Bytes escaped;
  append_escaped(escaped, input);
  const Found back = parse(escaped, 5);
  if (back.data != Bytes(input.begin(), input.end()) || !back.negotiations.empty()) std::abort();

  Bytes request;
  append_com_port(request, 5, input.first(std::min<std::size_t>(size, 100)));
  const Found read = parse(request, 4);
  if (read.subnegotiations.size() != 1 || !read.data.empty()) std::abort();
  return 0;
}
