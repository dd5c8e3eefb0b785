// Telnet streams of a hostile or broken client at the twin's server: what is found does not depend
// on how the stream was cut into packets, and nothing is made up.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "fixtures/twin/serial/telnet_reader.hpp"

namespace {

using plugrig::twin::TelnetItem;
using plugrig::twin::TelnetReader;

std::vector<TelnetItem> read(std::span<const std::uint8_t> bytes, std::size_t piece) {
  TelnetReader reader;
  std::vector<TelnetItem> items;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    reader.put(part);
    while (auto item = reader.take()) items.push_back(std::move(*item));
  }
  return items;
}

bool same(const TelnetItem& a, const TelnetItem& b) {
  return a.kind == b.kind && a.code == b.code && a.option == b.option && a.value == b.value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> input(bytes, size);
  const auto whole = read(input, SIZE_MAX);
  std::size_t least = 0;  // bytes of the stream that the items need at the very least
  for (const auto& item : whole) {
    if (item.kind == TelnetItem::Kind::verb && (item.code < 251 || item.code > 254)) std::abort();
    if (item.value.size() > TelnetReader::longest_suboption) std::abort();
    least += item.kind == TelnetItem::Kind::byte ? 1 : 3 + item.value.size();
  }
  if (least > size) std::abort();
  for (const std::size_t piece : {1U, 2U, 5U}) {
    const auto cut = read(input, piece);
    if (!std::equal(cut.begin(), cut.end(), whole.begin(), whole.end(), same)) std::abort();
  }
  return 0;
}
