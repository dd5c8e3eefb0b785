#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include "drivers/esp/boot_text.hpp"
#include "drivers/esp/protocol.hpp"
#include "drivers/esp/slip.hpp"

// What a chip sends, through everything that reads it. Oracles: frames do not depend on how the
// bytes were cut into pieces, a good frame survives encoding and decoding, bounds hold.

namespace {

using plugrig::esp::SlipDecoder;
using plugrig::esp::SlipFrame;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<SlipFrame> frames(std::span<const std::uint8_t> bytes, std::size_t piece,
                              std::vector<std::uint8_t>& stray) {
  SlipDecoder decoder;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    decoder.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  }
  std::vector<SlipFrame> out;
  while (auto frame = decoder.next()) out.push_back(std::move(*frame));
  stray = decoder.take_stray();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  std::vector<std::uint8_t> stray;
  std::vector<std::uint8_t> stray_whole;
  const auto whole = frames(bytes, std::max<std::size_t>(size, 1), stray_whole);
  const auto single = frames(bytes, 1, stray);
  require(stray == stray_whole && stray.size() <= 4096);
  require(whole.size() == single.size());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    require(whole[at].bytes == single[at].bytes && whole[at].kind == single[at].kind);
    require(whole[at].bytes.size() <= plugrig::esp::slip_max_frame);
    if (whole[at].kind != SlipFrame::Kind::good) continue;
    require(!whole[at].bytes.empty());
    const auto again = frames(plugrig::esp::slip_encode(whole[at].bytes), 3, stray);
    require(again.size() == 1 && again[0].bytes == whole[at].bytes && stray.empty());
    if (const auto response = plugrig::esp::parse_response(whole[at].bytes)) {
      require(response->data.size() + 10 == whole[at].bytes.size());
    }
  }
  const auto text = plugrig::esp::parse_boot_text(bytes);
  require(text.printable.size() <= 2000);
  for (const auto& line : text.lines) require(line.boot_mode >= -1 && line.reset_cause >= -1);
  return 0;
}
